#!/bin/sh
# Builds pkgimg-link and makes package images of two libraries that Debian
# ships as headers, xxHash and Eigen: compiled by clang to bitcode, linked by
# pkgimg-link with no system linker, loaded, called, and compared with the same
# code compiled natively. For Debian 12, as root or with sudo.
set -eu
steps=6
. "$(dirname "$0")/common.sh"

say "Installing what is missing"
"$root/utils/install-deps.sh"
say "Configuring in ${build#"$root"/}"
configure
say "Building pkgimg-link"
ninja -C "$build" pkgimg-link

src=$root/examples/package-images
out=$build/demo
mkdir -p "$out"
now() { date +%s%N; }
ms() { echo "$(((($2) - ($1)) / 10000))" | sed 's/^\(.*\)\(..\)$/\1.\2/; s/^\././; s/^\./0./'; }

say "Compiling the libraries to bitcode, and the host program"
# -O3 and no passes: what the optimizer may do later is decided here (at -O1,
# clang marks functions noinline).
t0=$(now)
clang-19 -c -emit-llvm -O3 -fPIC -Xclang -disable-llvm-passes \
  "$src/xxhash.c" -o "$out/xxhash.bc"
t1=$(now)
clang++-19 -c -emit-llvm -O3 -fPIC -Xclang -disable-llvm-passes \
  -fno-exceptions -fno-rtti -isystem /usr/include/eigen3 \
  "$src/eigen.cpp" -o "$out/eigen.bc"
t2=$(now)
clang-19 -c -O3 "$src/xxhash.c" -o "$out/xxhash.native.o"
clang++-19 -c -O3 -fno-exceptions -fno-rtti -isystem /usr/include/eigen3 \
  "$src/eigen.cpp" -o "$out/eigen.native.o"
clang++-19 -O2 "$src/host.cpp" "$out/xxhash.native.o" "$out/eigen.native.o" \
  -o "$out/host" -ldl

say "Making the package images"
t3=$(now)
"$build/bin/pkgimg-link" -O3 "$out/xxhash.bc" -o "$out/xxhash.so"
t4=$(now)
"$build/bin/pkgimg-link" -O3 "$out/eigen.bc" -o "$out/eigen.so"
t5=$(now)

say "Loading and calling them"
printf 'xxHash: clang to bitcode %s ms, pkgimg-link %s ms, image %s bytes\n' \
  "$(ms "$t0" "$t1")" "$(ms "$t3" "$t4")" "$(wc -c <"$out/xxhash.so")"
printf 'Eigen:  clang to bitcode %s ms, pkgimg-link %s ms, image %s bytes\n' \
  "$(ms "$t1" "$t2")" "$(ms "$t4" "$t5")" "$(wc -c <"$out/eigen.so")"
"$out/host" "$out/xxhash.so" "$out/eigen.so"

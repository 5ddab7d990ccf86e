#!/bin/sh
# codegen-inputs.sh DIR
#
# Makes in DIR what codegen-bench.py compiles: SQLite from Debian's source
# package, as one module, and four variants of it in which one function has
# changed; and the example packages with the functions that time their kernels,
# as bitcode for an image, and as a plain shared library for this processor.
# Needs clang-19, dpkg-dev, libeigen3-dev, libxxhash-dev, make and tclsh,
# and the network if DIR has no source package yet.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
cd "$1"

if ! ls sqlite3_*.orig.tar.xz >/dev/null 2>&1; then
  # The machine's own package sources, with their source packages.
  lists=$(mktemp -d)
  trap 'rm -rf "$lists"' EXIT
  mkdir -p "$lists/parts" "$lists/state/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$file" >"$lists/parts/${file##*/}"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -s "$file" ] || continue
    sed -n 's/^deb /deb-src /p' "$file" >"$lists/parts/$(basename "$file" .list).list"
  done
  options="-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$lists/parts
    -o Dir::State::Lists=$lists/state -o APT::Sandbox::User=root"
  # shellcheck disable=SC2086
  apt-get -qq $options update
  # shellcheck disable=SC2086
  apt-get -qq $options source --download-only sqlite3 >/dev/null
fi
if [ ! -e sqlite3.c ]; then
  rm -rf sqlite && mkdir -p sqlite/build
  tar xf sqlite3_*.orig.tar.xz -C sqlite --strip-components=1
  (cd sqlite/build && ../configure --disable-tcl --disable-readline && make sqlite3.c) \
    >sqlite/log 2>&1 || { tail sqlite/log >&2; exit 1; }
  cp sqlite/build/sqlite3.c .
fi

# An optimisation level and no passes: what clang gives to its own optimizer.
bitcode="-c -emit-llvm -fPIC -Xclang -disable-llvm-passes"
# shellcheck disable=SC2086
clang-19 $bitcode -O2 -w sqlite3.c -o sqlite3.bc
# On the same line: other functions have the numbers of their lines in them.
for variant in 1 2 3 4; do
  sed "s/^SQLITE_API int sqlite3_complete(const char \*zSql){/& if( zSql==(const char*)$variant ) return $variant;/" \
    sqlite3.c >changed.c
  cmp -s sqlite3.c changed.c && {
    echo "codegen-inputs.sh: error: sqlite3_complete() was not found in sqlite3.c" >&2
    exit 1
  }
  # The name of the source file is in the bitcode.
  mkdir -p variant && mv changed.c variant/sqlite3.c
  # shellcheck disable=SC2086
  (cd variant && clang-19 $bitcode -O2 -w sqlite3.c -o "../sqlite3.$variant.bc")
done

# Eigen and xxHash choose among their kernels by the preprocessor, once for all
# processors, and xxHash hides code from the vectorizer for those with SSE 4.1.
# What is compared here is one code for all of them.
packages=$root/examples/package-images
common="-fPIC -ffp-contract=fast -DXXH_VECTOR=XXH_SCALAR
  -DXXH_ENABLE_AUTOVECTORIZE -DEIGEN_DONT_VECTORIZE"
cxx="-fno-exceptions -fno-rtti -isystem /usr/include/eigen3"
objects=
for source in "$packages/xxhash.c" "$packages/eigen.cpp" "$packages/fft.cpp" \
  "$root/utils/benchmarks/Inputs/codegen-kernels.cpp"; do
  name=$(basename "${source%.*}")
  compiler=clang-19 extra=
  case $source in *.cpp) compiler=clang++-19 extra=$cxx ;; esac
  # shellcheck disable=SC2086
  $compiler $bitcode -O3 $common $extra "$source" -o "$name.bc"
  # shellcheck disable=SC2086
  $compiler -c -O3 -march=native $common $extra "$source" -o "$name.o"
  # What the preprocessor chooses for this processor.
  # shellcheck disable=SC2086
  $compiler -c -O3 -march=native -fPIC -ffp-contract=fast $extra "$source" \
    -o "$name.chosen.o"
  objects="$objects $name.o"
done
# shellcheck disable=SC2086
clang++-19 -shared $objects -o native.so
clang++-19 -shared xxhash.chosen.o eigen.chosen.o fft.chosen.o \
  codegen-kernels.chosen.o -o chosen.so

#!/bin/sh
# fuzz.sh SECONDS: builds the fuzzers with libFuzzer and the sanitizers, and runs
# each for so long, beginning with the inputs of test/Fuzz/Inputs. What they find
# is kept in the build folder, for the next time.
# fuzz.sh replay: runs the inputs of test/Fuzz/Inputs alone, once.
# The build folder is build-fuzz, or what PKGIMG_FUZZ_BUILD_DIR says.
set -eu
. "$(dirname "$0")/common.sh"
build=${PKGIMG_FUZZ_BUILD_DIR:-$root/build-fuzz}
fuzzers="targetdata header tables verify"
steps=6

usage() {
  echo "usage: fuzz.sh SECONDS | replay" >&2
  exit 2
}
[ $# -eq 1 ] || usage
case $1 in
replay) ;;
'' | *[!0-9]* | 0*) usage ;;
esac

say "Configuring in ${build#"$root"/}"
# Assertions of LLVM's headers stay on.
configure -DPKGIMG_BUILD_FUZZERS=ON -DPKGIMG_INCLUDE_DOCS=OFF \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -gline-tables-only"
say "Building the fuzzers"
ninja -C "$build" PkgImgFuzzers

# run NAME ARGUMENT...: one fuzzer, with the inputs as the last folder.
run() {
  name=$1
  shift
  fuzzer=$build/bin/pkgimg-$name-fuzzer
  crashes=$build/crashes/$name/
  log=$build/$name.log
  mkdir -p "$crashes"
  # A single allocation of 256 MiB is an unchecked count.
  "$fuzzer" -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=256 \
    -print_final_stats=1 "-artifact_prefix=$crashes" "$@" \
    "$root/test/Fuzz/Inputs/$name" >"$log" 2>&1 || {
    status=1
    tail -n 40 "$log" >&2
    echo "$name failed: run $fuzzer on the file in $crashes" >&2
  }
  grep -E '^stat::(number_of_executed_units|peak_rss_mb)' "$log" || true
}

status=0
for name in $fuzzers; do
  if [ "$1" = replay ]; then
    say "$name: $(ls "$root/test/Fuzz/Inputs/$name" | wc -l) inputs"
    run "$name" -runs=0
  else
    say "$name: $1 seconds"
    mkdir -p "$build/corpus/$name"
    run "$name" "-max_total_time=$1" "$build/corpus/$name"
  fi
done
exit $status

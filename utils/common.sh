# Shared by the scripts beside it: progress lines, and the build.

root=$(cd "$(dirname "$0")/.." && pwd)
build=${PKGIMG_BUILD_DIR:-$root/build}
started=$(date +%s)
step=0

# say N TEXT: a line of progress; $steps is how many there will be.
say() {
  step=$((step + 1))
  printf '[%d/%d, %ds] %s\n' "$step" "$steps" $(($(date +%s) - started)) "$*"
}

# configure [OPTION...]: options for CMake.
configure() {
  if [ ! -f "$build/build.ninja" ]; then
    cmake -G Ninja -S "$root" -B "$build" -DCMAKE_C_COMPILER=clang-19 \
      -DCMAKE_CXX_COMPILER=clang++-19 -DPKGIMG_ENABLE_WERROR=ON "$@" \
      >"$build.configure.log" 2>&1 || {
      tail -n 40 "$build.configure.log" >&2
      exit 1
    }
    rm -f "$build.configure.log"
  fi
}

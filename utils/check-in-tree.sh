#!/bin/sh
# check-in-tree.sh [LLVM-SOURCE-DIR [BUILD-DIR]]
#
# Configures LLVM's own source tree with pkgimg as an external project, looks at
# the graph of check-pkgimg, and compiles pkgimg's own sources in it. LLVM's
# libraries are not built: that takes hours. Without a folder, the source comes
# from Debian's source package, and stays in the build folder.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${2:-${PKGIMG_BUILD_DIR:-$root/build}/in-tree}
llvm=${1:-}

if [ -z "$llvm" ]; then
  mkdir -p "$build/source"
  cd "$build/source"
  if ! ls -d llvm-toolchain-19-19.*/llvm >/dev/null 2>&1; then
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
      sed -n 's/^deb /deb-src /p' "$file" >"$lists/parts/src-${file##*/}"
      mv "$lists/parts/src-${file##*/}" "$lists/parts/$(basename "$file" .list).list"
    done
    options="-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$lists/parts
      -o Dir::State::Lists=$lists/state -o APT::Sandbox::User=root"
    # shellcheck disable=SC2086
    apt-get -qq $options update
    # shellcheck disable=SC2086
    apt-get -qq $options source --download-only llvm-toolchain-19 >/dev/null
    # What the configuration and our sources need of it.
    mkdir -p llvm-toolchain-19-19.1
    tar xf llvm-toolchain-19_19.*.orig.tar.xz -C llvm-toolchain-19-19.1 \
      --strip-components=1 --wildcards '*/llvm/*' '*/lld/*' '*/cmake/*' \
      '*/third-party/*' '*/libunwind/include/*'
    rm -f llvm-toolchain-19_19.*.orig.tar.xz
  fi
  llvm=$(ls -d "$build"/source/llvm-toolchain-19-19.* | head -n 1)
fi

mkdir -p "$build"
log=$build/configure.log
prefix=/usr/lib/llvm-19/bin
cmake -G Ninja -S "$llvm/llvm" -B "$build/llvm" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
  -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
  -DLLVM_ENABLE_PROJECTS=lld -DLLVM_EXTERNAL_PROJECTS=pkgimg \
  -DLLVM_EXTERNAL_PKGIMG_SOURCE_DIR="$root" \
  -DLLVM_TARGETS_TO_BUILD="X86;AArch64" -DLLVM_INCLUDE_BENCHMARKS=OFF \
  -DLLVM_INCLUDE_EXAMPLES=OFF -DLLVM_ENABLE_LIBXML2=OFF \
  -DLLVM_INCLUDE_TESTS=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DLLVM_TABLEGEN=$prefix/llvm-tblgen \
  >"$log" 2>&1 || {
  tail -n 40 "$log" >&2
  exit 1
}

ninja=$(command -v ninja)
for target in pkgimg-link pkgimg-readobj pkgimg-run pkgimg2yaml yaml2pkgimg \
  check-pkgimg check-pkgimg-unit docs-pkgimg-html docs-pkgimg-man install-pkgimg-link; do
  "$ninja" -C "$build/llvm" -n "$target" >"$build/graph.log" 2>&1 || {
    echo "check-in-tree.sh: error: the in-tree build has no usable target" \
      "'$target':" >&2
    tail -n 5 "$build/graph.log" >&2
    exit 1
  }
done

# Through ninja an object waits for the libraries that its target links; by its
# own command it needs no more than the generated headers.
"$ninja" -C "$build/llvm" intrinsics_gen omp_gen vt_gen PkgImgDriverOptions \
  PkgImgReadobjOptions PkgImgRunOptions \
  llvm_vcsrevision_h RISCVTargetParserTableGen ARMTargetParserTableGen \
  AArch64TargetParserTableGen
python3 - "$build/llvm" "$root" "$llvm" <<'PY'
import concurrent.futures
import json
import os
import re
import subprocess
import sys

build, root, llvm = map(os.path.realpath, sys.argv[1:4])
# LLVM's source and the build may lie in a folder of ours.
jobs = []
for job in json.load(open(os.path.join(build, "compile_commands.json"))):
    file = os.path.realpath(job["file"])
    if file.startswith(root + os.sep) and not file.startswith(
        (llvm + os.sep, build + os.sep)
    ):
        jobs.append(job)
if len(jobs) < 20:
    sys.exit("check-in-tree.sh: error: only %d sources of ours" % len(jobs))


def compile(job):
    output = re.search(r" -o (\S+)", job["command"]).group(1)
    os.makedirs(os.path.join(job["directory"], os.path.dirname(output)), exist_ok=True)
    return subprocess.run(job["command"], shell=True, cwd=job["directory"]).returncode


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    failed = sum(map(bool, pool.map(compile, jobs)))
print("in-tree: %d of %d sources compiled" % (len(jobs) - failed, len(jobs)))
sys.exit(failed != 0)
PY

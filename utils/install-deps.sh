#!/bin/sh
# Installs what pkgimg is built and tested with on Debian 12, as root or with
# sudo. Does nothing if it is all there.
set -eu

packages="ccache clang-19 clang-format-19 cmake dpkg-dev libc6-dev-arm64-cross
  libc6-dev-armhf-cross libc6-dev-i386-cross libc6-dev-ppc64el-cross
  libc6-dev-riscv64-cross libclang-rt-19-dev libcurl4-openssl-dev libedit-dev
  libeigen3-dev libffi-dev libgcc-12-dev-arm64-cross libgcc-12-dev-armhf-cross
  libgcc-12-dev-i386-cross libgcc-12-dev-ppc64el-cross
  libgcc-12-dev-riscv64-cross libgtest-dev liblld-19-dev libpolly-19-dev
  libxml2-dev libxxhash-dev libzstd-dev ldc lld-19 llvm-19-dev llvm-19-tools
  libbenchmark-dev libisal-dev ninja-build nodejs python3 python3-jsonschema python3-sphinx qemu-user
  util-linux wine64 zlib1g-dev"

missing=
for package in $packages; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

SUDO=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install-deps.sh: error: not root, and there is no sudo; install these" \
      "packages as root:$missing" >&2
    exit 1
  fi
  SUDO=sudo
fi
echo "Installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() {
  $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    --no-install-recommends "$@" >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    exit 1
  }
}
run update
# shellcheck disable=SC2086
run install $missing

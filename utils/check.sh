#!/bin/sh
# Builds pkgimg and runs its whole test-suite: unit and lit tests, the fuzzers'
# inputs, documentation, format, and the build inside LLVM's tree. For Debian 12,
# as root or with sudo.
set -eu
steps=8
. "$(dirname "$0")/common.sh"

say "Installing what is missing"
"$root/utils/install-deps.sh"
say "Configuring in ${build#"$root"/}"
configure
say "Building the tools and the unit tests"
ninja -C "$build" pkgimg-link pkgimg-readobj pkgimg-run pkgimg2yaml \
  yaml2pkgimg pkgimg-opt-plugin PkgImgUnitTests
say "Documentation, without warnings"
ninja -C "$build" docs-pkgimg-html docs-pkgimg-man
say "Format"
cd "$root"
git ls-files '*.h' '*.cpp' '*.c' | xargs clang-format-19 --dry-run -Werror
say "In LLVM's own tree"
"$root/utils/check-in-tree.sh"
say "The fuzzers' inputs, with sanitizers"
"$root/utils/fuzz.sh" replay
say "Tests"
status=0
LIT_OPTS="-v --xunit-xml-output=$build/tests.xml" \
  ninja -C "$build" check-pkgimg || status=$?

python3 - "$build/tests.xml" <<'PY'
import sys
import xml.etree.ElementTree as ET

passed = failed = skipped = 0
for case in ET.parse(sys.argv[1]).getroot().iter("testcase"):
    if case.find("skipped") is not None:
        skipped += 1
        print("skipped:", case.get("name"), case.find("skipped").get("message"))
    elif case.find("failure") is not None or case.find("error") is not None:
        failed += 1
    else:
        passed += 1
print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
PY
exit $status

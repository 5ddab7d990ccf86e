#!/usr/bin/env python3
"""Compares the link lines of `pkgimg-link -hosted` with those of clang.

Both print, with -###, what they would run for the same target, sysroot and
options; the two lines must be the same, argument for argument, but for the
differences that utils/linkdiff/meant.py allows. Any other difference is printed
with both lines, and the exit status is 1.
"""

import argparse
import collections
import concurrent.futures
import os
import shlex
import sys

sys.path.insert(
    0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 3, "utils")
)
sys.dont_write_bytecode = True

from linkdiff import lines, meant, platforms  # noqa: E402

# ---------------------------------------------------------------------------
# What is compared
# ---------------------------------------------------------------------------

TARGETS = [
    "x86_64-linux-gnu",
    "x86_64-linux-musl",
    "i686-linux-gnu",
    "i686-linux-musl",
    "aarch64-linux-gnu",
    "aarch64-linux-musl",
    "armv7-linux-gnueabihf",
    "armv7-linux-musleabihf",
    "powerpc64le-linux-gnu",
    "powerpc64le-linux-musl",
    "riscv64-linux-gnu",
    "riscv64-linux-musl",
]
# Other spellings, which some trees know.
MORE_TARGETS = [
    "x86_64-alpine-linux-musl",
    "x86_64-redhat-linux-gnu",
    "x86_64-pc-linux-gnu",
    "x86_64-oe-linux",
    "x86_64-linux-gnux32",
    "i386-linux-gnu",
    "i586-suse-linux",
    "aarch64-alpine-linux-musl",
    "arm-linux-gnueabihf",
    "arm-linux-gnueabi",
    "armv7-linux-gnueabihft64",
    "armv7-alpine-linux-musleabihf",
    "ppc64le-redhat-linux",
    "riscv64-alpine-linux-musl",
    "riscv64-unknown-linux-gnu",
]

SYSROOTS = [
    "empty",
    "debian",
    "debian_cross",
    "fedora",
    "opensuse",
    "alpine",
    "musl_cross",
    "biarch",
    "biarch32",
    "riscv_multilib",
    "versions",
    "versions_no12",
    "versions_10",
    "versions_suffix",
    "versions_win32",
    "prefixes",
    "libdirs",
    "gentoo",
    "openembedded",
]

# Option sets for each target and sysroot; {T} is the folder of the trees.
BASIC = [
    [],
    ["-resource-dir", "{T}/resource", "--rtlib=compiler-rt"],
    ["--gcc-toolchain={T}/toolchain"],
    ["-ccc-install-dir", "{T}/install/bin", "-nostdlib"],
]

# Option sets for each target, in a sysroot that has all of them.
OPTIONS = [
    ["-L", "{T}/one", "-u", "first", "-L{T}/two", "-usecond"],
    ["-B{T}/extra"],
    ["-B", "{T}/extra/", "-B{T}/none"],
    ["--rtlib=libgcc"],
    ["--rtlib=platform", "--unwindlib=platform"],
    ["--rtlib=compiler-rt"],
    ["--rtlib=compiler-rt", "-static-libgcc"],
    ["--rtlib=compiler-rt", "--unwindlib=none"],
    ["--rtlib=compiler-rt", "--unwindlib=libgcc"],
    ["--rtlib=compiler-rt", "--unwindlib=libgcc", "-static-libgcc"],
    ["--rtlib=compiler-rt", "--unwindlib=libgcc", "-shared-libgcc"],
    ["--rtlib=compiler-rt", "--unwindlib=libunwind"],
    ["--rtlib=compiler-rt", "--unwindlib=libunwind", "-static-libgcc"],
    ["--rtlib=compiler-rt", "--unwindlib=libunwind", "-shared-libgcc"],
    ["-resource-dir", "{T}/resource_by_system", "--rtlib=compiler-rt"],
    ["-resource-dir", "{T}/resource_by_system", "-B{T}/extra", "--rtlib=compiler-rt"],
    ["-resource-dir", "{T}/resource"],
    ["--unwindlib=none"],
    ["--unwindlib=libgcc"],
    ["--unwindlib=libunwind"],
    ["-static-libgcc"],
    ["-shared-libgcc"],
    ["-static-libgcc", "-shared-libgcc"],
    ["-pthread"],
    ["-pthread", "-nostdlib"],
    ["-pthread", "-nolibc"],
    ["-nostdlib"],
    ["-nodefaultlibs"],
    ["-nostartfiles"],
    ["-nolibc"],
    ["-nolibc", "-nostartfiles", "-static-libgcc"],
    ["-T", "script.ld"],
    ["-Tscript.ld", "-T", "other.ld"],
    ["-e", "entry"],
    ["-z", "defs", "-z", "now"],
    ["-rpath", "/opt/x", "-rpath", "$ORIGIN"],
    ["-s"],
    ["-rdynamic"],
    ["-r"],
    ["-r", "-s", "-nostdlib"],
    ["-lm", "-l", "dl", "-l:libx.so.1"],
    ["-Wl,--no-demangle,-soname,x y"],
    ["-Xlinker", "--no-demangle", "-Xlinker", "-z", "-Xlinker", "defs"],
    ["-Wl,--as-needed,a,,b"],
    ["-Wl,--no-undefined", "-Wl,-soname,it's"],
    ["-mno-relax"],
    ["-fPIC", "-O3", "-shared"],
    ["-o", "{T}/out put.so"],
    ["--gcc-install-dir={T}/none"],
    ["--gcc-install-dir={T}/versions/usr/lib/gcc/x86_64-linux-gnu/10"],
    ["--gcc-install-dir={T}/toolchain/lib/gcc/aarch64-linux-gnu/13.1.0/"],
    ["--gcc-toolchain={T}/none"],
    ["--gcc-triple=x86_64-linux-gnu"],
    ["--gcc-toolchain={T}/toolchain/", "--rtlib=compiler-rt"],
    ["{T}/in/lib.a", "-lz", "{T}/in/two.o", "-Wl,-z,text", "{T}/in/lib.a"],
    ["{T}/in/od$d \"name\"\\.o"],
    ["-ccc-install-dir", "{T}/install/bin"],
    ["-ccc-install-dir", "{T}/debian/usr/bin"],
]
# The same without a sysroot: what is found is the machine's own.
NO_SYSROOT = [
    ["-nostartfiles"],
    ["--gcc-toolchain={T}/toolchain"],
    ["-ccc-install-dir", "{T}/debian/usr/bin"],
    ["-ccc-install-dir", "{T}/fedora/usr/bin"],
]

Case = collections.namedtuple("Case", "target sysroot options environment")


def make_cases(trees):
    def fill(options):
        return [o.replace("{T}", trees) for o in options]

    for target in TARGETS + MORE_TARGETS:
        # ArmHardFloatTime64 runs clang with another triple, so that folders
        # named after the triple itself cannot be compared.
        def comparable(options, target=target):
            return "gnueabihft64" not in target or not (
                "--rtlib=compiler-rt" in options
                or "-resource-dir" in options
                or "{T}/install/bin" in options
            )

        for sysroot in SYSROOTS:
            for options in filter(comparable, BASIC):
                yield Case(target, trees + "/" + sysroot, fill(options), {})
        home = "alpine" if "alpine" in target else "debian"
        for options in filter(comparable, OPTIONS):
            yield Case(target, trees + "/" + home, fill(options), {})
        for options in NO_SYSROOT:
            yield Case(target, None, fill(options), {})
        for variable, value in (
            ("LIBRARY_PATH", "/opt/a::/opt/b"),
            ("COMPILER_PATH", trees + "/extra"),
        ):
            yield Case(target, trees + "/" + home, [], {variable: value})


def compare(case, tools):
    common = [tools.trees + "/in/one.o"]
    sysroot = ["--sysroot=" + case.sysroot] if case.sysroot else []
    if "-resource-dir" not in case.options:
        common = ["-resource-dir", tools.trees + "/empty"] + common
    if "-ccc-install-dir" not in case.options:
        common = ["-ccc-install-dir", tools.trees + "/install_bare/bin"] + common

    ours = (
        [tools.pkgimg_link, "-###", "-hosted", "--target=" + case.target]
        + sysroot
        + common
        + case.options
    )
    used, platform = set(), platforms.get_platform(case.target)
    options = ["-shared", "--target=" + case.target] + sysroot + common + case.options
    clang = [tools.clang, "--no-default-config", "-###", "-fuse-ld=lld"]
    clang += meant.clang_options(platform, options, used)

    environment = dict(lines.clean_environment(), **case.environment)
    our_status, our_text = lines.run(ours, environment)
    clang_status, clang_text = lines.run(clang, environment)
    our_line = lines.last_link_line(our_text)
    clang_line = lines.last_link_line(clang_text)
    if our_line is not None and clang_line is not None:
        our_line, clang_line = meant.comparable(platform, our_line, clang_line, used)
    same = our_line == clang_line and (our_status == 0) == (clang_status == 0)
    if same:
        return used, None

    def show(command, status, text):
        line = next(
            (l for l in reversed(text.splitlines()) if l.startswith(' "')), " (none)"
        )
        errors = [l for l in text.splitlines() if "error:" in l]
        return "  %s\n  exit status %d\n%s%s\n" % (
            " ".join(shlex.quote(a) for a in command),
            status,
            "".join("  %s\n" % e for e in errors),
            line,
        )

    report = ["difference:", show(ours, our_status, our_text)]
    report.append(show(clang, clang_status, clang_text))
    if our_line and clang_line:
        only_ours = [a for a in our_line if a not in clang_line]
        only_clang = [a for a in clang_line if a not in our_line]
        report.append("  only ours:  %s" % only_ours)
        report.append("  only clang: %s\n" % only_clang)
    return used, "\n".join(report)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clang", required=True)
    parser.add_argument("--pkgimg-link", required=True)
    parser.add_argument("--trees", required=True, help="what make-sysroot.py made")
    parser.add_argument("--max-reports", type=int, default=20)
    tools = parser.parse_args()
    tools.trees = os.path.abspath(tools.trees)

    inputs = os.path.join(tools.trees, "in")
    os.makedirs(inputs, exist_ok=True)
    for name in ("one.o", "two.o", 'od$d "name"\\.o'):
        open(os.path.join(inputs, name), "w").close()
    with open(os.path.join(inputs, "lib.a"), "w") as f:
        f.write("!<arch>\n")

    cases = list(make_cases(tools.trees))
    uses, reports, exact = collections.Counter(), [], 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for used, report in pool.map(lambda c: compare(c, tools), cases):
            if report:
                reports.append(report)
                continue
            uses.update(used)
            # The program's name is never the same.
            exact += not (used - {"ProgramAndFlavor"})

    for report in reports[: tools.max_reports]:
        print(report)
    if len(reports) > tools.max_reports:
        print("... and %d more" % (len(reports) - tools.max_reports))
    print("compared: %d link lines" % len(cases))
    print("identical: %d" % exact)
    print("with a difference that is meant: %d" % (len(cases) - exact - len(reports)))
    for m in meant.MEANT:
        print("  %s: %d" % (type(m).__name__, uses[type(m).__name__]))
    print("with another difference: %d" % len(reports))
    return 1 if reports else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Compares the link lines of `pkgimg-link -hosted` with those of clang.

Both print, with -###, what they would run for the same target, sysroot and
options; the two lines must be the same, argument for argument, but for the
differences in MEANT. Any other difference is printed with both lines, and the
exit status is 1.
"""

import argparse
import collections
import concurrent.futures
import os
import shlex
import subprocess
import sys

# ---------------------------------------------------------------------------
# The differences that are meant.
#
# Each is a class whose documentation says why; `clang` may change the options
# that clang is run with, `ours_line` and `clang_line` may change the printed
# arguments. Each counts the comparisons in which it was of use.
# ---------------------------------------------------------------------------


class Meant:
    def clang(self, target, options):
        return target, options

    def ours_line(self, line):
        return line

    def clang_line(self, line):
        return line


class ProgramAndFlavor(Meant):
    """LLD is built in: the program is this one, called as lld's gnu flavor."""

    def ours_line(self, line):
        return line[2:] if line[:2] == ["-flavor", "gnu"] else line


class WholeArchives(Meant):
    """An archive is one way to write down the objects of an image, so it is
    linked whole, where clang lets the linker take the members it misses."""

    def ours_line(self, line):
        out, i = [], 0
        while i < len(line):
            if (
                line[i : i + 2] == ["--push-state", "--whole-archive"]
                and line[i + 3 : i + 4] == ["--pop-state"]
                and line[i + 2].endswith(".a")
            ):
                out.append(line[i + 2])
                i += 4
            else:
                out.append(line[i])
                i += 1
        return out


class ArmHardFloatTime64(Meant):
    """clang 19 takes gnueabihft64 for soft float when it looks for libraries,
    but for hard float when it looks for gcc. This is an error of clang's; its
    line for gnueabihf, whose folders Debian uses for both, is the right one."""

    def clang(self, target, options):
        return target.replace("gnueabihft64", "gnueabihf"), options


class DefaultUnwinder(Meant):
    """With compiler-rt, LLVM's default is to link no unwinder; Debian's clang
    is configured to link libgcc_s."""

    def clang(self, target, options):
        if "--rtlib=compiler-rt" in options and not any(
            o.startswith("--unwindlib=") and o != "--unwindlib=platform"
            for o in options
        ):
            return target, options + ["--unwindlib=none"]
        return target, options


class HostDistribution(Meant):
    """clang asks which distribution it runs on, even if the target is another
    machine, and adds `-z now`, `-z relro` or --hash-style=both on some. Here
    the line depends on the command line alone."""

    def clang_line(self, line):
        if "--eh-frame-hdr" not in line:
            return line
        end = line.index("--eh-frame-hdr")
        head, out, i = line[:end], [], 0
        while i < len(head):
            if head[i] == "-z" and head[i + 1] in ("now", "relro"):
                i += 2
            else:
                out.append(head[i])
                i += 1
        out = ["--hash-style=gnu" if a == "--hash-style=both" else a for a in out]
        # Whether clang asks for a build ID is set when it is built; Debian's does.
        if "--build-id" not in out:
            out.append("--build-id")
        return out + line[end:]


class RelocatableWithoutShared(Meant):
    """An image is a shared library without -shared, and -r says otherwise;
    clang, which is run with -shared here, refuses the two together."""

    def clang(self, target, options):
        return target, (["-r:no-shared"] if "-r" in options else []) + options


MEANT = [
    ProgramAndFlavor(),
    WholeArchives(),
    ArmHardFloatTime64(),
    DefaultUnwinder(),
    HostDistribution(),
    RelocatableWithoutShared(),
]

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

# What either program takes from the environment.
ENVIRONMENT = [
    "CCC_OVERRIDE_OPTIONS",
    "CLANG_CONFIG_PATH",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "JULIA_VERBOSE_LINKING",
    "LD_RUN_PATH",
    "LIBRARY_PATH",
    "QA_OVERRIDE_GCC3_OPTIONS",
    "SDKROOT",
    "SOURCE_DATE_EPOCH",
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


def last_link_line(text):
    """The arguments of the last command that -### printed."""
    for line in reversed(text.splitlines()):
        if line.startswith(' "'):
            return unquote(line)
    return None


def unquote(line):
    """What printArg of LLVM quoted: backslashes before ", \\ and $."""
    args, i = [], 0
    while True:
        i = line.find('"', i)
        if i < 0:
            return args
        i, arg = i + 1, ""
        while line[i] != '"':
            i += line[i] == "\\"
            arg += line[i]
            i += 1
        args.append(arg)
        i += 1


def run(command, environment):
    env = {k: v for k, v in os.environ.items() if k not in ENVIRONMENT}
    env["LC_ALL"] = "C"
    env.update(environment)
    done = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    return done.returncode, done.stdout


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
    target, options, used = case.target, list(case.options), set()
    for m in MEANT:
        changed = m.clang(target, options)
        if changed != (target, options):
            used.add(type(m).__name__)
        target, options = changed
    shared = [] if "-r:no-shared" in options else ["-shared"]
    options = [o for o in options if o != "-r:no-shared"]
    clang = (
        [tools.clang, "--no-default-config", "-###"]
        + shared
        + ["-fuse-ld=lld", "--target=" + target]
        + sysroot
        + common
        + options
    )

    our_status, our_text = run(ours, case.environment)
    clang_status, clang_text = run(clang, case.environment)
    our_line, clang_line = last_link_line(our_text), last_link_line(clang_text)
    if our_line is None or clang_line is None:
        same = our_line is clang_line
    else:
        our_line, clang_line = our_line[1:], clang_line[1:]
        for m in MEANT:
            for line, changed in (
                (our_line, m.ours_line(our_line)),
                (clang_line, m.clang_line(clang_line)),
            ):
                if line != changed:
                    used.add(type(m).__name__)
            our_line, clang_line = m.ours_line(our_line), m.clang_line(clang_line)
        same = our_line == clang_line
    same = same and (our_status == 0) == (clang_status == 0)
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
    for m in MEANT:
        print("  %s: %d" % (type(m).__name__, uses[type(m).__name__]))
    print("with another difference: %d" % len(reports))
    return 1 if reports else 0


if __name__ == "__main__":
    sys.exit(main())

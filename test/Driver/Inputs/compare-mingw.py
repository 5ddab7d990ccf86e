#!/usr/bin/env python3
"""Compares the link lines of `pkgimg-link -hosted` for MinGW with those of
clang, in the trees of make-mingw-trees.py. See compare-clang.py."""

import argparse
import concurrent.futures
import os
import shlex
import sys

sys.path.insert(
    0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 3, "utils")
)
sys.dont_write_bytecode = True

from linkdiff import lines  # noqa: E402

TARGETS = [
    "x86_64-w64-mingw32",
    "x86_64-w64-windows-gnu",
    "x86_64-windows-gnu",
    "x86_64-w64-mingw32ucrt",
    "i686-w64-mingw32",
    "i386-w64-mingw32",
    "aarch64-w64-mingw32",
    "armv7-w64-mingw32",
]

# Where the installation is: options, and what comes before the rest of PATH.
PLACES = [
    (["--sysroot={T}/debian/usr"], None),
    (["--sysroot={T}/fedora/usr"], None),
    (["--sysroot={T}/opensuse/usr"], None),
    (["--sysroot={T}/gentoo/usr"], None),
    (["--sysroot={T}/flat"], None),
    (["--sysroot={T}/none"], None),
    (["-ccc-install-dir", "{T}/llvm/bin"], None),
    (["-ccc-install-dir", "{T}/llvm/bin", "--rtlib=compiler-rt",
      "--unwindlib=libunwind", "-stdlib=libc++",
      "-resource-dir", "{T}/llvm/lib/clang/19"], None),
    (["-ccc-install-dir", "{T}/msys/mingw64/bin"], None),
    (["-ccc-install-dir", "{T}/debian/usr/bin"], None),
    (["-ccc-install-dir", "{T}/empty/bin"], "{T}/debian/usr/bin"),
    (["-ccc-install-dir", "{T}/empty/bin"], "{T}/fedora/usr/bin"),
    (["-ccc-install-dir", "{T}/empty/bin"], None),
    (["-ccc-install-dir", "{T}/empty/bin", "-m32"], "{T}/debian/usr/bin"),
    (["-ccc-install-dir", "{T}/llvm/bin", "-m32"], None),
    (["-ccc-install-dir", "{T}/llvm/bin", "-m64"], None),
]

OPTIONS = [
    ["-o", "out"],
    ["-o", "out.dll"],
    ["-o", "{T}/dir.d/out", "-Wl,--no-demangle"],
    ["-s"],
    ["-mwindows"],
    ["-mconsole"],
    ["-mwindows", "-mconsole"],
    ["-mdll"],
    ["-municode"],
    ["-mthreads"],
    ["-pthread"],
    ["-static"],
    ["-static-libgcc"],
    ["-shared-libgcc"],
    ["--rtlib=compiler-rt"],
    ["--rtlib=compiler-rt", "--unwindlib=libunwind", "-shared-libgcc"],
    ["--rtlib=compiler-rt", "--unwindlib=libunwind", "-static-libgcc"],
    ["--rtlib=compiler-rt", "--unwindlib=libgcc"],
    ["--driver-mode=g++"],
    ["--driver-mode=g++", "-stdlib=libc++"],
    ["--driver-mode=g++", "-static-libstdc++"],
    ["--driver-mode=g++", "-static"],
    ["--driver-mode=g++", "-nostdlib++"],
    ["--driver-mode=g++", "-nostdlib"],
    ["-nostdlib"],
    ["-nodefaultlibs"],
    ["-nostartfiles"],
    ["-nostdlib", "-e", "entry"],
    ["-lmsvcr120"],
    ["-l", "ucrtbase"],
    ["-lcrtdll", "-mthreads"],
    ["-lwindowsapp"],
    ["-lwindowsapp", "-mwindows"],
    ["-fno-auto-import"],
    ["-fauto-import"],
    ["-mguard=cf"],
    ["-mguard=cf-nochecks"],
    ["-mguard=none"],
    ["-mguard=wrong"],
    ["-fstack-protector"],
    ["-fstack-protector-strong", "-pthread"],
    ["-fstack-protector-all", "-static"],
    ["-L", "{T}/one", "-u", "first", "-L{T}/two", "-usecond"],
    ["-B{T}/flat/lib"],
    ["-Wl,--out-implib,lib.a", "-Wl,--output-def=x.def"],
    ["-Xlinker", "--no-demangle", "-Xlinker", "--icf=safe"],
    ["{T}/in/b.o", "-lz", "-Wl,-Bstatic", "-lq", "-Wl,-Bdynamic", "{T}/in/lib.a"],
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clang", required=True)
    parser.add_argument("--pkgimg-link", required=True)
    parser.add_argument("--trees", required=True)
    tools = parser.parse_args()
    trees = os.path.abspath(tools.trees)
    # Nothing of the machine's own; clang wants a linker that it can run.
    path = trees + "/empty/bin"

    cases = []
    for target in TARGETS:
        for place, first in PLACES:
            cases.append((target, place, first))
    # What the options do depends on the architecture at most.
    for target in ("x86_64-w64-mingw32", "i686-w64-mingw32"):
        for options in OPTIONS:
            cases.append((target, ["--sysroot={T}/flat"] + options, None))

    def compare(case):
        target, options, first = case

        def fill(text):
            return text.replace("{T}", trees)

        options = [fill(o) for o in options]
        environment = lines.clean_environment()
        environment["PATH"] = (fill(first) + ":" if first else "") + path
        common = ["--target=" + target, trees + "/in/a.o"]
        if "-resource-dir" not in options:
            common += ["-resource-dir", trees + "/empty"]
        if "-ccc-install-dir" not in options:
            common += ["-ccc-install-dir", trees + "/empty/bin"]
        ours = [tools.pkgimg_link, "-###", "-hosted"] + common + options
        clang = [tools.clang, "--no-default-config", "-###", "-fuse-ld=lld"]
        # For us -shared is the default, also beside -mdll.
        if "-mdll" not in options:
            clang.append("-shared")
        clang += common + options
        # Debian's clang has another default; see compare-clang.py.
        if "--rtlib=compiler-rt" in options and not any(
            o.startswith("--unwindlib=") for o in options
        ):
            clang.append("--unwindlib=none")

        _, our_text = lines.run(ours, environment)
        _, clang_text = lines.run(clang, environment)
        our_line = lines.last_link_line(our_text)
        clang_line = lines.last_link_line(clang_text)
        if our_line and clang_line:
            our_line, clang_line = our_line[1:], clang_line[1:]
            # LLD is built in, and archives are linked whole, unlike clang's.
            if our_line[:2] == ["-flavor", "gnu"]:
                our_line = our_line[2:]
            if "--whole-archive" in our_line and "--whole-archive" not in clang_line:
                at = our_line.index("--whole-archive")
                our_line[at : at + 3] = [our_line[at + 1]]
            if our_line == clang_line:
                return None
        return "difference:\n  %s\n  ours:  %s\n  clang: %s" % (
            " ".join(map(shlex.quote, ours)),
            our_line or our_text,
            clang_line or clang_text,
        )

    different = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for report in pool.map(compare, cases):
            if report:
                different += 1
                print(report)
    print("compared: %d link lines" % len(cases))
    print("with a difference: %d" % different)
    return 1 if different else 0


sys.exit(main())

# ===- meant.py - The differences from clang that are meant ---------------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""The only place that allows a difference from clang.

MEANT has the differences that any link may have: each is a class that makes the
two lines comparable, and whose documentation says why. KNOWN has those of single
calls of clang's own tests, which stay different: each with the reason.
"""

import collections
import re

from . import lines, platforms

# ---------------------------------------------------------------------------
# Differences that any link may have
# ---------------------------------------------------------------------------


class Meant:
    """One difference. `clang` may change the options that clang is run with;
    `ours_line` and `clang_line` may change the printed arguments, without the
    program's name."""

    def clang(self, platform, options):
        return options

    def ours_line(self, platform, line):
        return line

    def clang_line(self, platform, line):
        return line


class ProgramAndFlavor(Meant):
    """LLD is built in: the program is this one, called with the flavor of lld
    that the program which clang runs has."""

    PROGRAMS = {
        "gnu": "ld.lld",
        "darwin": "ld64.lld",
        "link": "lld-link",
        "wasm": "wasm-ld",
    }

    def ours_line(self, platform, line):
        return line[2:] if line[:1] == ["-flavor"] else line


class SolarisLinker(Meant):
    """clang refuses LLD for Solaris and runs the system's own linker; here the
    same arguments go to the built-in LLD."""


class WholeArchives(Meant):
    """An archive is one way to write down the objects of an image, so it is
    linked whole, where clang lets the linker take the members it misses."""

    def ours_line(self, platform, line):
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

    def clang(self, platform, options):
        return [o.replace("gnueabihft64", "gnueabihf") for o in options]


class DefaultLibraries(Meant):
    """Which runtime library and unwinder are the default is set when clang is
    built. Here they are those of LLVM: the platform's. Debian's clang is
    configured for libgcc and libgcc_s on every platform."""

    def clang(self, platform, options):
        def given(name):
            return any(re.match("--?%s=" % name, o) for o in options)

        more = []
        if platform == "android" and not given("rtlib"):
            more.append("--rtlib=platform")
        if not given("unwindlib") and (
            platform in ("android", "fuchsia")
            or (platform in platforms.GNU and lines.has_compiler_rt(options))
        ):
            more.append("--unwindlib=platform")
        return more + options


class HostDistribution(Meant):
    """clang asks which distribution it runs on, even if the target is another
    machine, and adds `-z now`, `-z relro` or --hash-style=both on some. Here
    the line depends on the command line alone."""

    def clang_line(self, platform, line):
        if platform not in ("linux", "musl") or "--eh-frame-hdr" not in line:
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

    def clang(self, platform, options):
        if "-r" in options and "-shared" in options:
            return [o for o in options if o != "-shared"]
        return options


MEANT = [
    ProgramAndFlavor(),
    SolarisLinker(),
    WholeArchives(),
    ArmHardFloatTime64(),
    DefaultLibraries(),
    HostDistribution(),
    RelocatableWithoutShared(),
]


def clang_options(platform, options, used):
    """The options to run clang with. Adds the names of those of MEANT that
    changed any to `used`."""
    for m in MEANT:
        changed = m.clang(platform, list(options))
        if changed != options:
            used.add(type(m).__name__)
        options = changed
    return options


def comparable(platform, ours, clang, used):
    """Both lines, programs included, as they should be the same."""

    def program(line):
        if line[1:2] == ["-flavor"]:
            return ProgramAndFlavor.PROGRAMS.get(line[2], line[2])
        return lines.basename(line[0])

    our_program, clang_program = program(ours), program(clang)
    if (platform, our_program, clang_program) == ("solaris", "ld.lld", "ld"):
        used.add(SolarisLinker.__name__)
        our_program = clang_program
    ours, clang = ours[1:], clang[1:]
    for m in MEANT:
        changed = m.ours_line(platform, ours), m.clang_line(platform, clang)
        if changed != (ours, clang):
            used.add(type(m).__name__)
        ours, clang = changed
    return (
        [our_program] + [lines.without_temporary_name(a) for a in ours],
        [clang_program] + [lines.without_temporary_name(a) for a in clang],
    )


# ---------------------------------------------------------------------------
# Calls of clang's own tests that stay different
# ---------------------------------------------------------------------------

# A difference belongs to an entry if the platform and the command line match
# (`options` is a regular expression that is searched in the arguments, joined by
# spaces), and if every argument that only one of the lines has matches
# `only_ours` or `only_clang`. Where pkgimg-link prints no line, `refused` must
# match its error.
Known = collections.namedtuple(
    "Known", "name reason platforms options only_ours only_clang refused"
)
Known.__new__.__defaults__ = (None, "", None, None, None)

KNOWN = []


def find_known(platform, argv, only_ours, only_clang, errors):
    """The entry of KNOWN that a difference belongs to, or None. `errors` is the
    text of our errors if we print no line, and None otherwise."""
    for k in KNOWN:
        if k.platforms and platform not in k.platforms:
            continue
        if not re.search(k.options, " ".join(argv)):
            continue
        if errors is not None:
            if k.refused and re.search(k.refused, errors):
                return k
            continue
        if k.refused or not (only_ours or only_clang):
            continue

        def all_match(arguments, pattern):
            if not arguments:
                return True
            return pattern and all(re.fullmatch(pattern, a) for a in arguments)

        if all_match(only_ours, k.only_ours) and all_match(only_clang, k.only_clang):
            return k
    return None

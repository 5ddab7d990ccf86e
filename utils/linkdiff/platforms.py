# ===- platforms.py - Platforms of target triples -------------------------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""Which of clang's toolchains a target triple belongs to."""

import re

# Platforms whose link line clang's GNU toolchain and its kin make.
GNU = ["linux", "musl", "android", "hurd", "haiku", "netbsd", "mingw", "itanium"]

# Those that are compared and must reach the minimum.
IN_SCOPE = [
    "linux",
    "musl",
    "android",
    "ohos",
    "hurd",
    "haiku",
    "fuchsia",
    "freebsd",
    "netbsd",
    "openbsd",
    "dragonfly",
    "solaris",
    "mingw",
    "itanium",
    "msvc",
    "darwin",
    "wasm",
]

# Why the others are not.
OUT_OF_SCOPE = {
    "msvc-cl": "clang-cl's own command line, which is neither GNU-style nor a linker's",
    "aix": "lld does not link for AIX",
    "zos": "lld does not link for z/OS",
    "amdgcn": "code of an accelerator",
    "r600": "code of an accelerator",
    "nvptx": "code of an accelerator",
    "spirv": "code of an accelerator",
    "ps4": "the linker of a closed SDK",
    "ps5": "the linker of a closed SDK",
    "hexagon": "Hexagon's own linker and toolchain",
    "bare-metal": "no operating system that loads shared libraries; clang ignores "
    "-shared or calls gcc",
}

_BY_SYSTEM = [
    ("android", "android"),
    ("ohos", "ohos"),
    ("liteos", "ohos"),
    ("fuchsia", "fuchsia"),
    ("freebsd", "freebsd"),
    ("netbsd", "netbsd"),
    ("openbsd", "openbsd"),
    ("dragonfly", "dragonfly"),
    ("haiku", "haiku"),
    ("solaris", "solaris"),
    ("hurd", "hurd"),
    ("ps4", "ps4"),
    ("ps5", "ps5"),
    ("aix", "aix"),
    ("zos", "zos"),
]


def get_platform(triple):
    """The platform's name for a normalised triple; `bare-metal` if it is none of
    those that are known here."""
    triple = triple.lower()
    arch, _, rest = triple.partition("-")
    for accelerator in ("amdgcn", "r600", "nvptx", "spirv", "hexagon"):
        if arch.startswith(accelerator):
            return accelerator
    if arch.startswith("wasm"):
        return "wasm"
    for name, platform in _BY_SYSTEM:
        if name in rest:
            return platform
    if re.search(r"darwin|macos|ios|tvos|watchos|xros|visionos|driverkit", rest):
        return "darwin"
    if "windows" in rest or "win32" in rest or "mingw" in rest:
        if "gnu" in rest or "mingw" in rest:
            return "mingw"
        return "itanium" if "itanium" in rest else "msvc"
    if "linux" in rest:
        return "musl" if "musl" in rest else "linux"
    return "bare-metal"

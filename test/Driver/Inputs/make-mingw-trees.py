#!/usr/bin/env python3
"""Makes MinGW installations of empty files in the folder that is named, with
the layouts of Debian, Fedora, openSUSE, Gentoo, MSYS2 and llvm-mingw."""

import os
import sys

START_FILES = ["lib/dllcrt2.o", "lib/crtbegin.o", "lib/crtend.o"]
GCC_FILES = ["crtbegin.o", "crtend.o", "libgcc.a"]


def touch(*parts):
    path = os.path.join(*parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").close()


def gcc(root, name, *versions):
    for version in versions:
        for file in GCC_FILES:
            touch(root, name, version, file)


def program(*parts):
    touch(*parts)
    os.chmod(os.path.join(*parts), 0o755)


def main():
    root = sys.argv[1]

    # Debian has two variants of one version, told apart by the thread model.
    debian = os.path.join(root, "debian/usr")
    for arch in ("x86_64", "i686"):
        name = arch + "-w64-mingw32"
        gcc(debian, "lib/gcc/" + name, "12-posix", "12-win32", "10-win32")
        for file in START_FILES[:1]:
            touch(debian, name, file)
        program(debian, "bin", name + "-gcc")

    fedora = os.path.join(root, "fedora/usr")
    for name in ("x86_64-w64-mingw32", "x86_64-w64-mingw32ucrt", "i686-w64-mingw32"):
        gcc(fedora, "lib/gcc/" + name, "13.2.1")
        touch(fedora, name, "sys-root/mingw", START_FILES[0])
        program(fedora, "bin", name + "-gcc")

    opensuse = os.path.join(root, "opensuse/usr")
    gcc(opensuse, "lib64/gcc/x86_64-w64-mingw32", "9.2.0", "13.2.0", "13", "junk")
    touch(opensuse, "x86_64-w64-mingw32/sys-root/mingw", START_FILES[0])

    gentoo = os.path.join(root, "gentoo/usr")
    gcc(gentoo, "lib/gcc/x86_64-w64-mingw32", "13")
    touch(gentoo, "x86_64-w64-mingw32/mingw", START_FILES[0])

    msys = os.path.join(root, "msys/mingw64")
    touch(msys, "include/_mingw.h")
    touch(msys, "lib/libkernel32.a")
    gcc(msys, "lib/gcc/x86_64-w64-mingw32", "13.2.0")
    for file in START_FILES:
        touch(msys, file)

    # llvm-mingw: one folder per target, and clang's own resources.
    llvm = os.path.join(root, "llvm")
    for arch in ("x86_64", "i686", "aarch64", "armv7"):
        for file in START_FILES:
            touch(llvm, arch + "-w64-mingw32", file)
    for arch in ("x86_64", "i386", "aarch64", "arm"):
        touch(
            llvm, "lib/clang/19/lib/windows/libclang_rt.builtins-%s.a" % arch
        )
    os.makedirs(os.path.join(llvm, "bin"), exist_ok=True)

    # A sysroot of one target.
    flat = os.path.join(root, "flat")
    for file in START_FILES:
        touch(flat, file)

    os.makedirs(os.path.join(root, "empty/bin"), exist_ok=True)
    for file in ("a.o", "b.o", "lib.a"):
        touch(root, "in", file)


main()

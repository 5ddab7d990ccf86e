#!/usr/bin/env python3
"""Makes fake sysroots below a folder: empty files, laid out as the systems do.

Usage: make-sysroot.py DIR [NAME...]     (all of them without a NAME)
"""

import os
import sys

# Architecture: Debian's name, that of its gcc, Red Hat's gcc, musl's triple.
ARCHES = {
    "x86_64": (
        "x86_64-linux-gnu",
        "x86_64-linux-gnu",
        "x86_64-redhat-linux",
        "x86_64-{}linux-musl",
    ),
    "i686": (
        "i386-linux-gnu",
        "i686-linux-gnu",
        "i686-redhat-linux",
        "i686-{}linux-musl",
    ),
    "aarch64": (
        "aarch64-linux-gnu",
        "aarch64-linux-gnu",
        "aarch64-redhat-linux",
        "aarch64-{}linux-musl",
    ),
    "armv7": (
        "arm-linux-gnueabihf",
        "arm-linux-gnueabihf",
        "armv7hl-redhat-linux-gnueabi",
        "armv7-{}linux-musleabihf",
    ),
    "powerpc64le": (
        "powerpc64le-linux-gnu",
        "powerpc64le-linux-gnu",
        "ppc64le-redhat-linux",
        "powerpc64le-{}linux-musl",
    ),
    "riscv64": (
        "riscv64-linux-gnu",
        "riscv64-linux-gnu",
        "riscv64-redhat-linux",
        "riscv64-{}linux-musl",
    ),
}
IS_64 = {a: a not in ("i686", "armv7") for a in ARCHES}

LIBC = ["crt1.o", "crti.o", "crtn.o"]
GCC = ["crtbegin.o", "crtbeginS.o", "crtend.o", "crtendS.o"]


class Tree:
    def __init__(self, root):
        self.root = root
        os.makedirs(root, exist_ok=True)

    def add(self, folder, files=(), text=""):
        path = os.path.join(self.root, folder)
        os.makedirs(path, exist_ok=True)
        for name in files:
            with open(os.path.join(path, name), "w") as f:
                f.write(text)


def empty(t):
    """Nothing is found, and the names are printed alone."""


def debian(t):
    """Multiarch: one folder per target, each with a native gcc."""
    for multiarch, gcc, _, _ in ARCHES.values():
        t.add("lib/" + multiarch)
        t.add("usr/lib/" + multiarch, LIBC)
        t.add("usr/lib/gcc/%s/12" % gcc, GCC)
    # Soft float beside hard float, to take the wrong one is easy.
    t.add("usr/lib/arm-linux-gnueabi", LIBC)
    t.add("lib64")
    t.add("usr/lib/gcc/arm-linux-gnueabi/12", GCC)


def debian_cross(t):
    """Cross compilers of a Debian on x86-64."""
    for _, gcc, _, _ in ARCHES.values():
        if gcc.startswith("x86_64"):
            continue
        t.add("usr/lib/gcc-cross/%s/12" % gcc, GCC)
        t.add("usr/%s/lib" % gcc, LIBC)
    t.add("lib/x86_64-linux-gnu")
    t.add("usr/lib/x86_64-linux-gnu", LIBC)
    t.add("usr/lib/gcc/x86_64-linux-gnu/12", GCC)


def fedora(t):
    """lib64, with gcc in usr/lib, and both widths of x86."""
    for arch, (_, _, gcc, _) in ARCHES.items():
        lib = "lib64" if IS_64[arch] else "lib"
        t.add(lib)
        t.add("usr/" + lib, LIBC)
        t.add("usr/lib/gcc/%s/14" % gcc, GCC)
    t.add("usr/lib/gcc/x86_64-redhat-linux/14/32", GCC)


def opensuse(t):
    """gcc in usr/lib64."""
    for arch in ("x86_64", "aarch64", "powerpc64le"):
        t.add("usr/lib64/gcc/%s-suse-linux/13" % arch, GCC)
    t.add("usr/lib/gcc/i586-suse-linux/13", GCC)
    t.add("usr/lib/gcc/armv7hl-suse-linux-gnueabi/13", GCC)
    t.add("lib64")
    t.add("lib")
    t.add("usr/lib64", LIBC)
    t.add("usr/lib", LIBC)


def alpine(t):
    """musl, and gcc under a triple with the vendor."""
    for *_, musl in ARCHES.values():
        t.add("usr/lib/gcc/%s/13.2.1" % musl.format("alpine-"), GCC)
        t.add("usr/%s/lib" % musl.format("alpine-"))
    t.add("lib")
    t.add("usr/lib", LIBC)


def musl_cross(t):
    """Cross compilers for musl, as musl-cross-make installs them."""
    for *_, musl in ARCHES.values():
        musl = musl.format("")
        t.add("lib/gcc/%s/11.2.0" % musl, GCC)
        t.add("%s/lib" % musl, LIBC)
        t.add("%s/lib64" % musl)


def biarch(t):
    """A 64-bit gcc that has 32-bit and x32 files."""
    for gcc in ("x86_64-linux-gnu", "powerpc64le-linux-gnu"):
        for sub in ("", "/32", "/x32"):
            t.add("usr/lib/gcc/%s/10%s" % (gcc, sub), GCC)
    for lib in ("lib", "lib32", "libx32", "lib64"):
        t.add(lib)
        t.add("usr/" + lib, LIBC)


def biarch32(t):
    """A 32-bit gcc that has 64-bit files."""
    t.add("usr/lib/gcc/i686-linux-gnu/9", GCC)
    t.add("usr/lib/gcc/i686-linux-gnu/9/64", GCC)
    for lib in ("lib", "lib32", "lib64"):
        t.add(lib)
        t.add("usr/" + lib, LIBC)


def riscv_multilib(t):
    """Folders named after the ABI, in gcc's part and in the system's."""
    gcc = "riscv64-unknown-linux-gnu"
    for abi in ("lib64/lp64", "lib64/lp64d", "lib32/ilp32d"):
        t.add("usr/lib/gcc/%s/9.1.0/%s" % (gcc, abi), GCC)
        t.add("usr/%s/lib/%s" % (gcc, abi))
        t.add(abi)
        t.add("usr/" + abi, LIBC)
    t.add("usr/lib/gcc/%s/9.1.0" % gcc, GCC)


def versions(t, names=("4.8", "10", "12.2.0", "12", "10-win32")):
    """Several versions of gcc: the newest counts, "12" above "12.2.0"."""
    for gcc in ("x86_64-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu"):
        for name in names:
            t.add("usr/lib/gcc/%s/%s" % (gcc, name), GCC)
        # Not versions, too old, or without the file that counts.
        for name in ("4.0.2", "3.4", "latest", "x.y"):
            t.add("usr/lib/gcc/%s/%s" % (gcc, name), GCC)
        t.add("usr/lib/gcc/%s/99" % gcc, ["crtbeginS.o"])
        t.add("usr/lib/" + gcc, LIBC)


def versions_no12(t):
    versions(t, ("4.8", "10", "12.2.0", "10-win32", "12.1.9", "9.5.0"))


def versions_10(t):
    versions(t, ("4.8", "10", "10-win32", "10.2.0", "9"))


def versions_suffix(t):
    versions(t, ("4.8.1-rc1", "4.8.1-rc2", "4.8.0", "4.7.x", "4.4"))


def versions_win32(t):
    versions(t, ("4.8", "10-win32", "10-posix"))


def prefixes(t):
    """An older gcc in a prefix that comes first."""
    for _, gcc, _, _ in ARCHES.values():
        t.add("lib/gcc/%s/8" % gcc, GCC)
        t.add("usr/lib/gcc/%s/12" % gcc, GCC)
    t.add("usr/lib", LIBC)


def libdirs(t):
    """The same version in lib64 and lib, and a newer one in gcc-cross."""
    for _, gcc, _, _ in ARCHES.values():
        t.add("usr/lib64/gcc/%s/11" % gcc, GCC)
        t.add("usr/lib/gcc/%s/11" % gcc, GCC)
        t.add("usr/lib/gcc-cross/%s/11.3" % gcc, GCC)
        t.add("usr/lib/gcc-cross/%s/10.4" % gcc, GCC)
    t.add("usr/lib", LIBC)


def gentoo(t):
    """The chosen gcc, not the newest, is written into a file."""
    gcc = "x86_64-pc-linux-gnu"
    for version in ("9.3.0", "11", "12"):
        t.add("usr/lib/gcc/%s/%s" % (gcc, version), GCC)
        t.add("usr/lib/gcc/%s/%s/32" % (gcc, version), GCC)
    t.add("etc/env.d/gcc", ["config-" + gcc], "CURRENT=%s-9.3.0\n" % gcc)
    t.add(
        "etc/env.d/gcc",
        [gcc + "-9.3.0"],
        'LDPATH="/usr/lib/gcc/%s/9.3.0:/usr/lib/gcc/%s/9.3.0/32"\n' % (gcc, gcc),
    )
    t.add("lib64")
    t.add("usr/lib64", LIBC)
    t.add("usr/lib", LIBC)


def openembedded(t):
    """gcc's folder right in the library folder."""
    for arch in ("x86_64", "aarch64", "i686"):
        t.add("usr/lib/%s-oe-linux/12.2.0" % arch, GCC)
        t.add("usr/lib64/%s-oe-linux/12.2.0" % arch, GCC)
    t.add("usr/lib64", LIBC)
    t.add("usr/lib", LIBC)
    t.add("lib")


def toolchain(t):
    """What --gcc-toolchain= takes: gcc with a libc of its own."""
    for _, gcc, _, _ in ARCHES.values():
        t.add("lib/gcc/%s/13.1.0" % gcc, GCC)
        t.add("%s/lib" % gcc, LIBC)
        t.add("%s/lib64" % gcc)
        t.add("%s/bin" % gcc)
    t.add("lib64")


def extra(t):
    """What -B takes."""
    t.add(".", LIBC + GCC)


def resource(t):
    """clang's resource folder, a folder per target."""
    for target in (
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
        "i686-unknown-linux-gnu",
        "aarch64-unknown-linux-gnu",
        "arm-unknown-linux-gnueabihf",
        "riscv64-unknown-linux-musl",
    ):
        t.add(
            "lib/" + target,
            ["libclang_rt.builtins.a", "clang_rt.crtbegin.o", "clang_rt.crtend.o"],
        )


def resource_by_system(t):
    """The same, with a file per architecture."""
    for arch in (
        "x86_64",
        "i386",
        "aarch64",
        "armhf",
        "powerpc64le",
        "riscv64",
    ):
        t.add(
            "lib/linux",
            [
                "libclang_rt.builtins-%s.a" % arch,
                "clang_rt.crtbegin-%s.o" % arch,
                "clang_rt.crtend-%s.o" % arch,
            ],
        )


def install(t):
    """Where the program is said to be installed; libraries beside it."""
    t.add("bin")
    t.add("lib/x86_64-unknown-linux-gnu")
    t.add("lib/arm-unknown-linux-gnueabihf")


def install_bare(t):
    t.add("bin")


def freebsd(t):
    """One width; the compiler's files are the base system's."""
    t.add("usr/lib", LIBC + GCC)


def freebsd_lib32(t):
    """64 bits, with the libraries for 32."""
    t.add("usr/lib", LIBC + GCC)
    t.add("usr/lib32", LIBC + GCC)


def openbsd(t):
    """No crti.o and no crtn.o."""
    t.add("usr/lib", ["crt0.o", "libcompiler_rt.a"] + GCC)


def netbsd(t):
    """Folders for the other width and for the ABIs of ARM."""
    for folder in ("", "/i386", "/eabi", "/eabihf", "/oabi", "/powerpc", "/sparc"):
        t.add("usr/lib" + folder, ["crt0.o", "crti.o", "crtn.o"] + GCC)


def dragonfly(t):
    t.add("usr/lib", LIBC)
    t.add("usr/lib/gcc80", GCC)


def solaris(t):
    """Two versions of gcc, each for both widths."""
    values = ["values-%s.o" % v for v in ("Xa", "Xc", "xpg4", "xpg6")]
    for folder in ("usr/lib", "usr/lib/amd64"):
        t.add(folder, LIBC + values)
    for prefix, version in (("9", "9.5.0"), ("11", "11.2.0")):
        gcc = "usr/gcc/%s/lib" % prefix
        t.add(gcc + "/gcc/x86_64-pc-solaris2.11/" + version, ["crtbegin.o"])
        for folder in ("/32", "/amd64"):
            t.add(gcc + "/gcc/x86_64-pc-solaris2.11/" + version + folder, GCC)
        t.add(gcc + "/amd64")


def solaris_sparc(t):
    values = ["values-%s.o" % v for v in ("Xa", "Xc", "xpg4", "xpg6")]
    for folder in ("usr/lib", "usr/lib/sparcv9"):
        t.add(folder, LIBC + values)
    gcc = "usr/gcc/11/lib"
    t.add(gcc + "/gcc/sparcv9-sun-solaris2.11/11.2.0", GCC)
    t.add(gcc + "/gcc/sparcv9-sun-solaris2.11/11.2.0/sparcv8plus", GCC)
    t.add(gcc + "/sparcv9")


def haiku(t):
    t.add("boot/system/lib")
    t.add("boot/system/develop/lib", LIBC + ["init_term_dyn.o", "start_dyn.o"])
    for arch in ("x86_64", "i586"):
        t.add("boot/system/develop/tools/lib/gcc/%s-unknown-haiku/13.2.0" % arch, GCC)


def fuchsia(t):
    """The system, and beside it the compiler's libraries."""
    t.add("lib")
    t.add("install/bin")
    for arch in ("x86_64", "aarch64", "riscv64"):
        folder = "%s-unknown-fuchsia" % arch
        for variant in ("", "/noexcept", "/compat"):
            t.add("install/lib/" + folder + variant)
        t.add("resource/lib/" + folder, ["libclang_rt.builtins.a"])


def hurd(t):
    for arch, gcc in (("i386", "i686"), ("x86_64", "x86_64")):
        t.add("lib/%s-gnu" % arch)
        t.add("usr/lib/%s-gnu" % arch, LIBC)
        t.add("usr/lib/gcc/%s-gnu/14" % gcc, GCC)


TREES = [
    empty,
    debian,
    debian_cross,
    fedora,
    opensuse,
    alpine,
    musl_cross,
    biarch,
    biarch32,
    riscv_multilib,
    versions,
    versions_no12,
    versions_10,
    versions_suffix,
    versions_win32,
    prefixes,
    libdirs,
    gentoo,
    openembedded,
    toolchain,
    extra,
    resource,
    resource_by_system,
    install,
    install_bare,
    freebsd,
    freebsd_lib32,
    openbsd,
    netbsd,
    dragonfly,
    solaris,
    solaris_sparc,
    haiku,
    fuchsia,
    hurd,
]


def main():
    root, names = sys.argv[1], sys.argv[2:]
    known = {f.__name__: f for f in TREES}
    for name in names or known:
        known[name](Tree(os.path.join(root, name)))


if __name__ == "__main__":
    main()

"""Makes fake Julia installations and systems: empty files in the right places.

usage: make-julia.py DIR

DIR/<platform>            an installation of any version, release and debug
DIR/root-<platform>       the system's libraries
"""
import os
import sys

root = sys.argv[1]


def touch(folder, *names):
    os.makedirs(os.path.join(root, folder), exist_ok=True)
    for name in names:
        open(os.path.join(root, folder, name), "w").close()


UNIX_CRT = ["crti.o", "crtbeginS.o", "crtendS.o", "crtn.o"]
for platform in ("linux", "freebsd"):
    touch(platform + "/lib", "libjulia.so", "libjulia-debug.so")
    touch(
        platform + "/lib/julia",
        "libjulia-internal.so",
        "libjulia-internal-debug.so",
        "libgcc.a",
        "libgcc_s.so",
        "libatomic.so",
        "libopenlibm.so",
        "libc_nonshared.a",
        *UNIX_CRT
    )
touch("macos/lib", "libjulia.dylib", "libjulia-debug.dylib")
touch(
    "macos/lib/julia",
    "libjulia-internal.dylib",
    "libjulia-internal-debug.dylib",
    "libclang_rt.osx.a",
    "libSystem.tbd",
)
touch(
    "windows/bin",
    "libjulia.dll",
    "libjulia-internal.dll",
    "libjulia-debug.dll",
    "libjulia-internal-debug.dll",
    "libopenlibm.dll",
)
touch("windows/lib", "libssp.dll.a")
touch(
    "windows/lib/julia",
    "libssp.dll.a",
    "dllcrt2.o",
    "crtbegin.o",
    "crtend.o",
    *[
        "lib%s.a" % name
        for name in "gcc_s gcc msvcrt mingw32 moldname mingwex kernel32 pthread"
        " advapi32 shell32 user32".split()
    ]
)

touch("root-linux/lib/x86_64-linux-gnu", "libc.so.6")
touch("root-linux/lib64", "ld-linux-x86-64.so.2")
touch("root-linux/lib/aarch64-linux-gnu", "libc.so.6")
touch("root-linux/lib", "ld-linux-aarch64.so.1")
touch("root-freebsd/lib", "libc.so.7")
touch("root-freebsd/libexec", "ld-elf.so.1")
touch("root-musl/lib", "ld-musl-x86_64.so.1", "libc.musl-x86_64.so.1")

"""Runs Julia's link lines with the tool and with LLD, and compares the images.

usage: julia.py PKGIMG-LINK LLD WORK-DIR

The runtime's libraries and the C runtime are stubs, made here; A is the object
archive that Julia's compiler writes. An empty argument stands where --verbose
would.
"""
import os
import subprocess
import sys
from shutil import which

ours, theirs, work = sys.argv[1:4]
os.chdir(work)


def run(*command, stdin=None):
    subprocess.run(command, input=stdin, check=True)


def obj(name, triple, ir):
    run(which("llc"), "-relocation-model=pic", "-filetype=obj",
        "-mtriple=" + triple, "-", "-o", name, stdin=ir.encode())


IMAGE = """
%s
@jl_system_image_data = %s global i64 1
declare void @jl_runtime()
define %s void @jl_entry() { call void @jl_runtime() ret void }
"""


def image(folder, triple, export=""):
    os.makedirs(folder + "/lib/julia", exist_ok=True)
    os.chdir(folder)
    obj("text#0.o", triple, IMAGE % ("", export, export))
    obj("metadata.o", triple, "@jl_image_pointers = %s global i64 2" % export)
    if os.path.exists("image.a"):
        os.remove("image.a")
    darwin = ["--format=darwin"] if "apple" in triple else []
    run(which("llvm-ar"), *darwin, "rc", "image.a", "text#0.o", "metadata.o")
    os.chdir("..")


def elf(folder, triple):
    image(folder, triple)
    obj(folder + "/empty.o", triple, "")
    obj(folder + "/rt.o", triple, "define void @jl_runtime() { ret void }")
    for lib in ("julia", "julia-internal", "gcc_s", "atomic", "openlibm"):
        run(theirs, "-flavor", "gnu", "-shared", folder + "/rt.o", "-soname",
            "lib%s.so" % lib, "-o", folder + "/lib/lib%s.so" % lib)
    for crt in ("crti.o", "crtbeginS.o", "crtendS.o", "crtn.o"):
        os.replace(folder + "/empty.o", folder + "/" + crt)
        obj(folder + "/empty.o", triple, "")
    run(which("llvm-ar"), "rc", folder + "/lib/libgcc.a", folder + "/empty.o")
    run(which("llvm-ar"), "rc", folder + "/libc_nonshared.a", folder + "/empty.o")
    for abs_lib in ("libc.so.6", "ld-linux.so.2"):
        run(theirs, "-flavor", "gnu", "-shared", folder + "/empty.o", "-soname",
            abs_lib, "-o", folder + "/" + abs_lib)


def windows(folder):
    triple = "x86_64-w64-windows-gnu"
    image(folder, triple, "dllexport")
    obj(folder + "/stub.o", triple,
        "define i32 @_DllMainCRTStartup() { ret i32 1 }"
        " define i32 @DllMainCRTStartup() { ret i32 1 }")
    obj(folder + "/empty.o", triple, "")
    run(which("llvm-ar"), "rc", folder + "/image.a", folder + "/stub.o")
    with open(folder + "/rt.def", "w") as f:
        f.write("LIBRARY libjulia.dll\nEXPORTS\njl_runtime\n")
    for lib in ("julia", "julia-internal", "openlibm", "ssp", "gcc_s", "gcc",
                "msvcrt", "mingw32", "moldname", "mingwex", "kernel32",
                "pthread", "advapi32", "shell32", "user32"):
        run(which("llvm-dlltool"), "-m", "i386:x86-64", "-d",
            folder + "/rt.def", "-l", folder + "/lib/lib%s.dll.a" % lib)
    for crt in ("dllcrt2.o", "crtbegin.o", "crtend.o"):
        obj(folder + "/" + crt, triple, "")


def macos(folder):
    triple = "arm64-apple-macosx11.0.0"
    image(folder, triple)
    obj(folder + "/rt.o", triple, "define void @jl_runtime() { ret void }")
    for lib in ("julia", "julia-internal"):
        run(theirs, "-flavor", "darwin", "-arch", "arm64", "-platform_version",
            "macos", "11.0", "11.0", "-dylib", folder + "/rt.o", "-undefined",
            "dynamic_lookup", "-o", folder + "/lib/lib%s.dylib" % lib)
    obj(folder + "/builtins.o", triple, "define void @__rt() { ret void }")
    run(which("llvm-ar"), "--format=darwin", "rc",
        folder + "/libclang_rt.osx.a", folder + "/builtins.o")
    with open(folder + "/libSystem.tbd", "w") as f:
        f.write("--- !tapi-tbd\ntbd-version: 4\ntargets: [ arm64-macos ]\n"
                "install-name: /usr/lib/libSystem.B.dylib\nexports:\n"
                "  - targets: [ arm64-macos ]\n    symbols: [ _malloc ]\n...\n")


elf("linux", "x86_64-unknown-linux-gnu")
elf("freebsd", "x86_64-unknown-freebsd13")
macos("macos")
windows("windows")

JULIA = "-L{0}/lib/julia -L{0}/lib -ljulia -ljulia-internal".split()
WHOLE = "--whole-archive {0}/image.a --no-whole-archive".split()
UNIX_9 = ["-flavor", "gnu", "", "-shared", "-o", "OUT"] + WHOLE
UNIX_9 += ["-L", "{0}/lib", "-L", "{0}/lib/julia", "-ljulia", "-ljulia-internal"]
UNIX_14 = (
    ["-flavor", "gnu"]
    + "--build-id --eh-frame-hdr --hash-style=gnu --as-needed -z relro".split()
    + ["-z", "defs", "", "-shared", "-o", "OUT", "{0}/crti.o", "{0}/crtbeginS.o"]
    + WHOLE + JULIA
    + "-lgcc --as-needed -lgcc_s -latomic -lopenlibm --no-as-needed".split()
    + ["{0}/libc.so.6", "{0}/libc_nonshared.a", "--as-needed",
       "{0}/ld-linux.so.2", "--no-as-needed", "{0}/crtendS.o", "{0}/crtn.o"]
)
MAC = ["-flavor", "darwin", "-arch", "arm64", "-undefined", "dynamic_lookup",
       "-platform_version", "macos", "11.0", "13.0", "", "-dylib", "-o", "OUT"]
WIN = ["-flavor", "gnu", "-m", "i386pep", "-Bdynamic",
       "--enable-auto-image-base", "--allow-multiple-definition"]
NO_IMPORT = ["--disable-auto-import", "--disable-runtime-pseudo-reloc"]
WIN_9 = ["", "-shared", "-o", "OUT"] + WHOLE + JULIA
WIN_9 += "-lopenlibm -lssp -lgcc_s -lgcc -lmsvcrt".split()
WIN_14 = (
    ["-e", "DllMainCRTStartup", "", "-shared", "-o", "OUT", "{0}/dllcrt2.o",
     "{0}/crtbegin.o"] + WHOLE + JULIA
    + ("-lopenlibm -lmingw32 -lgcc_s -lgcc -lmoldname -lmingwex -lmsvcrt "
       "-lkernel32 -lpthread -ladvapi32 -lshell32 -luser32").split()
    + ["{0}/crtend.o"]
)
CASES = [
    ("linux 1.9", UNIX_9),
    ("linux 1.11", ["-flavor", "gnu", "", "-shared", "-o", "OUT"] + WHOLE + JULIA),
    ("linux 1.14", UNIX_14),
    ("freebsd 1.9", UNIX_9),
    ("macos 1.9", MAC + ["-all_load", "{0}/image.a", ""] + JULIA),
    ("macos 1.14", MAC[:-4] + ["-syslibroot", "{0}"] + MAC[-4:]
     + ["-force_load", "{0}/image.a", ""] + JULIA
     + ["{0}/libclang_rt.osx.a", "{0}/libSystem.tbd"]),
    ("windows 1.9", WIN + WIN_9),
    ("windows 1.12", WIN + NO_IMPORT + WIN_9),
    ("windows 1.14", WIN + NO_IMPORT + WIN_14),
]
failed = 0
for name, line in CASES:
    results = []
    for who, program in (("ours", ours), ("theirs", theirs)):
        os.makedirs(who, exist_ok=True)
        link = os.path.join(work, who, "lld")
        if not os.path.lexists(link):
            os.symlink(program, link)
        out = "image.out"
        if os.path.exists(out):
            os.remove(out)
        folder = name.split()[0]
        args = [a.replace("{0}", folder).replace("OUT", out) for a in line]
        done = subprocess.run([link] + args, capture_output=True)
        data = open(out, "rb").read() if os.path.exists(out) else None
        results.append((done.returncode, done.stdout, done.stderr, data))
    ok = results[0] == results[1] and results[0][0] == 0
    if results[0][:3] == results[1][:3] and folder == "windows":
        # PE has the time of the link in its header and its export directory:
        # 4 bytes each, of which seconds change the last.
        a, b = results[0][3], results[1][3]
        ok = len(a) == len(b) and sum(x != y for x, y in zip(a, b)) <= 8
    failed += not ok
    print("%s: %s" % (name, "same" if ok else "DIFFERENT"))
    if not ok:
        for r in results:
            print("  exit", r[0], r[2].decode()[:600], r[3] and len(r[3]))
sys.exit(failed != 0)

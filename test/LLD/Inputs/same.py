"""Runs the tool and LLD on the same command lines and compares all they do.

usage: same.py PKGIMG-LINK LLD WORK-DIR
"""
import os
import subprocess
import sys

ours, theirs, work = sys.argv[1:4]
os.chdir(work)
triples = {
    "ld.lld": "x86_64-linux-gnu",
    "ld64.lld": "arm64-apple-macosx13.0",
    "lld-link": "x86_64-pc-windows-msvc",
    "wasm-ld": "wasm32-unknown-unknown",
}
source = b"""
@data = global i32 7
declare void @undefined()
define dllexport i32 @f() { ret i32 42 }
define i32 @g() {
  call void @undefined()
  %x = load i32, ptr @data
  ret i32 %x
}
"""
from shutil import which

for name, triple in triples.items():
    for kind, flag in (("o", "-c"), ("bc", "-emit-llvm")):
        # llc and llvm-as are tools that every LLVM package has.
        text = b'target triple = "%s"\n' % triple.encode() + source
        if kind == "o":
            command = [which("llc"), "-relocation-model=pic", "-filetype=obj"]
        else:
            command = [which("llvm-as")]
        subprocess.run(
            command + ["-", "-o", "%s.%s" % (name, kind)], input=text, check=True
        )

# Julia's calls have an empty argument where --verbose would stand.
cases = []
for kind in ("o", "bc"):
    elf, macho, coff, wasm = ("%s.%s" % (n, kind) for n in triples)
    cases += [
        ("ld.lld", ["-shared", elf, "-o", "OUT"]),
        ("ld.lld", ["-shared", "", "--whole-archive", elf, "--build-id", "-o", "OUT"]),
        ("ld.lld", ["-shared", "-z", "defs", elf, "-o", "OUT"]),
        ("ld.lld", ["-r", elf, "-o", "OUT"]),
        ("ld64.lld", ["-arch", "arm64", "-dylib", "-undefined", "dynamic_lookup",
                      "-platform_version", "macos", "13.0", "13.0", "-o", "OUT", macho]),
        ("lld-link", ["/dll", "/noentry", "/force:unresolved", "/Brepro", coff, "/out:OUT"]),
        ("wasm-ld", ["--no-entry", "--allow-undefined", "--export-all", wasm, "-o", "OUT"]),
    ]
cases += [
    ("ld.lld", ["--version"]),
    ("ld.lld", ["--help"]),
    ("ld.lld", ["-v"]),
    ("ld.lld", []),
    ("ld.lld", ["--no-such-option"]),
    ("ld.lld", ["no-such-file.o"]),
    ("ld.lld", ["-mllvm", "-no-such-option", "ld.lld.o"]),
    ("ld.lld", ["-m", "i386pep", "-shared", "lld-link.o", "-o", "OUT"]),
    ("ld64.lld", ["--version"]),
    ("lld-link", ["/help"]),
    ("wasm-ld", ["--version"]),
]
flavors = {"ld.lld": "gnu", "ld64.lld": "darwin", "lld-link": "link", "wasm-ld": "wasm"}
failures = 0
for name, args in cases:
    for how in ("name", "flavor"):
        results = []
        for who, program in (("ours", ours), ("theirs", theirs)):
            link = os.path.join(work, who, name if how == "name" else "lld")
            if not os.path.lexists(link):
                os.symlink(program, link)
            # The same name of the output: it gets into some of them.
            out = "image.out"
            if os.path.exists(out):
                os.remove(out)
            command = [link] + ([] if how == "name" else ["-flavor", flavors[name]])
            command += [a.replace("OUT", out) for a in args]
            done = subprocess.run(command, capture_output=True)
            data = open(out, "rb").read() if os.path.exists(out) else None
            tidy = lambda b: b.replace(link.encode(), b"LLD")
            results.append((done.returncode, tidy(done.stdout), tidy(done.stderr), data))
        if results[0] != results[1]:
            failures += 1
            print("DIFFERENT:", how, name, args)
            for r in results:
                print("  exit", r[0], r[1][:300], r[2][:300], r[3] and len(r[3]))
print(len(cases) * 2, "command lines compared,", failures, "differ")
sys.exit(failures != 0)

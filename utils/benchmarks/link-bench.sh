#!/bin/sh
# link-bench.sh PKGIMG-LINK PEER [PAIRS]
#
# Times whole links in pairs, A B A B ..., against another linker with GNU ld's
# arguments (ld.lld-19, mold, ld), on the same objects: a small one, and more
# than 100 MB of them. Prints the medians and the median of the pairs' ratios.
# Needs clang-19; the objects are made in a temporary folder and removed.
set -eu
link=$(realpath "$1")
peer=$(command -v "$2")
pairs=${3:-40}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >small.c <<'C'
int table[] = {1, 2, 3, 4};
int sum(int n) {
  int s = 0;
  for (int i = 0; i < n; ++i)
    s += table[i];
  return s;
}
C
clang-19 -fPIC -O1 -c small.c -o small.o

# 200 objects of 300 functions that call each other, with read-only strings,
# pointers and 400 KiB of data each.
python3 - <<'PY'
import subprocess
for n in range(200):
    lines = []
    for i in range(300):
        lines.append('.section .text.f%d_%d,"ax"\n.globl f%d_%d\nf%d_%d:\n' % ((n, i) * 3))
        for k in range(6):
            m, j = (n + k * 7) % 200, (i * 13 + k) % 300
            lines.append(" call f%d_%d@PLT\n movq f%d_%d@GOTPCREL(%%rip), %%rax\n"
                         ' leaq .Ls%d(%%rip), %%rdi\n' % (m, j, m, j, i))
        lines.append(' ret\n.section .rodata.str1.1,"aMS",@progbits,1\n'
                     '.Ls%d: .asciz "string %d of %d"\n' % (i, i % 50, n % 10))
        lines.append('.section .data.p,"aw"\n .quad f%d_%d\n' % (n, i))
    lines.append(".data\n.fill 409600, 1, %d\n" % (n % 255))
    subprocess.run(["clang-19", "-c", "-x", "assembler", "-", "-o", "l%03d.o" % n],
                   input="".join(lines).encode(), check=True)
PY
echo "large: $(cat l*.o | wc -c) bytes in $(ls l*.o | wc -l) objects"

cat >time.py <<'PY'
import os, statistics, subprocess, sys, time
link, peer, pairs, out_flags = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
flags = ["--hash-style=gnu", "--build-id", "--eh-frame-hdr", "-m", "elf_x86_64", "-shared"]
def run(command):
    start = time.perf_counter()
    status = subprocess.call(command)
    elapsed = time.perf_counter() - start
    if status:
        sys.exit("%r: exit status %d" % (command[:3], status))
    return elapsed * 1000
def show(name, a, b, count):
    run(a), run(b)
    times = [(run(a), run(b)) for _ in range(count)]
    print("%-34s %8.2f ms  peer %8.2f ms  ratio %.3f (%.3f to %.3f), %d pairs" % (
        name, statistics.median(x for x, _ in times), statistics.median(y for _, y in times),
        statistics.median(x / y for x, y in times), min(x / y for x, y in times),
        max(x / y for x, y in times), count))
    same = open("a.so", "rb").read() == open("b.so", "rb").read()
    print("%-34s %s" % ("", "same bytes" if same else "other bytes"))
if not os.path.lexists("ld.lld"):
    os.symlink(link, "ld.lld")
large = sorted(f for f in os.listdir(".") if f.startswith("l") and f.endswith(".o"))
peer_small = [peer] + flags + ["-o", "b.so", "small.o"]
peer_large = [peer] + flags + ["-o", "b.so"] + large
show("small, pkgimg-link", [link, "small.o", "-o", "a.so"], peer_small, pairs)
show("small, as ld.lld", ["./ld.lld"] + flags + ["-o", "a.so", "small.o"], peer_small, pairs)
show("large, pkgimg-link", [link] + large + ["-o", "a.so"], peer_large, max(5, pairs // 4))
show("large, as ld.lld", ["./ld.lld"] + flags + ["-o", "a.so"] + large, peer_large, max(5, pairs // 4))
PY
python3 time.py "$link" "$peer" "$pairs"

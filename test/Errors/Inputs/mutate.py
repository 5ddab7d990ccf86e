"""Links mutated copies of an object and says how each ended.

usage: mutate.py PKGIMG-LINK OBJECT WORK-DIR COUNT [SEED [FLAG...]]

The flags are those of each link, --target= for one.

Bad is: an end by a signal, an exit status other than 0 and 1, an error without
a message, an output after an error, anything temporary.
"""
import os
import random
import subprocess
import sys

tool, seed_file, work, count = sys.argv[1:5]
random.seed(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
flags = sys.argv[6:]
seed = open(seed_file, "rb").read()
os.chdir(work)
os.makedirs("links", exist_ok=True)
linked = refused = bad = 0
for i in range(int(count)):
    data = bytearray(seed)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(len(data))
        how = random.randrange(3)
        if how == 0:
            data[at] ^= 1 << random.randrange(8)
        elif how == 1:
            data[at] = random.choice((0, 1, 0x7F, 0x80, 0xFF))
        else:
            for j in range(at, min(at + 8, len(data))):
                data[j] = random.randrange(256)
    if random.random() < 0.05:
        del data[random.randrange(len(data)) :]
    with open("mutant.o", "wb") as f:
        f.write(data)
    out = "links/out.so"
    if os.path.exists(out):
        os.remove(out)
    done = subprocess.run(
        [tool] + flags + ["mutant.o", "-o", out], capture_output=True, timeout=60
    )
    left = sorted(os.listdir("links"))
    if done.returncode == 0:
        linked += 1
        ok = left == ["out.so"]
    else:
        refused += 1
        ok = done.returncode == 1 and b"error: " in done.stderr and not left
    if not ok:
        bad += 1
        print("mutant", i, "exit", done.returncode, done.stderr[:300], left)
        os.replace("mutant.o", "bad-%d.o" % i)
print(count, "mutated objects:", linked, "linked,", refused, "refused,", bad, "bad")
sys.exit(bad != 0)

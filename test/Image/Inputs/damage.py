"""Changes a byte of one entry of a cache, and cuts off another."""

import os
import sys

folder = sys.argv[1]
entries = sorted(n for n in os.listdir(folder) if n.startswith("llvmcache-"))
with open(os.path.join(folder, entries[0]), "r+b") as entry:
    entry.seek(100)
    byte = entry.read(1)
    entry.seek(100)
    entry.write(bytes([byte[0] ^ 1]))
with open(os.path.join(folder, entries[1]), "r+b") as entry:
    entry.truncate(os.path.getsize(entry.name) - 1)

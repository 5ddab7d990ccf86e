"""Copies bitcode as a newer LLVM would write it: with that LLVM's name in the
identification block, and with something in the module that this one does not
know.

In the identification block (LLVM's BitCodeFormat) the producer is an array of
6-bit characters.
"""
import sys

TABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"


def field(value, width):
    return format(value, "0%db" % width)[::-1]


def chars(text):
    return "".join(field(TABLE.index(c), 6) for c in text)


data = open(sys.argv[1], "rb").read()
bits = "".join(field(b, 8) for b in data)
at = bits.find(chars("LLVM19"))
if at < 0:
    sys.exit("no producer in the bitcode")
bits = bits[:at] + chars("LLVM99") + bits[at + 36 :]
data = bytearray(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))
middle = len(data) // 2
data[middle : middle + 64] = b"\xff" * 64
with open(sys.argv[2], "wb") as out:
    out.write(data)

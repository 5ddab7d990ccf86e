"""Writes assembly that defines as many global symbols as the argument says."""
import sys

print(".data")
for i in range(int(sys.argv[1])):
    print(".globl symbol%d\nsymbol%d:" % (i, i))
print(".byte 0")

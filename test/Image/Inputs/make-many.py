"""Writes a module with as many functions as the argument says."""

import sys

for i in range(int(sys.argv[1])):
    print("define i32 @f%d(i32 %%a) {" % i)
    print("  %%b = add i32 %%a, %d" % i)
    print("  ret i32 %b\n}\n")

# Makes numba-function.bc: python3 numba-function.py numba-function.bc
#
# The bitcode is kept beside this, because Numba (Debian: python3-numba) brings
# more than 300 MB of packages with it. Its LLVM is that of llvmlite, 14.
import os
import sys

os.environ["NUMBA_CPU_NAME"] = "generic"
os.environ["NUMBA_CPU_FEATURES"] = ""
# Vectors are for the image compiler to make, for each processor.
os.environ["NUMBA_LOOP_VECTORIZE"] = "0"
os.environ["NUMBA_SLP_VECTORIZE"] = "0"

import llvmlite.binding
from numba import cfunc, float64, int64


# No fastmath: the sums have one order, and nothing is fused. NumPy's errors: a
# division by zero does not call into Python.
@cfunc(int64(int64, int64), error_model="numpy")
def numba_mandelbrot(size, limit):
    total = 0
    for row in range(size):
        for column in range(size):
            x, y = 3.0 * column / size - 2.0, 2.0 * row / size - 1.0
            a, b = 0.0, 0.0
            for step in range(limit):
                a, b = a * a - b * b + x, 2.0 * a * b + y
                if a * a + b * b > 4.0:
                    break
                total += 1
    return total


@cfunc(float64(int64), error_model="numpy")
def numba_pi(count):
    total = 0.0
    for i in range(count):
        total += 1.0 / (16.0 * i * i + 16.0 * i + 3.0)
    return 8.0 * total


@cfunc(int64(int64, int64))
def numba_parity(first, count):
    total = 0
    for i in range(first, first + count):
        v = i ^ (i >> 4)
        v ^= v >> 2
        total += (v ^ (v >> 1)) & 1
    return total


def main():
    functions = [numba_mandelbrot, numba_pi, numba_parity]
    module = None
    for function in functions:
        text = function.inspect_llvm()
        # The C name in place of Numba's, which has a digest in it.
        text = text.replace(function.native_name, function.__name__)
        other = llvmlite.binding.parse_assembly(text)
        other.get_function(function.__name__).linkage = "external"
        if module is None:
            module = other
        else:
            module.link_in(other)
    module.name = "numba-function"
    module.verify()
    with open(sys.argv[1], "wb") as out:
        out.write(module.as_bitcode())


if __name__ == "__main__":
    main()

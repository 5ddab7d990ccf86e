//===- edit_distance.d - A package in D -----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A package in D without D's runtime (ldc2 -betterC), for images of bitcode that
// the compiler of another language, with an older LLVM, has made.
module edit_distance;

import core.stdc.stdlib : free, malloc;

private T smallest(T)(T a, T b, T c)
{
    immutable m = a < b ? a : b;
    return m < c ? m : c;
}

private void makeText(ubyte[] text, ulong seed)
{
    foreach (ref c; text)
    {
        seed = seed * 6364136223846793005UL + 1442695040888963407UL;
        c = cast(ubyte)('a' + (seed >> 33) % 4);
    }
}

/// How many letters must be added, removed or replaced to make one text of size
/// letters from another, both made from seed; -1 without memory.
extern (C) export long d_edit_distance(long size, long seed)
{
    if (size < 0 || size > 1_000_000)
        return -1;
    immutable n = cast(size_t) size;
    auto memory = cast(ubyte*) malloc(2 * n + (n + 1) * int.sizeof + 16);
    if (memory is null)
        return -1;
    scope (exit)
        free(memory);
    auto row = (cast(int*) memory)[0 .. n + 1];
    auto a = (memory + (n + 1) * int.sizeof)[0 .. n];
    auto b = (memory + (n + 1) * int.sizeof + n)[0 .. n];
    makeText(a, seed);
    makeText(b, ~seed);
    foreach (j, ref cell; row)
        cell = cast(int) j;
    foreach (i; 0 .. n)
    {
        int diagonal = row[0];
        row[0] = cast(int)(i + 1);
        foreach (j; 0 .. n)
        {
            immutable above = row[j + 1];
            row[j + 1] = smallest(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[n];
}

/// The sum of the squares of the first count multiples of step, in wrapping
/// arithmetic.
extern (C) export ulong d_sum_of_squares(uint count, uint step)
{
    ulong sum = 0;
    foreach (i; 0 .. count)
    {
        immutable ulong v = cast(ulong) i * step;
        sum += v * v;
    }
    return sum;
}

#!/usr/bin/env python3
"""Times the making of images, and their code, against clang.

  codegen-bench.py INPUTS BIN [--pairs=N] [--only=NAME,...] [--wait=SECONDS]

INPUTS is what codegen-inputs.sh made, BIN the folder of pkgimg-link and
pkgimg-run. Programs are run in turn, A B A B ..., and each figure is the median
of the pairs' ratios, beside the bar that it has to meet. --wait waits before
each run until the machine has been idle for a second, at most so long.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# LLVM prefers vectors of 256 bits for x86-64-v4, as on the first processors with
# AVX-512; -march=native does not on later ones.
TARGETS = "generic;x86-64-v3;x86-64-v4,-prefer-256-bit,base(1)"
KERNELS = [
    ("xxh3", 8192, 20000),
    ("xxh32", 8192, 10000),
    ("matmul", 192, 80),
    ("determinant", 192, 150),
    ("fft", 4096, 2000),
    ("lengths", 2048, 100000),
    ("mix", 4096, 200000),
    ("dot", 2048, 400000),
]


class Run:
    """What one program took: seconds of wall time and of both kinds of CPU
    time, with its children's, and the greatest resident set in MiB."""

    def __init__(self, wall, usage):
        self.wall = wall
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


def idle_and_total():
    with open("/proc/stat") as stat:
        values = [int(v) for v in stat.readline().split()[1:9]]
    return values[3] + values[4], sum(values)


class Bench:
    def __init__(self, options, work):
        self.inputs = os.path.abspath(options.inputs)
        self.link = os.path.join(os.path.abspath(options.bin), "pkgimg-link")
        self.loader = os.path.join(os.path.abspath(options.bin), "pkgimg-run")
        self.clang = shutil.which("clang-19") or sys.exit("clang-19 was not found")
        self.work = work
        self.pairs = options.pairs
        self.wait = options.wait
        self.missed = []

    def input(self, name):
        return os.path.join(self.inputs, name)

    def wait_for_idle(self):
        end = time.monotonic() + self.wait
        while time.monotonic() < end:
            before = idle_and_total()
            time.sleep(1)
            after = idle_and_total()
            if after[0] - before[0] > 0.93 * (after[1] - before[1]):
                return

    def run(self, *command):
        self.wait_for_idle()
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=self.work, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit("%s: exit status %d" % (" ".join(command), child.returncode))
        return Run(time.perf_counter() - start, usage)

    def image(self, *arguments, source="sqlite3.bc", out="image.o.a"):
        return (self.link, "-c", "--image", "-O2", self.input(source), "-o", out) + arguments

    def interleave(self, commands, prepare=lambda n: None):
        """The runs of each command, by turns."""
        runs = [[] for _ in commands]
        for n in range(self.pairs):
            prepare(n)
            for index, command in enumerate(commands):
                runs[index].append(self.run(*(command(n) if callable(command) else command)))
        return runs

    def report(self, what, ratios, bar, least=False):
        ratio = statistics.median(ratios)
        met = ratio >= bar if least else ratio <= bar
        if not met:
            self.missed.append(what)
        print(
            "%-44s %6.3f  (%.3f to %.3f)  bar: at %s %.2f  %s"
            % (
                what, ratio, min(ratios), max(ratios), "least" if least else "most", bar,
                "met" if met else "MISSED",
            )
        )
        sys.stdout.flush()

    def detail(self, text):
        print("    " + text)
        sys.stdout.flush()

    @staticmethod
    def median(runs, field):
        return statistics.median(getattr(run, field) for run in runs)

    # (a) and (d)
    def one_target(self):
        ours, clang = self.interleave(
            [
                self.image("-j1"),
                (self.clang, "-O2", "-fPIC", "-c", self.input("sqlite3.bc"), "-o", "clang.o"),
            ]
        )
        self.report(
            "one target: CPU time over clang -O2's",
            [a.cpu / b.cpu for a, b in zip(ours, clang)], 1.05,
        )
        self.detail(
            "pkgimg-link -j1 %.2f s, clang %.2f s" % (self.median(ours, "cpu"), self.median(clang, "cpu"))
        )
        self.report(
            "one target: peak memory over clang's",
            [a.memory / b.memory for a, b in zip(ours, clang)], 1.3,
        )
        self.detail(
            "pkgimg-link -j1 %.0f MiB, clang %.0f MiB"
            % (self.median(ours, "memory"), self.median(clang, "memory"))
        )

    # (b)
    def threads(self):
        one, two = self.interleave([self.image("-j1"), self.image("-j2")])
        self.report(
            "-j2: as many times as fast as -j1", [a.wall / b.wall for a, b in zip(one, two)], 1.8, least=True
        )
        self.detail(
            "-j1 %.2f s wall, %.2f s CPU, %.0f MiB; -j2 %.2f s wall, %.2f s CPU, %.0f MiB"
            % tuple(self.median(runs, f) for runs in (one, two) for f in ("wall", "cpu", "memory"))
        )

    # (c)
    def targets(self):
        listing = subprocess.run(
            self.image("--cpu-target=" + TARGETS, "--print-clones", "-j2"),
            cwd=self.work, check=True, capture_output=True, text=True,
        ).stdout
        # target 1 NAME: N of N functions, N of N instructions
        originals = clones = 0
        for line in listing.splitlines():
            if line.startswith("target ") and line.endswith(" instructions"):
                words = line.split()
                clones += int(words[-4])
                originals = int(words[-2])
        weight = (originals + clones) / originals
        one, several = self.interleave(
            [self.image("-j1"), self.image("-j1", "--cpu-target=" + TARGETS)]
        )
        self.report(
            "three targets: CPU time over weight",
            [b.cpu / a.cpu / weight for a, b in zip(one, several)], 1.1,
        )
        self.detail(
            "weight %d originals and %d clones: %.3f; one target %.2f s, three %.2f s"
            % (originals, clones, weight, self.median(one, "cpu"), self.median(several, "cpu"))
        )

    # (e)
    def incremental(self):
        cache = os.path.join(self.work, "cache")
        variants = 4

        def build(source):
            return self.image("-j2", "--cache-dir=" + cache, source=source)

        def empty(n):
            shutil.rmtree(cache, ignore_errors=True)

        full, changed = self.interleave(
            [build("sqlite3.bc"), lambda n: build("sqlite3.%d.bc" % (n % variants + 1))], empty
        )
        self.report(
            "one function changed: time over a full build",
            [b.wall / a.wall for a, b in zip(full, changed)], 0.25,
        )
        self.detail(
            "full %.2f s wall, %.2f s CPU; again %.2f s wall, %.2f s CPU"
            % tuple(self.median(runs, f) for runs in (full, changed) for f in ("wall", "cpu"))
        )
        sizes = subprocess.run(
            build("sqlite3.bc") + ("--print-code-size",),
            cwd=self.work, check=True, capture_output=True, text=True,
        ).stdout
        self.detail("nothing changed: " + sizes.splitlines()[0])

    # (f)
    def kernels(self):
        def make(targets, out):
            packages = [self.input(p + ".bc") for p in ("xxhash", "eigen", "fft", "codegen-kernels")]
            subprocess.run(
                [self.link, "--image", "--cpu-target=" + targets, "-O3", *packages, "-o", out],
                cwd=self.work, check=True,
            )

        def call_image(image, name, size, repetitions):
            text = subprocess.run(
                [self.loader, image, "--no-check", "--call=bench_%s(%d, %d)" % (name, size, repetitions)],
                cwd=self.work, check=True, capture_output=True, text=True,
            ).stdout
            return int(text)

        def call_library(path, name, size, repetitions):
            # In a process of its own, as the image is.
            text = subprocess.run(
                [sys.executable, "-c",
                 "import ctypes; f = ctypes.CDLL(%r).bench_%s; f.restype = ctypes.c_long;"
                 "f.argtypes = [ctypes.c_long] * 2; print(f(%d, %d))" % (path, name, size, repetitions)],
                check=True, capture_output=True, text=True,
            ).stdout
            return int(text)

        plain = TARGETS.replace(",-prefer-256-bit", "")
        make(TARGETS, "kernels.so")
        make(plain, "plain.so")
        shown = subprocess.run(
            [self.loader, "kernels.so", "--dry-run"],
            cwd=self.work, check=True, capture_output=True, text=True,
        ).stdout
        self.detail("image for %s: %s" % (TARGETS, shown.splitlines()[-1]))
        for name, size, repetitions in KERNELS:
            times = []
            for _ in range(2 * self.pairs):
                self.wait_for_idle()
                times.append(
                    (
                        call_image("kernels.so", name, size, repetitions),
                        call_library(self.input("native.so"), name, size, repetitions),
                        call_image("plain.so", name, size, repetitions),
                        call_library(self.input("chosen.so"), name, size, repetitions),
                    )
                )
            self.report(
                "%s: speed over -march=native's" % name, [t[1] / t[0] for t in times], 0.95, least=True
            )
            ours, native, other, chosen = (statistics.median(t) / 1e6 for t in zip(*times))
            self.detail(
                "image %.1f ms, -march=native %.1f ms; x86-64-v4 as it is %.1f ms; "
                "-march=native with intrinsics chosen by the preprocessor %.1f ms"
                % (ours, native, other, chosen)
            )


def count_instructions(path):
    """Lines of instructions in the text of a module."""
    disassembler = shutil.which("llvm-dis-19") or "/usr/lib/llvm-19/bin/llvm-dis"
    text = subprocess.run([disassembler, path, "-o", "-"], check=True, capture_output=True, text=True).stdout
    inside = count = 0
    for line in text.splitlines():
        if line.startswith("define"):
            inside = 1
        elif line.startswith("}"):
            inside = 0
        elif inside and line.startswith("  ") and line[2] not in " ]":
            count += 1
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", metavar="INPUTS")
    parser.add_argument("bin", metavar="BIN")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--wait", type=float, default=0)
    names = ["one-target", "threads", "targets", "incremental", "kernels"]
    parser.add_argument("--only", default=",".join(names))
    options = parser.parse_args()
    chosen = options.only.split(",")
    for name in chosen:
        if name not in names:
            parser.error("unknown name '%s'; there are: %s" % (name, ", ".join(names)))

    path = os.path.join(options.inputs, "sqlite3.bc")
    print("sqlite3.bc: %d instructions; medians of %d pairs" % (count_instructions(path), options.pairs))
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(options, work)
        for name in chosen:
            getattr(bench, name.replace("-", "_"))()
    if bench.missed:
        print("missed: " + "; ".join(bench.missed))


if __name__ == "__main__":
    main()

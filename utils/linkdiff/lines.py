# ===- lines.py - Running drivers, and reading what they print ------------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""Runs a driver, and reads what -### prints."""

import os
import re
import subprocess

# What either program takes from the environment, besides PATH.
ENVIRONMENT = [
    "CCC_OVERRIDE_OPTIONS",
    "CLANG_CONFIG_PATH",
    "COMPILER_PATH",
    "CPATH",
    "CUDA_HOME",
    "CUDA_PATH",
    "ELF_PACKAGE_METADATA",
    "EXTERNAL_LIBRARY_PATH",
    "GCC_EXEC_PREFIX",
    "IPHONEOS_DEPLOYMENT_TARGET",
    "JULIA_VERBOSE_LINKING",
    "LD_RUN_PATH",
    "LIB",
    "LIBRARY_PATH",
    "MACOSX_DEPLOYMENT_TARGET",
    "QA_OVERRIDE_GCC3_OPTIONS",
    "SDKROOT",
    "SOURCE_DATE_EPOCH",
    "TVOS_DEPLOYMENT_TARGET",
    "WATCHOS_DEPLOYMENT_TARGET",
]


def clean_environment(environment=None):
    """A copy of the environment without the variables of ENVIRONMENT."""
    environment = os.environ if environment is None else environment
    env = {k: v for k, v in environment.items() if k not in ENVIRONMENT}
    env["LC_ALL"] = "C"
    return env


def run(command, environment, executable=None, cwd=None):
    """Runs a driver; returns its exit status and all that it printed."""
    done = subprocess.run(
        command,
        executable=executable,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape")


# ---------------------------------------------------------------------------
# What -### prints
# ---------------------------------------------------------------------------


def unquote(line):
    """What printArg of LLVM quoted: backslashes before ", \\ and $."""
    args, i = [], 0
    while True:
        i = line.find('"', i)
        if i < 0:
            return args
        i, arg = i + 1, ""
        while line[i] != '"':
            i += line[i] == "\\"
            arg += line[i]
            i += 1
        args.append(arg)
        i += 1


def jobs(text):
    """The commands that -### printed, each a list of arguments."""
    return [unquote(line) for line in text.splitlines() if line.startswith(' "')]


# Programs that drivers run beside the linker.
NOT_LINKERS = re.compile(
    r"^(llvm-ar|llvm-nm|llvm-strip|llvm-objcopy|ar|nm|dsymutil|lipo|dwarfdump|"
    r"clang-offload-bundler|clang-offload-packager|clang-linker-wrapper|"
    r"wasm-opt|objcopy|strip|as|ptxas|fatbinary|spirv-link|llvm-spirv|clang-tblgen)"
    r"(-[0-9]+)?(\.exe)?$"
)


def is_link(job):
    if len(job) > 1 and job[1] in ("-cc1", "-cc1as", "-cc1gen-reproducer", "-fc1"):
        return False
    return not NOT_LINKERS.match(basename(job[0]))


def last_link_line(text):
    """The arguments of the last linker command that -### printed, or None."""
    for job in reversed(jobs(text)):
        if is_link(job):
            return job
    return None


def basename(path):
    """The last component of a path of either Windows or another system."""
    return re.split(r"[/\\]", path)[-1]


def without_temporary_name(argument):
    """A temporary file has a name of its own in each run."""
    return re.sub(
        r"^/.*/([^/]*)-[0-9a-f]{6}(\.[a-z]+)?$", r"<temporary>/\1\2", argument
    )


def has_compiler_rt(options):
    """Whether the options ask for compiler-rt."""
    given = [o for o in options if re.match("--?rtlib=", o)]
    return bool(given) and given[-1].endswith("=compiler-rt")


def is_shared(line):
    """Whether the link makes a shared library."""
    return any(
        a in ("-shared", "--shared", "-dylib", "-bundle", "--dll", "-dll", "-G")
        for a in line[1:]
    )


def errors(text):
    """The errors that a driver printed, without its name."""
    return [l.split("error: ", 1)[1] for l in text.splitlines() if "error: " in l]

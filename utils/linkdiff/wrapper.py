# ===- wrapper.py - What clang's tests run in place of clang --------------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""Runs clang as it was called, writes down the call, and compares it while the
files that the test made are there."""

import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys

from . import calls

# The name of the test is passed from lit in this variable.
TEST_VARIABLE = "PKGIMG_COMPARED_TEST"


def claim(folder, key):
    """Whether this is the first call for `key`."""
    path = os.path.join(folder, hashlib.sha256(key.encode()).hexdigest())
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def key_of(record):
    """The same for calls that need to be compared only once. The same call prints
    the same unless the test changed its files; only the names of temporary files
    are new each time."""
    text = re.sub(r"-[0-9a-f]{6}(?=[.\"])", "", record["stderr"])
    return json.dumps([record["test"], record["argv"], record["cwd"], text])


def prints_jobs(argv):
    """Whether clang is asked to print what it would run. A response file may hold
    the option too."""
    return any(a == "-###" or a.startswith("@") for a in argv)


def compare(record, tools):
    """Compares the call that a record of the log is of."""
    return calls.compare(
        record["argv"],
        record["status"],
        record["stderr"],
        record["environment"],
        record["cwd"],
        tools,
    )


def compare_again(records, tools, pool):
    """Compares the calls of a log again, after the tests: their folders are as
    the tests left them, and lit's temporary folder is gone."""
    seen = set()

    def again(record):
        environment = dict(record["environment"])
        for variable in ("TMPDIR", "TMP", "TEMP"):
            environment.pop(variable, None)
        record["environment"] = environment
        record["comparison"] = compare(record, tools)

    todo = []
    for record in records:
        record.pop("comparison", None)
        key = key_of(record)
        if prints_jobs(record["argv"]) and key not in seen:
            seen.add(key)
            if os.path.isdir(record["cwd"]):
                todo.append(record)
    list(pool.map(again, todo))


def append(path, record):
    with open(path, "a", encoding="utf-8") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.write(json.dumps(record) + "\n")


def main(config_path):
    with open(config_path, encoding="utf-8") as f:
        config = json.load(f)
    environment = dict(os.environ)
    test = environment.pop(TEST_VARIABLE, "")
    done = subprocess.run(
        sys.argv,
        executable=config["clang"],
        env=environment,
        stderr=subprocess.PIPE,
    )
    sys.stderr.buffer.write(done.stderr)
    sys.stderr.flush()

    text = done.stderr.decode("utf-8", "replace")
    record = {
        "test": test,
        "argv": sys.argv,
        "cwd": os.getcwd(),
        "environment": environment,
        "status": done.returncode,
        "stderr": text,
    }
    if prints_jobs(sys.argv) and claim(config["claims"], key_of(record)):
        record["comparison"] = compare(record, calls.Tools.from_config(config))
    append(config["log"], record)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode

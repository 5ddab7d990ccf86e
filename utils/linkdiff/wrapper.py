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
    # A response file may hold the option too.
    printed = any(a == "-###" or a.startswith("@") for a in sys.argv)
    if printed:
        # The same call prints the same unless the test changed its files; only
        # the names of temporary files are new each time.
        same = re.sub(r"-[0-9a-f]{6}(?=[.\"])", "", text)
        key = json.dumps([test, sys.argv, os.getcwd(), same])
        if claim(config["claims"], key):
            tools = calls.Tools(*(config[field] for field in calls.Tools._fields))
            record["comparison"] = calls.compare(
                sys.argv, done.returncode, text, environment, tools
            )
    append(config["log"], record)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode

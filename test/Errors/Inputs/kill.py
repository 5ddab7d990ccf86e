"""Sends signals to links that are under way.

usage: kill.py PKGIMG-LINK OBJECT OUTPUT-DIR
"""
import os
import signal
import subprocess
import sys
import time

tool, obj, out = sys.argv[1:4]
image = os.path.join(out, "image.so")


def default_signals():
    # A test-suite that runs in the background may have SIGINT ignored.
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def start():
    return subprocess.Popen(
        [tool, obj, "-o", image],
        stderr=subprocess.DEVNULL,
        preexec_fn=default_signals,
    )


def others():
    return sorted(set(os.listdir(out)) - {"image.so"})


if start().wait():
    sys.exit("the link fails without a signal, too")
whole = open(image, "rb").read()

for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"):
    # A signal may come too early or too late; what it leaves must be right
    # each time, and one of them must come while the link is under way.
    kept, lost = False, False
    for attempt in range(100):
        with open(image, "w") as f:
            f.write("old")
        link = start()
        # As soon as there is something to leave behind.
        while link.poll() is None and not others():
            pass
        time.sleep(0.002 * (attempt % 4))
        link.send_signal(getattr(signal, name))
        status = link.wait()
        found = open(image, "rb").read()
        lost = lost or found not in (b"old", whole)
        kept = status == -getattr(signal, name) and found == b"old"
        if kept or lost:
            break
    state = "OUTPUT LOST" if lost else "old output kept" if kept else "NOT ENDED"
    print("%s: %s%s" % (name, state, "" if others() else ", nothing left"))
print("next run:", "linked" if start().wait() == 0 else "FAILED", end=", ")
print("nothing left" if not others() else others())

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


for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"):
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
        if status == -getattr(signal, name):
            break
    kept = open(image, "rb").read() == b"old"
    print("%s: %s%s" % (name, "old output kept" if kept else "OUTPUT LOST",
                        "" if others() else ", nothing left"))
print("next run:", "linked" if start().wait() == 0 else "FAILED", end=", ")
print("nothing left" if not others() else others())

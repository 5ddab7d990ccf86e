"""Runs a Windows program under wine: wine.py PREFIX LOADER DLLS PROGRAM ARG...

Wine makes a prefix of several hundred MiB when there is none, in the better part
of a minute. A program that needs no more than kernel32.dll is content with a
folder of links to the few files that start it.
"""

import os
import subprocess
import sys

prefix, loader, dlls = sys.argv[1:4]
# A 32-bit wine on its own finds its DLLs in the same folder.
system = os.path.join(prefix, "drive_c", "windows", "system32")
os.makedirs(system, exist_ok=True)
with open(os.path.join(prefix, ".update-timestamp"), "w") as f:
    f.write("disable\n")
for name in os.listdir(dlls):
    if name.endswith(".exe") or name in (
        "advapi32.dll",
        "kernel32.dll",
        "kernelbase.dll",
        "msvcrt.dll",
        "ntdll.dll",
        "sechost.dll",
        "ucrtbase.dll",
    ):
        link = os.path.join(system, name)
        if not os.path.lexists(link):
            os.symlink(os.path.join(dlls, name), link)

environment = dict(os.environ, WINEPREFIX=prefix, WINEDEBUG="-all")
environment.pop("DISPLAY", None)
sys.exit(subprocess.run([loader] + sys.argv[4:], env=environment).returncode)

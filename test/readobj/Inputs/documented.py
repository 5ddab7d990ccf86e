"""Compares the options of --help with those that a man page documents.

usage: documented.py HELP-TEXT PAGE
"""
import re
import sys

help_text, page = (open(name).read() for name in sys.argv[1:])
listed = set(re.findall(r"^  (--?[A-Za-z-]+|--(?= ))", help_text, re.MULTILINE))
documented = set()
for line in re.findall(r"^\.\. option:: (.*)$", page, re.MULTILINE):
    for option in line.split(", "):
        documented.add(re.split(r"[= ]", option)[0])

status = 0
for option in sorted(listed - documented):
    status = "--help has %s, and %s does not" % (option, sys.argv[2])
    print(status, file=sys.stderr)
for option in sorted(documented - listed):
    status = "%s has %s, and --help does not" % (sys.argv[2], option)
    print(status, file=sys.stderr)
if len(listed) < 20:
    status = "there are more options than %s" % sorted(listed)
sys.exit(status)

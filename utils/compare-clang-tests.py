#!/usr/bin/env python3
# ===- compare-clang-tests.py - Link lines of clang's own tests -----------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""Compares the link lines of `pkgimg-link -hosted` with those of clang, for the
calls that clang's own driver tests make, on clang's own fake sysroots.

clang's tests run through lit, with a program in place of clang that repeats each
call that links a shared library: with clang, and with pkgimg-link. Both have an
object in place of each source, and LLD as the linker. --add-shared compares the
calls that link a program instead, with -shared added.

docs/ComparingWithClang.rst has the procedure, the platforms that count, and the
differences that are meant. Exit status: 0, or 1 if a platform is below --minimum
or has a difference that is not a known one, or 2 if nothing could be compared.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time

UTILS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, UTILS)
sys.dont_write_bytecode = True

from linkdiff import lines, meant, platforms, wrapper  # noqa: E402
from linkdiff.calls import Tools  # noqa: E402

# The languages of a link that is compared; the others are accelerators'.
SUFFIXES = (".c", ".cpp", ".i", ".m", ".mm", ".s", ".S", ".test")

# What a test's text has if any of its calls can be of use. Haiku's driver and
# those of AMD's accelerators print -shared without being asked.
SHARED_TEST = r"-shared|-dynamiclib|-bundle|-mdll|[/-]LD|haiku|amdgcn|amdhsa|hipstdpar"
LINKING_TEST = SHARED_TEST + (
    r"|\bld(64)?(\.[a-z]+)?(\.exe)?\\?\"|ld\.lld|ld64|link\.exe|lld|\blink|\"-l|LINK"
    r"|crt1|-L"
)

SITE_CONFIG = """\
import json, os, sys

# What CMake would have written for LLVM's own build.
with open({values!r}) as f:
    for name, value in json.load(f).items():
        setattr(config, name, value)
config.clang_lit_site_cfg = __file__
config.substitutions.append(("%llvm-version-major", "19"))

import lit.llvm

lit.llvm.initialize(lit_config, config)
config.environment["CLANG"] = {wrapper!r}
config.environment["PATH"] = {path!r}
# A test ends at the first command that fails; here its calls matter, not what
# clang prints for them.
config.substitutions.insert(0, (r"\\bFileCheck\\b", {ignore!r}))
lit_config.load_config(config, {main!r})

from linkdiff.suite import NamedShTest

config.test_format = NamedShTest(False)
"""

WRAPPER = """\
#!{python} -SEs
import sys

sys.path.insert(0, {utils!r})
sys.pycache_prefix = {cache!r}
from linkdiff.wrapper import main

sys.exit(main({config!r}))
"""

# In place of FileCheck: reads what it is given, as the writer expects.
IGNORE = """\
#!/bin/sh
exec cat >/dev/null
"""

RUN_LIT = """\
import sys

sys.path[0:0] = [{lit!r}, {utils!r}]
sys.dont_write_bytecode = True
from lit.main import main

main({{"config_map": {{{main!r}: {site!r}}}}})
"""


def fail(message):
    print("compare-clang-tests: error: " + message, file=sys.stderr)
    sys.exit(2)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--llvm-source",
        required=True,
        metavar="DIR",
        help="LLVM's source tree, of the same version as clang; needed are "
        "clang/test and llvm/utils/lit (but see --lit)",
    )
    parser.add_argument(
        "--clang", required=True, metavar="FILE", help="clang, of LLVM 19"
    )
    parser.add_argument(
        "--pkgimg-link", required=True, metavar="FILE", help="what is compared"
    )
    parser.add_argument(
        "--tools-dir",
        metavar="DIR",
        help="the folder of FileCheck, not and LLVM's other tools (default: clang's)",
    )
    parser.add_argument(
        "--lit",
        metavar="DIR",
        help="the folder of lit (default: llvm/utils/lit of LLVM's source tree)",
    )
    parser.add_argument(
        "--add-shared",
        action="store_true",
        help="compare the calls that link a program, with -shared added",
    )
    parser.add_argument(
        "--tests",
        default="",
        metavar="REGEX",
        help="only the tests whose path below clang/test/Driver matches",
    )
    parser.add_argument(
        "--platform",
        metavar="NAMES",
        help="report these platforms alone, with commas between",
    )
    parser.add_argument(
        "--minimum",
        type=float,
        default=95.0,
        metavar="PERCENT",
        help="identical lines that each platform must have (default: 95)",
    )
    parser.add_argument("--report", metavar="FILE", help="write all results as JSON")
    parser.add_argument(
        "--max-differences",
        type=int,
        default=5,
        metavar="N",
        help="print both lines of N differences of each platform (default: 5)",
    )
    parser.add_argument(
        "-j", type=int, default=2, metavar="N", help="tests at once (default: 2)"
    )
    parser.add_argument(
        "--keep", metavar="DIR", help="keep lit's files and the log of all calls there"
    )
    parser.add_argument(
        "--again",
        metavar="DIR",
        help="do not run the tests; compare again the calls that a run with "
        "--keep=DIR logged",
    )
    return parser.parse_args()


def find_tests(driver, pattern, name):
    """The tests in clang/test/Driver that may have a call of use."""
    tests = []
    for folder, folders, files in os.walk(driver):
        folders[:] = sorted(d for d in folders if d != "Inputs")
        for f in sorted(files):
            path = os.path.join(folder, f)
            if not f.endswith(SUFFIXES) or not re.search(
                name, os.path.relpath(path, driver)
            ):
                continue
            with open(path, encoding="utf-8", errors="replace") as text:
                if re.search(pattern, text.read()):
                    tests.append(path)
    return tests


def site_values(options, work):
    """What lit.cfg.py of clang wants to know of the build."""
    bin_dir, source = options.tools_dir, options.llvm_source
    lib_dir = os.path.join(os.path.dirname(bin_dir), "lib")
    host = "x86_64-pc-linux-gnu"
    printed = subprocess.run(
        [options.clang, "--no-default-config", "-print-target-triple"],
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    host = printed.stdout.strip() or host
    values = {
        "llvm_src_root": os.path.join(source, "llvm"),
        "llvm_obj_root": work,
        "llvm_tools_dir": bin_dir,
        "llvm_libs_dir": lib_dir,
        "llvm_shlib_dir": lib_dir,
        "llvm_plugin_ext": ".so",
        "clang_obj_root": work,
        "clang_src_dir": os.path.join(source, "clang"),
        "clang_tools_dir": bin_dir,
        "clang_lib_dir": lib_dir,
        "host_triple": host,
        "target_triple": host,
        "host_arch": host.split("-")[0],
        "host_cc": "cc",
        "host_cxx": "c++",
        "perl_executable": "perl",
        "python_executable": sys.executable,
        "clang_default_pie_on_linux": True,
        "enable_shared": True,
        "enable_threads": True,
        "have_zlib": True,
        "have_zstd": True,
    }
    for name in (
        "lit_tools_dir errc_messages clang_default_cxx_stdlib llvm_use_sanitizer "
        "use_z3_solver clang_vendor_uti llvm_external_lit"
    ).split():
        values[name] = ""
    for name in (
        "clang_arcmt clang_staticanalyzer clang_staticanalyzer_z3 clang_enable_cir "
        "clang_examples enable_backtrace reverse_iteration has_plugins "
        "standalone_build ppc_linux_default_ieeelongdouble have_llvm_driver"
    ).split():
        values[name] = False
    return values


def write(path, text, executable=False):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    if executable:
        os.chmod(path, 0o755)


def tools_of(options, work):
    """What calls are compared with."""
    printed = subprocess.run(
        [options.clang, "--no-default-config", "-print-resource-dir"],
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    return Tools(
        clang=options.clang,
        pkgimg_link=options.pkgimg_link,
        objects=os.path.join(work, "objects"),
        resource_dir=printed.stdout.strip(),
        add_shared=options.add_shared,
    )


def read_log(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def compare_logged(options):
    """Compares the calls of an earlier run again."""
    log = os.path.join(options.again, "calls.jsonl")
    if not os.path.exists(log):
        fail(
            "'%s' is missing: '%s' is no folder of a run with --keep"
            % (log, options.again)
        )
    records = [
        r
        for r in read_log(log)
        if re.search(options.tests, re.sub("^Driver/", "", r["test"]))
    ]
    tools = tools_of(options, os.path.abspath(options.again))
    with concurrent.futures.ThreadPoolExecutor(options.j) as pool:
        wrapper.compare_again(records, tools, pool)
    return records


def prepare(options, work):
    """Writes lit's configuration and the wrapper; returns the script that runs
    lit, and the log."""
    join = os.path.join
    for name in ("bin", "claims", "objects", "test"):
        os.makedirs(join(work, name))
    main = join(options.llvm_source, "clang", "test", "lit.cfg.py")
    log, config = join(work, "calls.jsonl"), join(work, "wrapper.json")
    values = tools_of(options, work)._asdict()
    values.update(log=log, claims=join(work, "claims"))
    write(config, json.dumps(values))
    program = join(work, "bin", "clang")
    write(
        program,
        WRAPPER.format(
            python=sys.executable,
            utils=UTILS,
            cache=join(work, "pycache"),
            config=config,
        ),
        executable=True,
    )
    ignore = join(work, "bin", "ignore-text")
    write(ignore, IGNORE, executable=True)
    for name in ("clang++", "clang-cl", "clang-cpp"):
        os.symlink("clang", join(work, "bin", name))
    values, site = join(work, "values.json"), join(work, "lit.site.cfg.py")
    write(values, json.dumps(site_values(options, work)))
    write(
        site,
        SITE_CONFIG.format(
            values=values,
            wrapper=program,
            ignore=ignore,
            path=os.pathsep.join([options.tools_dir, "/usr/bin", "/bin"]),
            main=main,
        ),
    )
    script = join(work, "run-lit.py")
    write(script, RUN_LIT.format(lit=options.lit, utils=UTILS, main=main, site=site))
    return script, log


def run_tests(options, work, tests):
    """Runs the tests; returns the calls, and how many tests had which result."""
    script, log = prepare(options, work)
    results = os.path.join(work, "lit.json")
    environment = lines.clean_environment()
    # lit's own options, of whoever runs this.
    for variable in ("LIT_OPTS", "LIT_FILTER", "LIT_FILTER_OUT", "LIT_XFAIL"):
        environment.pop(variable, None)
    done = subprocess.run(
        [sys.executable, script, "-q", "-j%d" % options.j, "--output", results]
        + tests,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
    )
    if not os.path.exists(log) or not os.path.exists(results):
        fail(
            "clang's tests did not run; lit printed:\n"
            + "\n".join(done.stdout.splitlines()[-30:])
        )
    calls = read_log(log)
    with open(results, encoding="utf-8") as f:
        codes = collections.Counter(t["code"] for t in json.load(f)["tests"])
    return calls, codes


def run_in_folder(options, tests):
    """Runs the tests in the folder of --keep, or in one that is removed."""
    if options.keep:
        work = os.path.abspath(options.keep)
        if os.path.isdir(work) and os.listdir(work):
            fail("'%s' (--keep) is not empty; give a new folder" % work)
        os.makedirs(work, exist_ok=True)
        return run_tests(options, work, tests)
    with tempfile.TemporaryDirectory(prefix="compare-clang-tests-") as work:
        return run_tests(options, work, tests)


def cause(c):
    """What a difference consists of, to put it together with others."""
    if c["errors"] is not None:
        return "no line: " + re.sub("; did you mean '[^']*'\\?", "", c["errors"])

    def show(arguments):
        names = [
            lines.basename(a) if a.startswith("/") else re.sub("/.*/", "…/", a)
            for a in arguments
        ]
        more = " …" if len(names) > 8 else ""
        return " ".join(names[:8]) + more

    if not c["only_ours"] and not c["only_clang"]:
        return "another order"
    return "; ".join(
        "%s: %s" % (who, show(arguments))
        for who, arguments in (
            ("only ours", c["only_ours"]),
            ("only clang", c["only_clang"]),
        )
        if arguments
    )


def command_text(call, command):
    return "cd %s && %s" % (
        shlex.quote(call["cwd"]),
        " ".join(shlex.quote(a) for a in command),
    )


def print_differences(name, calls, maximum):
    different = [c for c in calls if not c["comparison"]["same"]]
    if not different:
        return
    print("\n%s: %d different" % (name, len(different)))
    groups = collections.defaultdict(list)
    for call in different:
        c = call["comparison"]
        groups[(c["known"] or "", cause(c))].append(call["test"])
    for (known, text), tests in sorted(
        groups.items(), key=lambda g: (-len(g[1]), g[0])
    ):
        label = " [known: %s]" % known if known else ""
        where = sorted(set(tests))
        print(
            textwrap.fill(
                "%d × %s%s (%s)"
                % (
                    len(tests),
                    text,
                    label,
                    ", ".join(where[:4]) + (", …" if len(where) > 4 else ""),
                ),
                width=100,
                initial_indent="  ",
                subsequent_indent="      ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    unknown = [c for c in different if not c["comparison"]["known"]]
    for call in unknown[:maximum]:
        c = call["comparison"]
        print("\n  difference: %s" % call["test"])
        print("    " + command_text(call, c["ours"]))
        print("    " + command_text(call, c["clang"]))
        print("    ours:  " + (c["errors"] or shlex.join(c["our_line"])))
        print("    clang: " + shlex.join(c["clang_line"]))


def report(options, calls, codes):
    """Prints what was found; returns whether it is as it must be."""
    compared = collections.defaultdict(list)
    excluded = collections.Counter()
    number_excluded = collections.Counter()
    wanted = options.platform.split(",") if options.platform else None
    for call in calls:
        c = call.get("comparison")
        if not c or (wanted and c["platform"] not in wanted):
            continue
        if c["scope"]:
            excluded[(c["platform"], c["scope"])] += 1
            number_excluded[c["platform"]] += 1
        else:
            compared[c["platform"]].append(call)
    everything = [call["comparison"] for cs in compared.values() for call in cs]

    good, unknown = True, collections.Counter()
    rows = []
    for name in platforms.IN_SCOPE:
        calls_here = compared.get(name, [])
        if not calls_here and not number_excluded[name]:
            continue
        here = [call["comparison"] for call in calls_here]
        same = sum(c["same"] for c in here)
        status = sum(
            c["same"] and (c["our_status"] == 0) != (c["clang_status"] == 0)
            for c in here
        )
        known = sum(bool(c["known"]) for c in here)
        unknown[name] = len(here) - same - known
        percent = 100.0 * same / len(here) if here else 100.0
        enough = percent >= options.minimum and not unknown[name]
        good = good and enough
        rows.append(
            (
                name,
                len(here),
                same,
                "%.1f" % percent,
                known,
                unknown[name],
                status,
                number_excluded[name],
                "" if enough else "FAILED",
            )
        )

    for row in rows:
        print_differences(row[0], compared.get(row[0], []), options.max_differences)

    if excluded:
        print("\nNot compared:")
    for (name, reason), n in sorted(excluded.items()):
        print("  %4d %-10s %s" % (n, name, reason))

    uses = collections.Counter(u for c in everything if c["same"] for u in c["used"])
    print("\nIdentical with a difference that is meant:")
    for m in meant.MEANT:
        print("  %4d %s" % (uses[type(m).__name__], type(m).__name__))
    if meant.KNOWN:
        print("\nDifferent, and known:")
    for k in meant.KNOWN:
        uses_of_known = sum(c["known"] == k.name for c in everything)
        print("  %4d %s: %s" % (uses_of_known, k.name, k.reason))

    options_unknown = collections.Counter(
        m
        for c in everything
        for m in set(re.findall(r"unknown argument:? '([^']*)'", c["errors"] or ""))
    )
    if options_unknown:
        print("\nOptions that pkgimg-link does not know, by calls:")
        for option, n in options_unknown.most_common():
            print("  %4d %s" % (n, option))

    print(
        "\n%-10s %8s %9s %6s %6s %8s %8s %8s"
        % (
            "platform",
            "compared",
            "identical",
            "%",
            "known",
            "unknown",
            "statuses",
            "excluded",
        )
    )
    for r in rows:
        print("%-10s %8d %9d %6s %6d %8d %8d %8d %s" % r)
    total, same = len(everything), sum(c["same"] for c in everything)
    print(
        "%-10s %8d %9d %6.1f %6d %8d %8d %8d"
        % (
            "all",
            total,
            same,
            100.0 * same / total if total else 0,
            sum(r[4] for r in rows),
            sum(r[5] for r in rows),
            sum(r[6] for r in rows),
            sum(excluded.values()),
        )
    )
    print(
        "%d calls of clang in %d tests (%s)"
        % (
            len(calls),
            sum(codes.values()),
            ", ".join("%d %s" % (n, code) for code, n in sorted(codes.items())),
        )
    )
    if options.report:
        write(
            options.report,
            json.dumps(
                {
                    "mode": "add-shared" if options.add_shared else "shared",
                    "tests": dict(codes),
                    "platforms": {
                        r[0]: {
                            "compared": r[1],
                            "identical": r[2],
                            "known": r[4],
                            "unknown": r[5],
                            "other_status": r[6],
                            "not_compared": r[7],
                        }
                        for r in rows
                    },
                    "not_compared": [
                        {"platform": p, "reason": reason, "calls": n}
                        for (p, reason), n in sorted(excluded.items())
                    ],
                    "unknown_options": dict(options_unknown),
                    "calls": [
                        dict(call["comparison"], test=call["test"], cwd=call["cwd"])
                        for call in calls
                        if call.get("comparison")
                    ],
                },
                indent=1,
                sort_keys=True,
            )
            + "\n",
        )
    if not total:
        fail("no call of these tests could be compared")
    return good


def main():
    options = parse_arguments()
    options.llvm_source = os.path.abspath(options.llvm_source)
    options.clang = os.path.realpath(shutil.which(options.clang) or options.clang)
    options.pkgimg_link = os.path.abspath(
        shutil.which(options.pkgimg_link) or options.pkgimg_link
    )
    options.tools_dir = os.path.abspath(
        options.tools_dir or os.path.dirname(options.clang)
    )
    options.lit = os.path.abspath(
        options.lit or os.path.join(options.llvm_source, "llvm", "utils", "lit")
    )
    driver = os.path.join(options.llvm_source, "clang", "test", "Driver")
    for path, what in (
        (options.clang, "clang (--clang)"),
        (options.pkgimg_link, "pkgimg-link (--pkgimg-link)"),
        (driver, "clang's tests (--llvm-source)"),
        (
            os.path.join(options.llvm_source, "clang", "test", "lit.cfg.py"),
            "the configuration of clang's tests (--llvm-source)",
        ),
        (os.path.join(options.lit, "lit", "main.py"), "lit (--lit)"),
        # clang's lit.cfg.py insists on it.
        (os.path.join(options.tools_dir, "FileCheck"), "FileCheck (--tools-dir)"),
        (os.path.join(options.tools_dir, "not"), "not (--tools-dir)"),
    ):
        if not os.path.exists(path):
            fail("'%s' is missing: there should be %s" % (path, what))

    tests = find_tests(
        driver, LINKING_TEST if options.add_shared else SHARED_TEST, options.tests
    )
    if not tests:
        fail("no test below '%s' matches '%s'" % (driver, options.tests))
    started = time.monotonic()
    if options.again:
        calls, codes = compare_logged(options), collections.Counter()
    else:
        calls, codes = run_in_folder(options, tests)
    good = report(options, calls, codes)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        "%d seconds, %d of processor time"
        % (time.monotonic() - started, used.ru_utime + used.ru_stime)
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

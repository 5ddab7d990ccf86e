# ===- calls.py - The driver calls of clang's own tests -------------------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""Repeats a call that a test of clang's made, with clang and with pkgimg-link,
and compares the two link lines."""

import collections
import os
import re

from . import lines, meant, platforms

# What a call is run with. `objects` is a folder for the objects that stand for
# sources, `resource_dir` clang's own resource folder, `add_shared` whether the
# calls that link a program are compared with -shared added.
class Tools(
    collections.namedtuple("Tools", "clang pkgimg_link objects resource_dir add_shared")
):
    @classmethod
    def from_config(cls, config):
        return cls(*(config[field] for field in cls._fields))


# The endings of what a compiler reads.
SOURCE = re.compile(
    r"\.(c|cc|cp|cpp|cxx|CPP|C|c\+\+|cppm|ixx|m|mm|M|i|ii|mi|mii|s|S|asm|sx|ll|bc|h|"
    r"hpp|test)$"
)

# Options whose value is an argument of its own, and may look like a source.
SEPARATE = {
    "--config",
    "--sysroot",
    "-B",
    "-D",
    "-F",
    "-I",
    "-L",
    "-MF",
    "-MQ",
    "-MT",
    "-T",
    "-Xassembler",
    "-Xclang",
    "-Xlinker",
    "-Xpreprocessor",
    "-arch",
    "-ccc-install-dir",
    "-e",
    "-exported_symbols_list",
    "-framework",
    "-idirafter",
    "-imacros",
    "-include",
    "-install_name",
    "-iquote",
    "-isysroot",
    "-isystem",
    "-mllvm",
    "-o",
    "-resource-dir",
    "-rpath",
    "-sectcreate",
    "-target",
    "-u",
    "-working-directory",
    "-z",
}

# What asks for a shared library.
SHARED = re.compile(r"^(--?shared|--?dynamiclib|-bundle|-mdll|[/-]LDd?)$")


def is_cl(argv):
    if "--driver-mode=cl" in argv:
        return True
    return not any(
        a.startswith("--driver-mode=") for a in argv
    ) and lines.basename(argv[0]).startswith("clang-cl")


def out_of_scope(argv, platform):
    """Why the call has no link that can be compared, or None."""
    if platform not in platforms.IN_SCOPE:
        return platforms.OUT_OF_SCOPE.get(platform, "unknown platform")
    for a in argv[1:]:
        if re.match(
            r"--(cuda|hip|offload)|-fopenmp-targets|--no-offload|-foffload|-fopenacc"
            r"|-nogpulib|--hipstdpar",
            a,
        ):
            return "offloading to an accelerator"
        if re.match(r"--config(=|$)|--config-(user|system)-dir=", a):
            return "configuration files, which a linker driver does not read"
        if a == "-fdriver-only" or a.startswith("-fmodule-output"):
            return "compiles alone"
    return None


def compiled_inputs(text):
    """The sources of the compilations that -### printed."""
    inputs = set()
    for job in lines.jobs(text):
        if job[1:2] == ["-cc1"]:
            inputs.update(b for a, b in zip(job, job[2:]) if a == "-x")
            inputs.add(job[-1])
        elif job[1:2] == ["-cc1as"]:
            inputs.add(job[-1])
    return inputs


def make_object(path, cl, folder):
    """An existing file that has the name of the object that `path` becomes."""
    stem = os.path.splitext(lines.basename(path))[0]
    if path == "-":
        stem = "stdin"
    name = os.path.join(folder, stem + (".obj" if cl else ".o"))
    if not os.path.exists(name):
        os.makedirs(folder, exist_ok=True)
        open(name, "a").close()
    return name


def link_only(argv, text, cwd, folder):
    """The arguments with an object in place of each source. `text` is what clang
    printed for them. -x goes, since it says what the sources are."""
    inputs, cl = compiled_inputs(text), is_cl(argv)
    out, i, only_inputs = [argv[0]], 1, False
    while i < len(argv):
        a = argv[i]
        i += 1
        if only_inputs or not a.startswith("-") or a == "-":
            named = re.match(r"/T[cp](.+)$", a) if cl and not only_inputs else None
            if named:
                out.append(make_object(named.group(1), cl, folder))
            elif cl and not only_inputs and a in ("/TC", "/TP"):
                pass
            elif (
                a in inputs
                or a in ("-", os.devnull)
                or (SOURCE.search(a) and os.path.exists(os.path.join(cwd, a)))
            ):
                out.append(make_object(a, cl, folder))
            else:
                out.append(a)
        elif a == "--":
            only_inputs = True
            out.append(a)
        elif a == "-x":
            i += 1
        elif re.match(r"-x[a-z]", a) and not a.startswith("-xo"):
            pass
        elif a in SEPARATE:
            out += [a] + argv[i : i + 1]
            i += 1
        else:
            out.append(a)
    return out


def with_lld(argv):
    """The arguments without another linker by name: the linker is LLD. One that
    is given by its path stays."""
    return [
        "-fuse-ld=lld" if re.match(r"-fuse-ld=(?![/\\]|[A-Za-z]:)", a) else a
        for a in argv
    ]


def make_commands(argv, platform, text, cwd, tools, used):
    """The command for pkgimg-link, and that for clang."""
    argv = link_only(argv, text, cwd, tools.objects)
    # clang refuses LLD for Solaris, and runs the system's linker; so do we for
    # the comparison.
    use_lld = platform != "solaris"
    if use_lld:
        argv = with_lld(argv)
    cl, options = is_cl(argv), argv[1:]
    # A package image is a shared library; on Haiku a program is printed much
    # like one, and counts as one.
    if not any(SHARED.match(a) for a in options):
        options = ["/LD" if cl else "-shared"] + options

    clang = list(options)
    if use_lld and not any(re.match(r"-fuse-ld=|--ld-path=", o) for o in options):
        clang = ["-fuse-ld=lld"] + clang
    clang = [argv[0]] + meant.clang_options(platform, clang, used)

    # Where clang takes itself to be installed is printed with -###.
    ours = [tools.pkgimg_link, "-hosted"]
    if not use_lld and not any(re.match(r"-fuse-ld=|--ld-path=", o) for o in options):
        ours.append("-fuse-ld=ld")
    installed = re.search("^InstalledDir: (.*)$", text, re.M)
    if installed and "-ccc-install-dir" not in options:
        ours += ["-ccc-install-dir", installed.group(1)]
    if not any(re.match("-resource-dir(=|$)", o) for o in options):
        resource = tools.resource_dir
        for job in lines.jobs(text):
            if job[1:2] == ["-cc1"] and "-resource-dir" in job:
                resource = job[job.index("-resource-dir") + 1]
        ours += ["-resource-dir", resource]
    if not any(o.startswith("--driver-mode=") for o in options):
        program = lines.basename(argv[0])
        if re.search(r"\+\+(-[0-9.]+)?$", program):
            ours.append("--driver-mode=g++")
        elif cl:
            ours.append("--driver-mode=cl")
    # The first says where clang looks for itself, which -ccc-install-dir settles;
    # the second is the default of the tests.
    ours += [
        o
        for o in options
        if o not in ("-no-canonical-prefixes", "-canonical-prefixes")
        and o != "--no-default-config"
    ]
    return ours, clang


def compare(argv, status, text, environment, cwd, tools):
    """Compares the call `argv` of clang in `cwd`, for which clang printed `text`. Returns
    None if it links nothing of the kind that is compared, and a dictionary
    otherwise: `platform`, and either `scope`, why it is not compared, or
    `same`, `known`, `used` and both commands, statuses and lines."""
    line = lines.last_link_line(text)
    if line is None or lines.is_shared(line) == tools.add_shared:
        return None
    if tools.add_shared and status != 0:
        return None
    target = re.search("^Target: (.*)$", text, re.M)
    platform = platforms.get_platform(target.group(1) if target else "")
    if platform == "msvc" and is_cl(argv):
        platform = "msvc-cl"
    result = {"platform": platform, "argv": argv}
    result["scope"] = out_of_scope(argv, platform)
    if result["scope"]:
        return result

    used = set()
    ours, clang = make_commands(argv, platform, text, cwd, tools, used)
    clang_status, clang_text = lines.run(
        clang, environment, executable=tools.clang, cwd=cwd
    )
    clang_line = lines.last_link_line(clang_text)
    if clang_line is None or not lines.is_shared(clang_line):
        result["scope"] = "clang links no shared library for it"
        return result
    our_status, our_text = lines.run(ours, environment, cwd=cwd)
    our_line = lines.last_link_line(our_text)
    errors = None if our_line else "; ".join(lines.errors(our_text)) or "no link line"
    only_ours = only_clang = []
    if our_line:
        our_line, clang_line = meant.comparable(platform, our_line, clang_line, used)
        only_ours = subtract(our_line, clang_line)
        only_clang = subtract(clang_line, our_line)
    result.update(
        ours=ours,
        clang=clang,
        our_status=our_status,
        clang_status=clang_status,
        our_line=our_line,
        clang_line=clang_line,
        errors=errors,
        only_ours=only_ours,
        only_clang=only_clang,
        used=sorted(used),
        same=our_line == clang_line,
        known=None,
    )
    if not result["same"]:
        entry = meant.find_known(platform, argv, only_ours, only_clang, errors)
        result["known"] = entry.name if entry else None
    return result


def subtract(these, those):
    """The arguments of `these` that `those` does not have (as often)."""
    left = collections.Counter(those)
    out = []
    for a in these:
        if left[a]:
            left[a] -= 1
        else:
            out.append(a)
    return out

#!/usr/bin/env python3
"""make-inputs.py CLANG PKGIMG-LINK YAML2PKGIMG

Writes the corpora in Inputs, beside this file: target data, Julia's cache
headers, images, which the compiler and the linker make of tables in assembly
language, and images that test/yaml/Inputs describes: sealed ones, which a linker
does not make, and those of other machines. What is there besides, such as headers
of our own format, is left alone."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Inputs")
NO_BASE = 0xFFFFFFFF


def write(folder, name, data):
    path = os.path.join(HERE, folder)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as file:
        file.write(data)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


# -- Target data --


def string(order, text):
    return struct.pack(order + "I", len(text)) + text.encode()


def julia_targets(order, bits, targets):
    """Each target: flags, base, enabled, disabled, name, extra features."""
    data = struct.pack(order + "I", len(targets))
    for flags, base, enabled, disabled, name, extra in targets:
        data += struct.pack(order + "I", flags)
        if bits == 64:
            data += struct.pack(order + "I", base)
        data += struct.pack(order + "I", len(enabled))
        for word in enabled + disabled:
            data += struct.pack(order + ("Q" if bits == 64 else "I"), word)
        data += string(order, name) + string(order, extra)
    return data


def named_targets(targets, minor=0, appended=b""):
    """Each target: flags, base, name, enabled, disabled, used."""
    data = b"\x89pkgcpu\n" + struct.pack("<HHI", 1, minor, len(targets))
    for flags, base, name, *lists in targets:
        record = struct.pack("<II", flags, base) + string("<", name)
        for names in lists:
            record += struct.pack("<I", len(names))
            record += b"".join(string("<", text) for text in names)
        record += appended
        data += struct.pack("<I", len(record)) + record
    return data


def words(count, *bits, size=32):
    result = [0] * count
    for bit in bits:
        result[bit // size] |= 1 << bit % size
    return result


# cx16; avx2 and what it needs; avx512f.
X86_32 = [
    (0x01, NO_BASE, words(11, 13), words(11, 69, 80), "generic", ""),
    (0x01, NO_BASE, words(11, 0, 9, 13, 19, 20, 28, 69), words(11, 80), "haswell", ""),
    (0x21, NO_BASE, words(11, 13, 28, 69, 80), words(11), "mine", "+foo,-bar"),
]
X86_64 = [
    (0x00, NO_BASE, words(4, 40, 101, size=64), words(4, 13, 18, size=64), "x86-64", ""),
    (0x02, 0, words(4, 13, 40, 101, size=64), words(4, 18, size=64), "haswell", ""),
    (0xC0, 1, words(4, 13, 18, 40, size=64), words(4, size=64), "znver4", "+foo"),
]
ARM_32 = [(0x00, NO_BASE, words(3, 4, 22, 64), words(3, 33), "neoverse-v1", "")]
NAMED = [
    (0x00002, NO_BASE, "x86-64", ["cx16", "sse2"], ["avx512f"], []),
    (0x10002, 0, "haswell", ["avx", "avx2", "cx16", "sse2"], [], ["avx2", "cx16"]),
    (0x10040, 1, "znver4", ["avx", "avx2", "avx512f"], ["rtm"], []),
]


def make_target_data():
    for name, order in [("le", "<"), ("be", ">")]:
        write("targetdata", "julia-1.9-" + name, julia_targets(order, 32, X86_32))
        write("targetdata", "julia-1.14-" + name, julia_targets(order, 64, X86_64))
    more = [target[:2] + (target[2] + [0], target[3] + [16]) + target[4:] for target in X86_32]
    write("targetdata", "julia-1.12-le", julia_targets("<", 32, more))
    write("targetdata", "julia-1.9-aarch64", julia_targets("<", 32, ARM_32))
    write("targetdata", "julia-none", julia_targets("<", 32, []))
    write("targetdata", "julia-trailing", julia_targets("<", 32, ARM_32) + b"\0" * 9)
    write("targetdata", "julia-many-words", struct.pack("<III", 1, 0, 0xFFFFFFFF))
    write("targetdata", "julia-many-targets", struct.pack("<I", 0xFFFFFFFF) + b"\0" * 64)
    write("targetdata", "named", named_targets(NAMED))
    write("targetdata", "named-none", named_targets([]))
    write("targetdata", "named-1.1", named_targets(NAMED, 1, b"later"))
    write("targetdata", "named-truncated", named_targets(NAMED)[:-3])
    write("targetdata", "empty", b"")


# -- Headers --

UUIDS = [(0x7876AF07990D54B4, 0xAB0E23690620F79A), (0xDEADBEEF00000001, 0x0123456789ABCDEF)]
BUILD = (0xFAFBFCFD12345678, 0x0000001122334455)


def checksum(data):
    return 0xFAFBFCFD << 32 | crc32c(data)


def jl_hdr(order, version, pkgimage, crc, start=0, end=0):
    minor = int(version.split(".")[1])
    data = b"\xfbjli\r\n\x1a\n"
    data += struct.pack(order + "HHB", 13 if minor >= 14 else 12, 0xFEFF, 8)
    for text in ["Linux", "x86_64", version, "release", "0123456789abcdef"]:
        data += text.encode() + b"\0"
    return data + struct.pack(order + "BQQQ", pkgimage, crc, start, end)


def module_list(order, modules, high):
    data = b""
    for name, uuid, build in modules:
        data += string(order, name) + struct.pack(order + "QQ", *uuid)
        data += struct.pack(order + "QQ", *build) if high else struct.pack(order + "Q", build[1])
    return data + struct.pack(order + "I", 0)


def dependency(order, minor, path, size, crc, mtime, module, submodules=()):
    data = struct.pack(order + "I", len(path)) + path
    if minor >= 11:
        data += struct.pack(order + "QI", size, crc)
    data += struct.pack(order + "dI", mtime, module)
    if module:
        data += b"".join(string(order, name) for name in submodules)
        data += struct.pack(order + "I", 0)
    return data


def cache_header(order, version, targets, source=True):
    minor = int(version.split(".")[1])
    syntax = bytes([minor - 13]) if minor >= 14 else b""
    data = jl_hdr(order, version, 0, checksum(b"")) + b"\x8b" + syntax
    data += module_list(order, [("Example", UUIDS[0], BUILD)], False)
    uuid = UUIDS[1] if order == ">" else UUIDS[1][::-1]
    require = b"\0" + struct.pack(order + "QQ", *uuid) + b"Dates"
    dependencies = dependency(order, minor, b"@depot/Example/src/Example.jl", 42, 7, -1.0, 1)
    dependencies += dependency(order, minor, b"/a/deps.txt", 3, 9, 1.5e9, 1, ["Inner"])
    dependencies += dependency(order, minor, require, 0, 0, 0.0, 0)
    dependencies += struct.pack(order + "I", 0)
    if minor >= 14:
        preferences = string(order, "[deadbeef]\nkey = 1\n")
    else:
        preferences = string(order, "key") + struct.pack(order + "IQ", 0, 0x1234)
    data += struct.pack(order + "Q", len(dependencies) + len(preferences) + 8)
    data += dependencies + preferences
    position = len(data)
    data += struct.pack(order + "Q", 0)
    data += module_list(order, [("Core", (0, 0), BUILD), ("Dates", UUIDS[1], BUILD)], True)
    data += struct.pack(order + "I", len(targets)) + targets
    text = data[:position] + struct.pack(order + "Q", len(data)) + data[position + 8 :]
    if source:
        code = b"module Example\nend\n"
        text += string(order, "@depot/Example/src/Example.jl")
        text += struct.pack(order + "Q", len(code)) + code
    text += struct.pack(order + "I", 0)
    text += struct.pack(order + "I", 0xCAFEF00D)
    return text + struct.pack(order + "I", crc32c(text))


def image_data(version, sections=True):
    """What jl_system_image_data holds: the header, and empty sections."""
    minor = int(version.split(".")[1])
    body = b"\0" * 8 * 8 if sections else b""
    start = 0
    for _ in range(2):
        # The first time, only to see how long it is.
        data = jl_hdr("<", version, 1, checksum(body), start, start + len(body)) + b"\x8b"
        data += b"\1" if minor >= 14 else b""
        data += module_list("<", [("Core", (0, 0), BUILD)], True)
        data += b"\0" * (-len(data) % 64)
        start = len(data)
    return data + body


def make_headers():
    old, new = julia_targets("<", 32, X86_32), julia_targets("<", 64, X86_64)
    for version in ["1.9.4", "1.10.5", "1.11.2", "1.12.3", "1.13.0"]:
        write("header", "julia-" + version, cache_header("<", version, old))
    write("header", "julia-1.14.0", cache_header("<", "1.14.0", new))
    write("header", "julia-1.12.3-be", cache_header(">", "1.12.3", julia_targets(">", 32, X86_32)))
    write("header", "julia-1.12.3-no-source", cache_header("<", "1.12.3", old, False))
    damaged = bytearray(cache_header("<", "1.11.2", old))
    damaged[200] ^= 1
    write("header", "julia-wrong-checksum", bytes(damaged))
    for version in ["1.10.5", "1.12.3", "1.14.0"]:
        write("header", "data-" + version, image_data(version))
    write("verify", "julia-1.11.2", cache_header("<", "1.11.2", old))


# -- Images --


def byte_list(data):
    rows = [data[i : i + 32] for i in range(0, len(data), 32)]
    return "".join("  .byte " + ",".join(map(str, row)) + "\n" for row in rows)


def image_assembly(dialect, prefix, function_type, version):
    """The tables of an image of one shard: two functions, a clone of both, and
    of the first one more; one global slot."""
    minor = int(version.split(".")[1]) if version else None
    ours = dialect == "pkgimg"
    if ours:
        targets = named_targets(NAMED)
        data = b"ours" * 8
    else:
        targets = julia_targets("<", 64, X86_64) if minor >= 14 else julia_targets("<", 32, X86_32)
        data = image_data(version)
    exports = ["jl_image_pointers", "jl_system_image_data", "jl_system_image_size"]
    unpack = not ours and minor >= 13
    if unpack:
        exports.append("jl_image_unpack")
    if not ours and minor >= 14:
        exports.append("jl_system_image_checksum")
    text = ".text\n"
    for name in ["f0", "f1", "f0_1", "f1_1", "f0_2"]:
        text += "  .p2align 4\n%s:\n  .long 0\n" % name
    text += ".data\n  .p2align 3\n"
    text += "".join("  .globl %s%s\n" % (prefix, name) for name in exports)
    roots = ["header", "shards", "ptls", "small_typeof", "target_data"]
    if ours or minor >= 13:
        roots.append("target_string")
    text += "%sjl_image_pointers:\n" % prefix
    text += "".join("  .quad %s\n" % ("0" if ours and r == "small_typeof" else r) for r in roots)
    if minor == 10:
        shard = ["gvar_base", "fvar_offsets", "fvar_idxs", "gvar_base", "gvar_offsets"]
        shard += ["gvar_idxs", "clone_slots", "clone_offsets", "clone_idxs"]
    else:
        shard = ["fvar_count", "fvar_ptrs", "fvar_idxs", "gvar_offsets", "gvar_idxs"]
        shard += ["clone_slots", "clone_ptrs", "clone_idxs"]
    text += "shards:\n" + "".join("  .quad %s\n" % name for name in shard)
    text += "ptls:\n  .quad func_slot, key_slot, tls_offset\n"
    text += "func_slot:\n  .quad 0\nkey_slot:\n  .quad 0\ntls_offset:\n  .quad 0\n"
    text += "gvar_base:\ng0:\n  .quad 0\nslot:\n  .quad f0\n"
    text += "small_typeof:\n  .zero 1024\n"
    text += "fvar_count:\n  .quad 2\nfvar_ptrs:\n  .quad f0, f1\n"
    text += "clone_ptrs:\n  .quad f0_1, f1_1, f0_2\n"
    text += "%sjl_system_image_size:\n  .quad %d\n" % (prefix, len(data))
    if unpack:
        text += "%sjl_image_unpack:\n  .quad %sjl_image_unpack_uncomp\n" % (prefix, prefix)
    text += "header:\n  .long 1, 1, 2, 1\n"
    text += "fvar_idxs:\n  .long 0, 1\ngvar_idxs:\n  .long 0\n"
    origin = "gvar_base" if minor == 10 else None
    text += "gvar_offsets:\n  .long 1, g0 - %s\n" % (origin or "gvar_offsets")
    text += "clone_slots:\n  .long 1, 0, slot - %s\n" % (origin or "clone_slots")
    text += "clone_idxs:\n  .long 0x80000001, 0, 0x80000001, 0, 1, 1, 0x80000000\n"
    if minor == 10:
        text += "fvar_offsets:\n  .long 2, f0 - gvar_base, f1 - gvar_base\n"
        text += "clone_offsets:\n  .long " + ", ".join(
            name + " - gvar_base" for name in ["f0_1", "f1_1", "f0_2"]
        )
        text += "\n"
    if not ours and minor >= 14:
        text += "%sjl_system_image_checksum:\n  .long %d\n" % (prefix, crc32c(data))
    text += "target_data:\n" + byte_list(targets)
    text += 'target_string:\n  .asciz "generic;haswell,clone_all;znver4,base(1)"\n'
    text += "  .p2align 12\n" if unpack else "  .p2align 6\n"
    text += "%sjl_system_image_data:\n" % prefix + byte_list(data)
    if function_type == "coff":
        text += '.section .drectve,"yn"\n  .ascii "%s"\n' % "".join(
            ' -export:%s,data' % name for name in exports
        )
    return text


def make_images(clang, link):
    images = [
        ("elf-1.10", "x86_64-linux-gnu", "1.10.5"),
        ("elf-1.11", "x86_64-linux-gnu", "1.11.2"),
        ("elf-1.14", "x86_64-linux-gnu", "1.14.0"),
        ("elf-pkgimg", "x86_64-linux-gnu", None),
        ("elf-pkgimg-aarch64", "aarch64-linux-gnu", None),
        ("macho-1.13", "arm64-apple-macosx11.0.0", "1.13.0"),
        ("macho-pkgimg-x86_64", "x86_64-apple-macosx10.14.0", None),
        ("pe-1.12", "x86_64-w64-windows-gnu", "1.12.3"),
        ("pe-pkgimg", "x86_64-w64-windows-gnu", None),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, triple, version in images:
            source, obj, out = (os.path.join(folder, name + x) for x in (".s", ".o", ".so"))
            prefix = "_" if "apple" in triple else ""
            kind = "coff" if "windows" in triple else ""
            with open(source, "w") as file:
                file.write(
                    image_assembly("julia" if version else "pkgimg", prefix, kind, version)
                )
            subprocess.check_call([clang, "--target=" + triple, "-c", source, "-o", obj])
            command = [link, "--target=" + triple, "-nostdlib", obj, "-o", out]
            if "linux" in triple:
                command += ["-Wl,-z,noseparate-code", "-Wl,-z,max-page-size=4096"]
            subprocess.check_call(command)
            with open(out, "rb") as file:
                data = file.read()
            write("tables", name, data)
            if name in ("elf-1.11", "macho-1.13", "pe-pkgimg", "elf-pkgimg"):
                write("verify", name, data)
            if name == "elf-1.11":
                archive = os.path.join(folder, "a.a")
                clang_path = os.path.realpath(shutil.which(clang))
                ar = os.path.join(os.path.dirname(clang_path), "llvm-ar")
                subprocess.check_call([ar, "rcsD", archive, obj])
                with open(archive, "rb") as file:
                    write("verify", "archive", file.read())


def make_described(yaml2pkgimg):
    def image(name, *replacements):
        path = os.path.join(HERE, "..", "..", "yaml", "Inputs", "image-%s.yaml" % name)
        with open(path) as file:
            text = file.read()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        return subprocess.run(
            [yaml2pkgimg, "-"], input=text.encode(), stdout=subprocess.PIPE, check=True
        ).stdout

    sealed = image("elf-x86_64-pkgimg")
    macho = image(
        "elf-x86_64-pkgimg",
        ("Container:       ELF", "Container:       MachO"),
        ("x86_64-unknown-linux-gnu", "x86_64-apple-macosx11.0.0"),
    )
    # The header, which says how long it is, and the image that it is from.
    start = sealed.index(b"\x89pkgimg\n")
    (size,) = struct.unpack_from("<Q", sealed, start + 16)
    write("verify", "sealed-header-and-image", sealed[start : start + size] + sealed)
    for name, data in [
        ("elf-sealed", sealed),
        ("elf-sealed-mips", image("elf-mips-pkgimg")),
        ("macho-sealed", macho),
        ("pe-sealed", image("pe-x86_64-pkgimg")),
        ("elf-1.9", image("elf-x86_64-julia-1.9")),
        ("elf-1.12-powerpc64", image("elf-powerpc64-julia-1.12")),
        ("elf-1.13-zstd", image("elf-x86_64-julia-1.13")),
        ("pe-1.12-i686", image("pe-i686-julia-1.12")),
    ]:
        write("verify", name, data)
        write("tables", name, data)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    make_target_data()
    make_headers()
    make_images(*sys.argv[1:3])
    make_described(sys.argv[3])


main()

"""macho.py FILE...: checks 64-bit Mach-O images without Apple's tools.

Prints the load commands that matter to a loader, and recomputes the hashes of
the code signature, where there is one. Exits with 1 if an image is wrong.
"""

import hashlib
import struct
import sys

LC_UUID = 0x1B
LC_CODE_SIGNATURE = 0x1D
LC_ID_DYLIB = 0x0D
LC_LOAD_DYLIB = 0x0C
LC_BUILD_VERSION = 0x32
LC_VERSION_MIN_MACOSX = 0x24
CPUS = {0x01000007: "x86_64", 0x0100000C: "arm64"}
PLATFORMS = {1: "macos", 2: "ios", 6: "maccatalyst", 7: "iossimulator"}
CS_ADHOC = 0x2
CS_LINKER_SIGNED = 0x20000


def fail(message):
    sys.exit("macho.py: error: " + message)


def version(v):
    return "%d.%d.%d" % (v >> 16, v >> 8 & 255, v & 255)


def string(data, offset):
    return data[offset : data.index(b"\0", offset)].decode()


def check_signature(image, offset, size):
    """The blobs are big-endian, as xnu's cs_blobs.h has them."""
    blob = image[offset : offset + size]
    if len(blob) != size or offset + size != len(image):
        fail("the code signature is not at the end of the file")
    magic, length, count = struct.unpack_from(">III", blob)
    if magic != 0xFADE0CC0 or length > size:
        fail("no code signature at its place")
    directories = []
    for i in range(count):
        kind, where = struct.unpack_from(">II", blob, 12 + 8 * i)
        if kind == 0:
            directories.append(where)
    if len(directories) != 1:
        fail("%d code directories" % len(directories))
    base = directories[0]
    (magic, length, _, flags, hash_offset, ident_offset, special, slots, limit) = (
        struct.unpack_from(">9I", blob, base)
    )
    hash_size, hash_type, _, page_shift = struct.unpack_from(">4B", blob, base + 36)
    if magic != 0xFADE0C02:
        fail("no code directory at its place")
    if (hash_size, hash_type, page_shift) != (32, 2, 12):
        fail("not SHA-256 of pages of 4 KiB")
    if limit != offset:
        fail("the signature covers %d bytes, not all %d before it" % (limit, offset))
    if slots != (limit + 4095) // 4096:
        fail("%d hashes for %d bytes" % (slots, limit))
    for i in range(slots):
        page = image[i * 4096 : min((i + 1) * 4096, limit)]
        start = base + hash_offset + i * hash_size
        if hashlib.sha256(page).digest() != blob[start : start + hash_size]:
            fail("the hash of page %d is wrong" % i)
    print(
        "signature: %s, %s%s, %d pages"
        % (
            string(blob, base + ident_offset),
            "ad hoc" if flags & CS_ADHOC else "not ad hoc",
            ", by the linker" if flags & CS_LINKER_SIGNED else "",
            slots,
        )
    )


def check(path):
    with open(path, "rb") as f:
        image = f.read()
    magic, cpu, _, filetype, ncmds, _, flags, _ = struct.unpack_from("<8I", image)
    if magic != 0xFEEDFACF:
        fail(path + ": no 64-bit Mach-O file")
    print("cpu: " + CPUS.get(cpu, hex(cpu)))
    print("type: " + {6: "dylib", 8: "bundle"}.get(filetype, str(filetype)))
    print("flat: " + ("no" if flags & 0x80 else "yes"))
    offset = 32
    signed = False
    for _ in range(ncmds):
        cmd, size = struct.unpack_from("<II", image, offset)
        if cmd == LC_UUID:
            print("uuid: " + image[offset + 8 : offset + 24].hex())
        elif cmd in (LC_ID_DYLIB, LC_LOAD_DYLIB):
            name, _, current, compatible = struct.unpack_from("<4I", image, offset + 8)
            print(
                "%s: %s %s %s"
                % (
                    "id" if cmd == LC_ID_DYLIB else "needs",
                    string(image, offset + name),
                    version(current),
                    version(compatible),
                )
            )
        elif cmd == LC_BUILD_VERSION:
            platform, minos, sdk = struct.unpack_from("<3I", image, offset + 8)
            print(
                "build: %s %s %s"
                % (PLATFORMS.get(platform, platform), version(minos), version(sdk))
            )
        elif cmd == LC_VERSION_MIN_MACOSX:
            minos, sdk = struct.unpack_from("<2I", image, offset + 8)
            print("version min: macos %s %s" % (version(minos), version(sdk)))
        elif cmd == LC_CODE_SIGNATURE:
            check_signature(image, *struct.unpack_from("<2I", image, offset + 8))
            signed = True
        offset += size
    if not signed:
        print("signature: none")


for path in sys.argv[1:]:
    check(path)

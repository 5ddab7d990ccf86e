"""Makes universal files of arm64.dylib and x86_64.dylib."""

import struct

ARM64, X86_64, I386 = 0x100000C, 0x1000007, 7


def read(name):
    with open(name, "rb") as file:
        return file.read()


def with_subtype(image, subtype):
    return image[:8] + struct.pack("<I", subtype) + image[12:]


def write(name, slices, step=None):
    """Each slice is its CPU type, its subtype, and its bytes."""
    header, body = struct.pack(">II", 0xCAFEBABE, len(slices)), b""
    for cpu, subtype, image in slices:
        offset = 0x4000 + (len(body) if step is None else step)
        header += struct.pack(">IIIII", cpu, subtype, offset, len(image), 14)
        body += image + bytes(-len(image) % 0x4000)
    with open(name, "wb") as file:
        file.write(header + bytes(0x4000 - len(header)) + body)


arm64, x86_64 = read("arm64.dylib"), read("x86_64.dylib")
arm64e, x86_64h = with_subtype(arm64, 2), with_subtype(x86_64, 8)
write(
    "fat.dylib",
    [
        (ARM64, 0, arm64),
        (ARM64, 2, arm64e),
        (X86_64, 3, x86_64),
        (X86_64, 8, x86_64h),
    ],
)
# Without LC_ID_DYLIB; for another machine; no image at all; truncated.
command = arm64.index(struct.pack("<I", 0xD), 32)
write(
    "damaged.dylib",
    [
        (ARM64, 0, arm64[:command] + b"\x77" + arm64[command + 1 :]),
        (I386, 3, x86_64),
        (X86_64, 3, b"hello"),
        (ARM64, 2, arm64e),
        (X86_64, 8, x86_64h),
    ],
)
damaged = read("damaged.dylib")
with open("damaged.dylib", "wb") as file:
    file.write(damaged[:-0x8000])
write("overlap.dylib", [(ARM64, 0, arm64), (ARM64, 2, arm64e)], step=0)

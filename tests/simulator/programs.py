"""Programs made by hand: the smallest ELF files with the sections and segments that inventories read."""

from __future__ import annotations

import json
import struct
import zlib

MODULES = "path\texample.com/app\nmod\texample.com/app\t(devel)\t\ndep\tgolang.org/x/net\tv0.17.0\th1:x=\n"
GUARD = bytes(range(16))


def elf(sections: dict[bytes, bytes], *, wide: bool = True, order: str = "<", address: int = 0) -> bytes:
    """An ELF file whose sections follow its header, all in one loaded segment at `address` if that is not 0."""
    header = 64 if wide else 52
    content, places = b"", []
    for data in sections.values():
        content += bytes(-(header + len(content)) % 16)
        places.append((header + len(content), len(data)))
        content += data
    names = b"\0" + b"".join(name + b"\0" for name in sections) + b".shstrtab\0"
    places.append((header + len(content), len(names)))
    content += names
    segment = header + len(content)
    size = segment + (56 if wide else 32)
    form = f"{order}IIQQQQQQ" if wide else f"{order}IIIIIIII"
    if wide:
        content += struct.pack(form, 1, 6, 0, address, address, size, size, 1)
    else:
        content += struct.pack(form, 1, 0, address, address, size, size, 6, 1)
    table = header + len(content)
    entry = struct.Struct(f"{order}IIQQQQIIQQ" if wide else f"{order}IIIIIIIIII")
    for name, (offset, length) in zip([*sections, b".shstrtab"], places, strict=True):
        content += entry.pack(names.index(name + b"\0"), 1, 0, 0, offset, length, 0, 0, 1, 0)
    count, which = len(places), len(places) - 1
    identity = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    rest = struct.pack(
        f"{order}HHI{'QQQ' if wide else 'III'}IHHHHHH",
        *(2, 62, 1, 0, segment if address else 0, table, 0, header),
        *(56 if wide else 32, 1 if address else 0, entry.size, count, which),
    )
    return identity + rest + content


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return out + bytes((number,))


def go_inline(modules: str = MODULES, version: str = "go1.21.3") -> bytes:
    """Build information as Go 1.18 and later write it."""
    text = GUARD + modules.encode() + GUARD if modules else b""
    body = varint(len(version)) + version.encode() + varint(len(text)) + text
    return (b"\xff Go buildinf:" + bytes((8, 2))).ljust(32, b"\0") + body


def go_program(modules: str = MODULES, version: str = "go1.21.3", size: int = 70_000) -> bytes:
    return elf({b".go.buildinfo": go_inline(modules, version), b".text": bytes(size)})


def go_pointers(*, wide: bool, order: str) -> bytes:
    """Build information as Go 1.13 to 1.17 wrote it: pointers to strings, which are pointers and lengths."""
    base, start = 0x400000, 64
    width, form = (8, "Q") if wide else (4, "I")
    version, modules = b"go1.16.5", GUARD + MODULES.encode() + GUARD
    head, strings = 32, 32 + 4 * width
    header = b"\xff Go buildinf:" + bytes((width, 0 if order == "<" else 1))
    header += struct.pack(f"{order}2{form}", base + start + head, base + start + head + 2 * width)
    header = header.ljust(32, b"\0")
    header += struct.pack(
        f"{order}4{form}",
        *(base + start + strings, len(version), base + start + strings + len(version), len(modules)),
    )
    return elf({b".go.buildinfo": header + version + modules}, wide=wide, order=order, address=base)


PACKAGES = [
    {"name": "app", "version": "0.1.0", "source": "local", "root": True, "dependencies": [1, 2]},
    {"name": "serde", "version": "1.0.188", "source": "crates.io"},
    {"name": "cc", "version": "1.0.83", "source": "crates.io", "kind": "build"},
    {"name": "forked", "version": "0.2.0", "source": "git", "dependencies": [1, 99, "x"]},
]


def rust_program(document: object = None, *, packed: bytes | None = None, size: int = 70_000) -> bytes:
    text = json.dumps({"packages": PACKAGES} if document is None else document).encode()
    return elf({b".text": bytes(size), b".dep-v0": zlib.compress(text) if packed is None else packed})

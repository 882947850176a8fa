"""From the content of a large file to the little that catalogers read of it, while the image streams past.

So memory follows the number of packages and not the size of the image: of a program of 100 MB only its list of modules
stays, of a jar its names and versions.
"""

from __future__ import annotations

from supplychain.inventory.image.elf import MAGIC as ELF_MAGIC
from supplychain.inventory.image.elf import Elf
from supplychain.inventory.image.go_binary import MAGIC as GO_MAGIC
from supplychain.inventory.image.go_binary import build_note
from supplychain.inventory.image.interface import Found, View, unreadable
from supplychain.inventory.image.python_archive import python_note
from supplychain.inventory.image.rust_auditable import SECTION, audit_note

_GO_SECTION = b".go.buildinfo"
_LINE = b"#!"
_WINDOWS = b"MZ"
_SCRIPT = b""
_UPX = b"UPX!"
_HEAD = 1024
PACKED = b"packed\0"
"""The note of a program that hides its parts: a packer (UPX) writes its mark right behind the headers."""


def program_note(content: bytes) -> bytes | None:
    """What a program says of its own parts; None: it is a program and says nothing; empty: it is no program."""
    if content.startswith(_WINDOWS):
        return build_note(content)
    elf = Elf.parse(content) if content.startswith(ELF_MAGIC) else None
    if elf is None:
        return python_note(content) if content.startswith(_LINE) else _SCRIPT
    if _UPX in content[:_HEAD]:
        return PACKED
    names = elf.section_names()
    # The table of names answers at once; only a program without it must be searched as a whole. Go itself also looks
    # into the data of a program whose section has another name.
    if names is None or _GO_SECTION in names or GO_MAGIC in elf.variables():
        note = build_note(content)
        if note is not None or names is None:
            return note
    return audit_note(content) if SECTION in names else None


def read_packed(view: View) -> Found:
    """Packed programs are gaps: nobody sees from outside what is in them."""
    packed = (path for path, note in view.of("program") if note == PACKED)
    detail = "a packed program (UPX): what it is made of cannot be read"
    return Found(gaps=tuple(unreadable(path, detail) for path in packed))

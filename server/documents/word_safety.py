"""The door for a Word file from outside: what is refused before anything in it is read, in words a parent understands.

Nothing here runs, fetches or follows anything: relationships to other places are not even looked at. What passes is a
set of parts, each no larger than the settings allow, parsed without entities, DTDs or network. Never raises.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from lxml import etree

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_TYPES: Final = "[Content_Types].xml"
_DOCUMENT: Final = b"wordprocessingml."
_MACROS: Final = b"macroenabled"
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    KeyError,
    OverflowError,
)
"""What reading a damaged archive may raise."""

SENTENCES: Final[Mapping[str, str]] = {
    "empty": "The file is empty. Choose the Word file again.",
    "too-large": "The file is too large to read. Take pictures out of it, save it, and choose it again.",
    "not-word": "This is not a Word file we can read. Open it in Word, choose Save As, then Word Document (.docx).",
    "old-word": "This is an older Word file (.doc). Open it in Word, choose Save As, then Word Document (.docx).",
    "password": "This file has a password. Open it in Word, take the password off, save it, and choose it again.",
    "macros": "This file has macros in it, so we have not opened it. Save it as Word Document (.docx) without macros.",
    "damaged": "Part of this file cannot be read. Open it in Word, save it under a new name, and choose that one.",
    "unpacks-too-large": "This file unpacks to far more than a plan could hold, so we have not opened it.",
    "too-many-parts": "This file has far more parts in it than a Word document has, so we have not opened it.",
    "definitions": "This file has instructions in it that a Word document never has, so we have not opened it.",
    "nested": "This file is nested too deeply to read. Save it in Word under a new name, and choose that one.",
    "too-long": "This file has more text than a working document could. Choose the working document itself.",
}
"""Every refusal as a sentence for the person who chose the file. Nothing has been changed when they see it."""


class Limits(Protocol):
    """The settings that bound a Word file; ``server.settings.Settings`` has them."""

    @property
    def word_bytes(self) -> int: ...
    @property
    def word_parts(self) -> int: ...
    @property
    def word_unpacked_bytes(self) -> int: ...
    @property
    def word_ratio(self) -> int: ...
    @property
    def word_depth(self) -> int: ...
    @property
    def word_paragraphs(self) -> int: ...
    @property
    def word_characters(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file was not read; the code is for programs, the sentence for the person."""

    code: str

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code]


@dataclass(frozen=True, slots=True, eq=False)
class Package:
    """The parts of a file that passed the door."""

    parts: Mapping[str, bytes]
    trees: Mapping[str, etree._Element]

    def named(self, beginning: str, ending: str = ".xml") -> Iterator[str]:
        """The names of the parsed parts of one folder, in order."""
        return (name for name in sorted(self.trees) if name.startswith(beginning) and name.endswith(ending))


def refusal_of(data: bytes, limits: Limits) -> Refused | None:
    """Why this file is not read, or None: then it can be read."""
    opened = open_word(data, limits)
    return opened if isinstance(opened, Refused) else None


def open_word(data: bytes, limits: Limits) -> Package | Refused:
    """The parts of a Word file, checked; any bytes at all give one answer or the other."""
    refused = _by_its_head(data, limits)
    if refused is not None:
        return refused
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _unpacked(archive, len(data), limits)
    except _BROKEN:
        return Refused("damaged")
    if isinstance(parts, Refused):
        return parts
    trees: dict[str, etree._Element] = {}
    for name, part in parts.items():
        tree = parsed(part, limits)
        if isinstance(tree, Refused):
            if tree.code == "damaged" and not _needed(name):
                continue
            return tree
        trees[name] = tree
    if "word/document.xml" not in trees:
        return Refused("not-word")
    return Package(parts, trees)


def parsed(part: bytes, limits: Limits) -> etree._Element | Refused:
    """One part as a tree: no DTD, no entity, nothing fetched, not nested beyond the setting."""
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"<!DOCTYPE" in part.replace(b"\x00", b""):
        return Refused("definitions")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(part, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        return Refused("nested" if "depth" in str(error).lower() else "damaged")
    if root.getroottree().docinfo.internalDTD is not None:
        return Refused("definitions")
    return Refused("nested") if _is_deeper(root, limits.word_depth) else root


def _by_its_head(data: bytes, limits: Limits) -> Refused | None:
    if not data:
        return Refused("empty")
    if len(data) > limits.word_bytes:
        return Refused("too-large")
    if data.startswith(_OLE):
        return Refused("password" if _ENCRYPTED in data else "old-word")
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Refused("not-word")
    return None


def _unpacked(archive: zipfile.ZipFile, packed: int, limits: Limits) -> dict[str, bytes] | Refused:
    """The XML parts Word text is made of. Sizes are counted as they are said to be, and again as they come out."""
    entries = archive.infolist()
    if len(entries) > limits.word_parts:
        return Refused("too-many-parts")
    said = sum(entry.file_size for entry in entries)
    if said > limits.word_unpacked_bytes or said > limits.word_ratio * packed:
        return Refused("unpacks-too-large")
    if any(entry.flag_bits & 1 for entry in entries):
        return Refused("password")
    names = {entry.filename.lower() for entry in entries}
    if any("vbaproject" in name or "vbadata" in name for name in names):
        return Refused("macros")
    if _TYPES.lower() not in names:
        return Refused("not-word")
    parts: dict[str, bytes] = {}
    left = limits.word_unpacked_bytes
    for entry in entries:
        if not _wanted(entry.filename) or entry.filename in parts:
            continue
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return Refused("damaged")
        with archive.open(entry) as stream:
            part = stream.read(min(left, entry.file_size) + 1)
        if len(part) > entry.file_size or len(part) > left:
            return Refused("unpacks-too-large")
        left -= len(part)
        parts[entry.filename] = part
    types = parts.get(_TYPES, b"").lower()
    if _MACROS in types:
        return Refused("macros")
    return parts if _DOCUMENT in types else Refused("not-word")


def _wanted(name: str) -> bool:
    return name == _TYPES or (name.endswith(".xml") and name.startswith(("word/", "customXml/")))


def _needed(name: str) -> bool:
    return name in ("word/document.xml", "word/styles.xml", "word/footnotes.xml", "word/endnotes.xml", _TYPES)


def _is_deeper(root: etree._Element, most: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > most:
            return True
    return False

"""The exact working document inside its own Word file, so that our own files come back without a guess.

It travels as a custom XML part: ``<document xmlns="urn:alongside:working-document:1">`` around base64 of JSON. Word
keeps such parts. What stands there came from outside once the file has left us: it tells what was printed, it proves
nothing, and whoever reads it must check each value (``baseline.from_value``, ``records.normalise``).
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from lxml import etree

from sections.redline.baseline import to_value as baseline_value
from sections.redline.records import Record
from sections.redline.records import to_value as record_value
from server.documents.working import WorkingDocument

NAMESPACE = "urn:alongside:working-document:1"
FORMAT = "alongside-working-document"
VERSION = 1
MOST_BYTES = 32 * 1024 * 1024
MOST_PARTS = 50
_ITEM = re.compile(r"customXml/item[0-9]{1,4}\.xml")


def tree_value(wd: WorkingDocument) -> dict[str, Any]:
    """The working document as plain values: what ``embedded`` gives back."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "reference": wd.reference,
        "appeal_number": wd.appeal_number,
        "version": wd.version,
        "on": wd.on.isoformat(),
        "party": wd.party,
        "profile": wd.profile.name,
        "sections": [
            {
                "label": section.label,
                "title": section.title,
                "appeal": section.appeal,
                "baseline": baseline_value(section.baseline),
                "layers": _layers(section.known),
                "standing": dict(section.standing),
                "numbers": dict(section.numbers),
                "citations": {key: list(words) for key, words in section.citations.items()},
            }
            for section in wd.sections
        ],
    }


def part_xml(value: dict[str, Any]) -> bytes:
    """The custom XML part that holds a value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    inside = base64.b64encode(text.encode("utf-8")).decode("ascii")
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{declaration}<document xmlns="{NAMESPACE}">{inside}</document>'.encode("ascii")


def embedded(docx: bytes) -> dict[str, Any] | None:
    """The value inside a Word file of ours; None for any other file, a damaged one, or one too big to be ours."""
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as package:
            parts = [part for part in package.infolist() if _ITEM.fullmatch(part.filename)]
            for part in parts[:MOST_PARTS]:
                if part.file_size <= MOST_BYTES and (value := _value(_read(package, part))) is not None:
                    return value
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return None  # RuntimeError: a part under a password; NotImplementedError: a compression nobody uses
    return None


def _read(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """The part's bytes, one more than the most we take, whatever it unpacks to."""
    with package.open(part) as stream:
        return stream.read(MOST_BYTES + 1)


def _value(xml: bytes) -> dict[str, Any] | None:
    if len(xml) > MOST_BYTES or NAMESPACE.encode() not in xml[:1000]:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
        if root.tag != f"{{{NAMESPACE}}}document":
            return None
        value = json.loads(base64.b64decode(root.text or "", validate=True))
    except (etree.XMLSyntaxError, binascii.Error, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return None
    ours = isinstance(value, dict) and value.get("format") == FORMAT and value.get("format_version") == VERSION
    return value if ours else None


def _layers(known: Mapping[str, Record]) -> dict[str, dict[str, Any]]:
    """The records by side and id, ghosts included."""
    layers: dict[str, dict[str, Any]] = {}
    for record in known.values():
        layers.setdefault(record.side, {})[record.id] = record_value(record)
    return layers

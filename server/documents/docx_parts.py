"""The parts of a Word file that python-docx does not make: native footnotes, lists that restart, our custom XML part.

Also taking out what it puts in by itself: authors, a picture of the first page, another language. Pure.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.package import OpcPackage
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from server.documents.docx_styles import W
from server.documents.embedded import NAMESPACE
from server.documents.paper import LANGUAGE

R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_PROPERTIES = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_WORD_2013 = "15"
"""The newest way of laying out that Word knows; an older number makes it open the file in compatibility mode."""
_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time every file in the archive bears: equal content, equal bytes."""


def add_footnotes(document: WordDocument, notes: Sequence[str]) -> None:
    """``/word/footnotes.xml``: the separators, then one footnote a note, numbered from 1. ``notes`` are runs in XML."""
    separators = "".join(
        f'<w:footnote w:type="{kind}" w:id="{place}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>'
        f"<w:r><w:{mark}/></w:r></w:p></w:footnote>"
        for place, kind, mark in (
            (-1, "separator", "separator"),
            (0, "continuationSeparator", "continuationSeparator"),
        )
    )
    whole = "".join(
        f'<w:footnote w:id="{place}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>'
        '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
        f'<w:r><w:t xml:space="preserve"> </w:t></w:r>{runs}</w:p></w:footnote>'
        for place, runs in enumerate(notes, start=1)
    )
    blob = f'<?xml version="1.0" encoding="UTF-8"?><w:footnotes xmlns:w="{W}">{separators}{whole}</w:footnotes>'
    part = Part(PackURI("/word/footnotes.xml"), _FOOTNOTES, blob.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    settings = document.settings.element
    mark = f'<w:footnotePr xmlns:w="{W}"><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>'
    compat = settings.find(f"{{{W}}}compat")
    place = len(settings) if compat is None else list(settings).index(compat)
    settings.insert(place, parse_xml(mark))


def set_numbering(document: WordDocument, ordered_lists: int) -> None:
    """Bullets are list 1, numbers list 2; every ordered list of the text has one of its own from 3 on, from 1."""
    root = document.part.numbering_part.element
    for child in list(root):
        root.remove(child)
    for number, form in enumerate(("bullet", "decimal"), start=1):
        levels = "".join(_level(place, form) for place in range(9))
        root.append(parse_xml(f'<w:abstractNum xmlns:w="{W}" w:abstractNumId="{number}">{levels}</w:abstractNum>'))
    for number in range(1, ordered_lists + 3):
        restart = "".join(
            f'<w:lvlOverride w:ilvl="{place}"><w:startOverride w:val="1"/></w:lvlOverride>' for place in range(9)
        )
        inside = f'<w:abstractNumId w:val="{min(number, 2)}"/>{restart if number > 2 else ""}'
        root.append(parse_xml(f'<w:num xmlns:w="{W}" w:numId="{number}">{inside}</w:num>'))


def add_custom_xml(document: WordDocument, xml: bytes) -> None:
    """``/customXml/item1.xml`` with what ``embedded`` reads, described as Word wants it so that Word keeps it."""
    item = Part(PackURI("/customXml/item1.xml"), "application/xml", xml, document.part.package)
    properties = (
        f'<?xml version="1.0" encoding="UTF-8"?><ds:datastoreItem xmlns:ds="{_OFFICE}/customXml"'
        ' ds:itemID="{6F1C3B52-8E0B-4C2A-9D7E-2F4A41C0A201}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
    )
    described = Part(PackURI("/customXml/itemProps1.xml"), _PROPERTIES, properties.encode(), document.part.package)
    item.relate_to(described, f"{_OFFICE}/relationships/customXmlProps")
    document.part.relate_to(item, f"{_OFFICE}/relationships/customXml")


def describe(document: WordDocument, title: str, on: date) -> None:
    """The document's properties: title, language and day, and nobody's name."""
    moment = datetime.combine(on, time(12), UTC).replace(tzinfo=None)
    for setting in document.settings.element.iter(f"{{{W}}}compatSetting", f"{{{W}}}themeFontLang"):
        if setting.get(f"{{{W}}}name") == "compatibilityMode":
            setting.set(f"{{{W}}}val", _WORD_2013)
        elif setting.tag.endswith("themeFontLang"):
            setting.set(f"{{{W}}}val", LANGUAGE)
    core = document.core_properties
    core.title, core.language, core.created, core.modified = title, LANGUAGE, moment, moment
    core.author = core.last_modified_by = core.comments = core.keywords = core.subject = core.category = ""
    core.revision = 1
    package: OpcPackage = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith(("/thumbnail", "/extended-properties")):
            del package.rels[key]
    for key, relation in list(document.part.rels.items()):
        if relation.reltype.endswith("/customXml"):
            del document.part.rels[key]


def saved(document: WordDocument) -> bytes:
    """The file's bytes: the same for the same document, whenever it is written."""
    first = io.BytesIO()
    document.save(first)
    second = io.BytesIO()
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(second, "w", zipfile.ZIP_DEFLATED) as package:
        for part in made.infolist():
            entry = zipfile.ZipInfo(part.filename, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            package.writestr(entry, made.read(part))
    return second.getvalue()


def replace_inside(element: Any, xml: bytes) -> None:
    """Gives an element the children of another, read from XML."""
    for child in list(element):
        element.remove(child)
    for child in list(parse_xml(xml)):
        element.append(child)


def _level(place: int, form: str) -> str:
    text = ("•", "–")[place % 2] if form == "bullet" else f"%{place + 1}."
    left = 400 * (place + 1)
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>'
        f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{left}" w:hanging="400"/></w:pPr></w:lvl>'
    )

"""The door for Word files: traps are refused in plain words, nothing raises, and plain documents pass."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.documents.word_safety import SENTENCES, Package, open_word, parsed, refusal_of
from server.settings import Settings
from tests.server.documents.word_making import LIMITS, TYPES, W, inside, p, run, unzipped, zipped

PLAIN = inside(p(run("Words.")))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def code(data: bytes, limits: Settings = LIMITS) -> str:
    refused = refusal_of(data, limits)
    return refused.code if refused else ""


def with_document(document: bytes) -> bytes:
    return zipped({**unzipped(PLAIN), "word/document.xml": document})


def test_a_plain_document_passes() -> None:
    assert "" == code(PLAIN)
    held = io.BytesIO()
    docx.Document().save(held)
    assert "" == code(held.getvalue())


@pytest.mark.parametrize(
    ("wanted", "data"),
    [
        ("empty", b""),
        ("not-word", b"%PDF-1.7 not a Word file"),
        ("not-word", b"Just words"),
        ("not-word", zipped({"a.txt": b"a"})),
        ("not-word", zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})),
        ("not-word", zipped({"[Content_Types].xml": TYPES})),
        ("old-word", OLE),
        ("password", OLE + "EncryptedPackage".encode("utf-16-le")),
        ("macros", zipped({**unzipped(PLAIN), "word/vbaProject.bin": b"x"})),
        (
            "macros",
            zipped(
                {
                    **unzipped(PLAIN),
                    "[Content_Types].xml": TYPES.replace(
                        b"vnd.openxmlformats-officedocument.wordprocessingml.document.main",
                        b"vnd.ms-word.document.macroEnabled.main",
                    ),
                }
            ),
        ),
        ("damaged", PLAIN[: len(PLAIN) // 2]),
        ("damaged", with_document(b"<w:document")),
        ("definitions", with_document(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')),
        ("definitions", with_document('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><x/>'.encode("utf-16"))),
        ("definitions", with_document(b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>')),
        ("nested", with_document(b"<x>" * 150 + b"</x>" * 150)),
        ("nested", with_document(b"<x>" * 5000 + b"</x>" * 5000)),
        ("unpacks-too-large", with_document(b"<x>" + b" " * 3_000_000 + b"</x>")),
    ],
)
def test_what_is_no_plain_document_is_refused(wanted: str, data: bytes) -> None:
    assert wanted == code(data)


def test_limits_are_settings() -> None:
    small = Settings(word_bytes=65_536, word_parts=50, word_unpacked_bytes=1_048_576)
    assert "too-large" == code(PLAIN + bytes(65_536), small)
    assert "too-many-parts" == code(zipped({**unzipped(PLAIN), **{f"a{n}": b"" for n in range(60)}}), small)
    noise = bytes(range(256)) * 4000 + b"end"
    assert "unpacks-too-large" == code(
        zipped({**unzipped(PLAIN), "a": noise, "b": noise}), Settings(word_unpacked_bytes=1_048_576)
    )


def test_a_part_larger_than_it_says_is_not_unpacked() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml", b"<x>" + b" " * 2_000_000 + b"</x>")
    lying = bytearray(held.getvalue())
    place = lying.rindex(b"PK\x01\x02")
    lying[place + 24 : place + 28] = (10).to_bytes(4, "little")
    assert code(bytes(lying)) in ("damaged", "unpacks-too-large")


def test_a_file_under_a_zip_password_is_refused() -> None:
    locked = bytearray(PLAIN)
    place = locked.index(b"PK\x01\x02")
    locked[place + 8] |= 1
    assert "password" == code(bytes(locked))


def test_links_to_other_places_are_not_followed() -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="x/attachedTemplate" Target="http://192.0.2.1/evil.dotm" TargetMode="External"/>'
        "</Relationships>"
    )
    opened = open_word(zipped({**unzipped(PLAIN), "word/_rels/document.xml.rels": relations.encode()}), LIMITS)
    assert isinstance(opened, Package)
    assert {"[Content_Types].xml", "word/document.xml"} == set(opened.parts)


def test_entities_are_not_put_in_even_where_the_door_is_passed() -> None:
    assert "definitions" == getattr(
        parsed(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', LIMITS), "code", ""
    )
    assert "damaged" == getattr(parsed(b"<a>&b;</a>", LIMITS), "code", "")


def test_a_broken_side_part_does_not_stop_the_text() -> None:
    assert "" == code(zipped({**unzipped(PLAIN), "word/theme/theme1.xml": b"<broken"}))


def test_every_refusal_is_a_sentence_that_says_what_to_do_or_that_nothing_was_opened() -> None:
    for sentence in SENTENCES.values():
        assert sentence.endswith(".")
        assert any(words in sentence for words in ("hoose", "not opened it"))


@given(st.binary(max_size=400))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    for candidate in (data, b"PK\x03\x04" + data, PLAIN[:60] + data + PLAIN[60:], with_document(data)):
        code(candidate)


@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255))
def test_any_damage_gives_an_answer(place: int, value: int) -> None:
    damaged = bytearray(PLAIN)
    damaged[place] = value
    code(bytes(damaged))


def test_the_strict_dialect_of_the_format_is_read_too() -> None:
    strict = f'<w:document xmlns:w="{W}"><w:body/></w:document>'.replace(
        W, "http://purl.oclc.org/ooxml/wordprocessingml/main"
    )
    assert "" == code(with_document(strict.encode()))

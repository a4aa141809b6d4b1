"""The tree inside our own Word files: exact, found again after an office program saved it, and no way in."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest

from sections.redline.baseline import from_value
from sections.redline.records import records
from server.documents import embedded as parts
from server.documents.embedded import MOST_BYTES, NAMESPACE, embedded, part_xml, tree_value
from tests.server.documents.making import working_document

WD = working_document()


def package(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"customXml/{name}.xml", data)
    return made.getvalue()


def test_baselines_and_records_come_back_exactly(word_files: dict[str, bytes]) -> None:
    value = embedded(word_files["working"])
    assert value is not None
    assert value == tree_value(WD)
    assert (value["reference"], value["version"], value["party"]) == ("EX-2026-041", 3, "family")
    for section, stored in zip(WD.sections, value["sections"], strict=True):
        baseline = from_value(stored["baseline"])
        assert baseline is not None
        assert baseline == section.baseline or baseline.hash == section.baseline.hash
        assert records(baseline, stored["layers"]) == section.known  # withdrawn ones too
        assert stored["numbers"] == section.numbers


def test_it_survives_being_saved_by_another_program(saved_again: bytes) -> None:
    assert embedded(saved_again) == tree_value(WD)


def test_other_files_have_none(word_files: dict[str, bytes]) -> None:
    assert embedded(word_files["plan"]) is None
    assert embedded(b"no zip") is None
    assert embedded(b"") is None


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<document",
        f'<document xmlns="{NAMESPACE}">!!</document>'.encode(),
        f'<document xmlns="{NAMESPACE}">{base64.b64encode(b"[1]").decode()}</document>'.encode(),
        f'<document xmlns="{NAMESPACE}">{base64.b64encode(b"[" * 100_000).decode()}</document>'.encode(),
        f'<document xmlns="{NAMESPACE}">{base64.b64encode(bytes([255])).decode()}</document>'.encode(),
        f'<other xmlns="{NAMESPACE}"/>'.encode(),
        f'<!DOCTYPE d [<!ENTITY a "{"x" * 100}">]><document xmlns="{NAMESPACE}">&a;&a;</document>'.encode(),
        part_xml({"format": "another", "format_version": 1}),
        part_xml({"format": parts.FORMAT, "format_version": 2}),
    ],
)
def test_a_damaged_or_foreign_part_is_not_taken(xml: bytes) -> None:
    assert embedded(package(item1=xml)) is None


def test_a_bomb_is_not_unpacked() -> None:
    assert embedded(package(item1=b" " * (MOST_BYTES + 10))) is None


def test_a_later_part_is_found_behind_those_of_other_programs() -> None:
    value = {"format": parts.FORMAT, "format_version": 1, "words": json.loads('"\\ud83d\\ude00 ŷ"')}
    assert embedded(package(item1=b"<x/>", item2=part_xml(value))) == value


def test_a_damaged_archive_is_no_file_of_ours(word_files: dict[str, bytes]) -> None:
    whole = word_files["working"]
    assert embedded(whole[: len(whole) // 2]) is None

"""Shared by the document tests: the example plan, an invented working document of all kinds, and readers.

Nothing here is real. ``Word`` reads a .docx part by part; ``as_pdf`` asks LibreOffice, another program that opens them.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from crdt.blocks import canonical
from sections import example
from sections.catalogue import SECTIONS
from sections.keys import DEFAULT
from sections.redline.baseline import Baseline, freeze
from sections.redline.records import Record, records
from sections.redline.register import Status
from server.documents.working import DisputedSection, WorkingDocument
from server.export import SectionText, WholePlan
from server.tables import Plan

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WELSH = "Dŵr, ŷ 😀 a phethau <eraill> & mwy"
HASH = "ab" * 32


def whole_plan(stage: str = "drafting", finalised_on: date | None = None) -> WholePlan:
    """The worked example, as an export reads it."""
    story = example.load()
    plan = Plan(
        id="x",
        reference=story.facts.reference,
        child=story.facts.child,
        stage=stage,
        stage_since=NOON,
        finalised_on=finalised_on,
        created_by="x",
        created_at=NOON,
    )
    texts = (SectionText(rule.label, rule.title, 0, canonical(story.sections[rule.label])) for rule in SECTIONS)
    return WholePlan(plan, (), (), tuple(texts))


def text_of(baseline: Baseline, block: str) -> str:
    return baseline.places[block].block.text or ""


def change(baseline: Baseline, block: str, old: str, new: str, **more: Any) -> dict[str, Any]:
    """A record that puts ``new`` in the place of ``old``."""
    start = text_of(baseline, block).index(old)
    end = start + len(old)
    return {"type": "text", "block": block, "from": start, "to": end, "at": start, "rank": "V", "wording": new, **more}


def answer(key: str) -> dict[str, str]:
    return {"key": f"family:{key}", "hash": HASH}


def opening(baseline: Baseline) -> str:
    """The id of section F's first paragraph."""
    return next(block.id for block in baseline.texts() if (block.text or "").startswith("A term"))


def layers_of_f(f: Baseline) -> dict[str, dict[str, Any]]:
    para = opening(f)
    whole = {
        "wording": "A quiet place at break",
        "w_what": "A named room is open at break",
        "w_text": "Evidence: (b).",
    }
    longer = "30 minutes of practice with Sami"
    family = {
        "swap": change(f, "provspeech.frequency", "Once a week", "Twice a week"),
        "out": change(f, "provspeech.what", " and joining words", ""),
        "in": change(f, "provspeech.what", "", WELSH),
        "item": {"type": "new", "after": "provrepeat", "kind": "provision", "rank": "V", "on": 1, **whole},
        "gone": {"type": "rm", "block": "provsimple", "on": 1},
        "para": {
            "type": "new",
            "after": para,
            "kind": "p",
            "rank": "V",
            "on": 1,
            "wording": "New words\nin two lines.",
        },
        "both": change(f, para, "four weeks", "two weeks"),
        "long": change(f, "provrepeat.duration", "20 minutes", f"{longer} and 5 minutes to write it down"),
        "ghost": change(f, "provrepeat.where", "", ""),
    }
    authority = {
        "swap": change(f, "provspeech.frequency", "Once a week", "Once a fortnight", counters=answer("swap"), rank="W"),
        "door": change(f, "provspeech.where", " with the door shut", ""),
        "wide": change(f, para, "begins within four weeks of the final plan", "begins within one half term"),
        "long": change(f, "provrepeat.duration", "20 minutes", longer, counters=answer("long"), rank="W"),
    }
    return {"family": family, "authority": authority, "tribunal": {"t": change(f, "provspeech.group", "1:1", "alone")}}


def numbered(known: Mapping[str, Record]) -> dict[str, str]:
    letters = {"family": "F", "authority": "C", "tribunal": "T"}
    counts = dict.fromkeys(letters, 0)
    found = {}
    for key, record in known.items():
        counts[record.side] += 1
        found[key] = f"{letters[record.side]}-{counts[record.side]}"
    return found


def disputed(label: str, layers: dict[str, Any], standing: dict[str, Status], appeal: str = "order") -> DisputedSection:
    rule = next(rule for rule in SECTIONS if rule.label == label)
    baseline = frozen(label)
    known = records(baseline, layers)
    numbers = numbered(known)
    citations = {key: (f"Oakmere, educational psychologist, 2 November 2026, p. {n}, para. 5",) for n, key in
                 enumerate(known, start=1)}  # fmt: skip
    whole: dict[str, Status] = dict.fromkeys(known, "proposed")
    return DisputedSection(label, rule.title, appeal, baseline, known, whole | standing, numbers, citations)


def frozen(label: str) -> Baseline:
    return freeze(canonical(example.load().sections[label]), label, 1)


def working_document(**more: Any) -> WorkingDocument:
    """Sections B, F and G in dispute, with every kind of proposal."""
    f = disputed(
        "F",
        layers_of_f(frozen("F")),
        {
            "family:swap": "countered",
            "family:out": "agreed",
            "family:para": "agreed",
            "family:long": "countered",
            "authority:door": "not agreed",
            "tribunal:t": "ordered",
        },
    )
    b = disputed("B", {"family": {"t": change(frozen("B"), "needlisten.title", "", "Hearing and ")}}, {})
    g_text = next(block.id for block in frozen("G").texts() if len(block.text or "") > 30)
    added = {"type": "text", "block": g_text, "from": 0, "to": 0, "at": 0, "rank": "K", "wording": "The NHS agrees. "}
    g = disputed("G", {"authority": {"g": added}}, {"authority:g": "pending panel"}, "recommendation")
    values: dict[str, Any] = {
        "council": "Example Council",
        "reference": "EX-2026-041",
        "child": "Sami",
        "appeal_number": "EH123/26/00041",
        "version": 3,
        "on": DAY,
        "party": "family",
        "profile": DEFAULT,
        "colour": False,
        "sections": (b, f, g),
    }
    return WorkingDocument(**values | more)


class Word:
    """A .docx, read part by part."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            self.parts = {part: package.read(part) for part in package.namelist()}
        self.body = self.xml("word/document.xml")

    def xml(self, part: str) -> Any:
        return etree.fromstring(self.parts[part])

    def paragraphs(self) -> list[Any]:
        return list(self.body.iter(f"{W}p"))

    def styled(self, style: str) -> list[str]:
        """The texts of the paragraphs in a style."""
        return [text(p) for p in self.paragraphs() if style_of(p) == style]

    def runs(self) -> list[Any]:
        return list(self.body.iter(f"{W}r"))


def text(element: Any) -> str:
    return "".join(one.text or "" if one.tag == f"{W}t" else "\n" for one in element.iter(f"{W}t", f"{W}br"))


def style_of(element: Any) -> str:
    """The paragraph's or run's own style."""
    kind = "p" if element.tag == f"{W}p" else "r"
    found = element.find(f"{W}{kind}Pr/{W}{kind}Style")
    return "" if found is None else found.get(f"{W}val")


def direct(run: Any) -> set[str]:
    """The direct formatting of a run."""
    names = {"b": "bold", "i": "italic", "u": "underline", "strike": "strike", "color": "colour"}
    properties = run.find(f"{W}rPr")
    children = [] if properties is None else properties
    return {names[c.tag.removeprefix(W)] for c in children if c.tag.removeprefix(W) in names}


def converted(folder: Path, files: Mapping[str, bytes], ending: str) -> dict[str, bytes]:
    """Each Word file as LibreOffice opens it and saves it."""
    for name, data in files.items():
        (folder / f"{name}.docx").write_bytes(data)
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", ending]
    names = [str(folder / f"{name}.docx") for name in files]
    subprocess.run([*command, "--outdir", str(folder / ending), *names], check=True, capture_output=True, timeout=110)
    return {name: (folder / ending / f"{name}.{ending}").read_bytes() for name in files}


def pdf_text(data: bytes) -> str:
    """The words of a PDF, white space made one space."""
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", "-", "-"], input=data, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())

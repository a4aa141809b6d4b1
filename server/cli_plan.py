"""``alongside export`` and ``verify``: take a plan out of a store, and check that every log still tells the same story.

Both read what is committed and may run beside a server. Neither changes anything.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli_store import DataOption, give_up, opened, settings_from
from server.day import london

if TYPE_CHECKING:
    from server.export import WholePlan

DIFFERENT = 1


class Format(StrEnum):
    """What ``export`` can write."""

    HTML = "html"
    JSON = "json"
    DOCX = "docx"
    PDF = "pdf"


def export(
    plan: Annotated[str, typer.Argument(help="The plan's id or reference (see: alongside plans).")],
    format: Annotated[
        Format, typer.Option("--format", help="html or pdf to read and print, docx for Word, json for programs.")
    ] = Format.HTML,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write; otherwise standard output.", show_default=False),
    ] = None,
    working_document: Annotated[
        str | None,
        typer.Option(
            "--working-document",
            help="The working document of the plan's appeal instead: now, or the number of a version.",
            show_default=False,
        ),
    ] = None,
    sections: Annotated[
        str, typer.Option(help="Of the working document only these, like B,F.", show_default=False)
    ] = "",
    colour: Annotated[
        bool, typer.Option("--colour", help="The working document with colours as well as styles.")
    ] = False,
    worded: Annotated[bool, typer.Option("--worded", help="The working document as plain sentences.")] = False,
    data: DataOption = None,
) -> None:
    """Write a whole plan, all twelve sections, at any stage; or the working document of its appeal.

    html and json also hold its people and the family's wish. docs/export.md explains the JSON. pdf needs Pango.
    If --output is a folder, a working document gets the name the tribunal asks for.

    Examples: `alongside export EX-2026-041 -o plan.html` · `alongside export EX-2026-041 --format docx -o plan.docx` ·
    `alongside export EX-2026-041 --working-document 2 --format pdf -o .`

    The file holds a child's personal data. It is written so that only you can read it.
    """
    from server import export as exports

    settings = settings_from(data)
    with opened(settings) as store:
        found = store.read(lambda db: exports.find_plan(db, plan))
        if found is None:
            give_up("There is no plan with this id or reference. See: alongside plans")
        if working_document is not None:
            from server.cli_working import WantedCopy, working_copy

            wanted = WantedCopy(working_document, sections, colour, worded, format.value, settings.council)
            name, made = store.read(lambda db: working_copy(db, found, wanted))
            _hand_over(made, output / name if output is not None and output.is_dir() else output)
            return
        if sections or colour or worded:
            give_up("--sections, --colour and --worded belong to --working-document.")
        whole = store.read(lambda db: exports.read_plan(db, found))
    _hand_over(_made(whole, format, datetime.now(UTC)), output)


def _made(whole: WholePlan, wanted: Format, now: datetime) -> bytes:
    """The plan in the form wanted."""
    from server import export as exports

    match wanted:
        case Format.HTML:
            return exports.as_html(whole, now).encode()
        case Format.JSON:
            return exports.as_json(whole, now).encode()
        case Format.DOCX:
            from server.documents.docx_plan import plan_docx

            return plan_docx(whole, london(now).date())
        case Format.PDF:
            from server.documents import pdf

            try:
                return pdf.plan_pdf(whole, london(now).date())
            except pdf.PdfNotMade as why:
                give_up(str(why))


def _hand_over(made: bytes, output: Path | None) -> None:
    """Write to the file, readable by its owner only and whole or not at all; or to standard output."""
    if output is None:
        typer.echo(made, nl=False)
        return
    draft = output.with_name(f".{output.name}.part")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(made)
        draft.replace(output)
    except OSError as trouble:
        give_up(f"The file {output} could not be written: {trouble.strerror}.")


def verify(data: DataOption = None) -> None:
    """Replay every section's log from nothing and compare it with its snapshots. One line a section.

    Example: `alongside verify --data /var/lib/alongside`

    Exit code 0: everything is the same. 1: something differs, and the line says what. Safe while a server runs.
    """
    from server import verify as checks

    settings = settings_from(data)
    with opened(settings) as store:
        results = checks.verify(store, settings)
    for result in results:
        typer.echo(result.line)
    if not all(result.ok for result in results):
        raise typer.Exit(DIFFERENT)

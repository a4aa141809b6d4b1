"""The process that makes one PDF: HTML in on standard input; out come its page count, a line end and the PDF.

Started by ``pdf.py`` only. It may use so much memory and processor time and no more, and fetches nothing at all.
Exit code 3: WeasyPrint or the system library Pango cannot be loaded.
"""

from __future__ import annotations

import sys
from typing import NoReturn

CANNOT_LOAD = 3
PDF, COUNT = "pdf", "count"
"""What may be wanted: counting alone is quicker, because no file is written."""
MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 120


def main(wanted: str) -> int:
    """Reads HTML; writes how many pages it has and, if ``pdf`` is wanted, the tagged PDF."""
    _limit()
    try:
        from weasyprint import HTML
    except (OSError, ImportError) as missing:
        print(missing, file=sys.stderr)  # noqa: T201  # the parent reads it
        return CANNOT_LOAD
    html = sys.stdin.buffer.read().decode("utf-8")
    document = HTML(string=html, url_fetcher=refuse, base_url=None).render(pdf_variant="pdf/ua-1")
    sys.stdout.buffer.write(f"{len(document.pages)}\n".encode())
    if wanted == PDF:
        sys.stdout.buffer.write(document.write_pdf(pdf_variant="pdf/ua-1"))
    return 0


def refuse(url: str, *_: object, **__: object) -> NoReturn:
    """Refuses every address: a document may not reach for anything."""
    raise ValueError(f"A document asked for {url[:60]}; nothing is fetched.")


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on this system: the parent's time limit still holds
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

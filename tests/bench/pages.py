"""Writes a summary into ``docs``: the numbers, the tables made of them, and the estimate made of those.

``python -m tests.bench.pages`` writes the pages again from the numbers that are there.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.report import COLUMNS, GROWTH, Summary, goals, markdown, table, without_experiments
from tests.bench.scale import estimate

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
FROM, TO = "<!-- from the bench -->\n", "<!-- to here -->\n"
NUMBERS = DOCS / "measurements.json"

QUICK = "**A quick look with windows of a second or so, on a busy machine: orders of magnitude at most, and no range.**"


def described(summary: Summary) -> str:
    """What was measured on, in words."""
    about = summary["about"]
    others = ", ".join(
        f"{title} {about[key]}" for key, title in (("postgresql", "PostgreSQL"), ("redis", "Redis")) if key in about
    )
    load = f"load average {about['load_before']} before and {about['load_after']} after"
    lines = [
        f"Measured on {about['date']} in {about['minutes']} minutes on a machine with {about['cores']} cores "
        f"({about['processor']}, Linux {about['linux']}, Python {about['python']}, Node {about['node']}"
        f"{', ' + others if others else ''}); {load}."
    ]
    if about["quick"]:
        lines.append(QUICK)
    return "\n\n".join(lines)


def measurements(summary: Summary) -> str:
    """The page of tables."""
    page = Path(__file__).with_name("measurements_page.md").read_text(encoding="utf-8")
    return page.format(described=described(summary), tables=markdown(summary))


def scale(summary: Summary) -> str:
    """The page of the estimate."""
    return estimate(summary, described(summary))


def readme(summary: Summary, page: str) -> str:
    """The README with its tables from this run."""
    before, _, rest = page.partition(FROM)
    _, _, after = rest.partition(TO)
    kept = without_experiments(summary)
    short = [work for work in COLUMNS if work not in GROWTH and work != "storage"]
    tables = "\n".join([described(summary), *(line for work in short for line in table(kept, work)), *goals(summary)])
    return f"{before}{FROM}{tables}\n{TO}{after}"


def write(summary: Summary) -> None:
    """Puts all of it into ``docs``, and the tables into the README when they are more than a quick look."""
    NUMBERS.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    DOCS.joinpath("measurements.md").write_text(measurements(summary), encoding="utf-8")
    DOCS.joinpath("scale.md").write_text(scale(summary), encoding="utf-8")
    if not summary["about"]["quick"]:
        README.write_text(readme(summary, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write(json.loads(NUMBERS.read_text(encoding="utf-8")))

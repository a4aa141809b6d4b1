"""``python -m tests.bench.working``: the working document in a real browser, beside the same text in open mode.

Opening, a keystroke on the own screen and on the other side's after its commit, switching views, what the server and
Python need for one section, and export. Everything in one run on one server, so that the ratios mean something. The
machine's other work is in every time on the clock; "CPU" counts only the page's or the server's own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from crdt.schema import LAYER
from sections.redline.compose import compose_records
from sections.redline.register import standing
from server.database import Store
from server.layers import SIDES, layer_name
from server.log import document_id
from server.redline.registrar import baseline_of_appeal
from server.redline.watch import Watch
from server.settings import Settings
from server.snapshots import load
from tests.bench.working_store import PROPOSALS, WORDS, Made, make_store
from tests.browser.chromium import open_chromium
from tests.serving import Serving, serving

Figures = dict[str, list[float]]

KEYSTROKES = 60
SECTION = "F"
IN_PYTHON = 15
MOST_EXPORTS = 2
FAMILY, COUNCIL = "Leila Tarran", "Dev Pellow"
VIEWS = ("theirs", "original", "key")

# Puts the caret at the end of one long line; what is typed there is told by the letter z, which the text has nowhere.
CARET = """([selector, nth]) => {
  const lines = [...document.querySelectorAll(`${selector} p`)].filter((line) => line.textContent.length > 150);
  const line = lines[nth];
  line.scrollIntoView({ block: "center" });
  document.querySelector(selector).focus();
  const end = document.createRange();
  end.selectNodeContents(line); end.collapse(false);
  const selection = getSelection(); selection.removeAllRanges(); selection.addRange(end);
}"""
# When each z came onto the page: after the frame that shows it has been made. ``count`` is how many were there before.
WATCH = """(selector) => {
  const root = document.querySelector(selector);
  const now = () => performance.timeOrigin + performance.now();
  const letters = () => (root.textContent.match(/z/g) ?? []).length;
  let count = letters();
  window.__seen = []; window.__downs = [];
  root.addEventListener("keydown", () => { window.__downs.push(now()); }, true);
  new MutationObserver(() => {
    const here = letters();
    if (here <= count) return;
    const fresh = here - count;
    count = here;
    requestAnimationFrame(() => setTimeout(() => { for (let i = 0; i < fresh; i += 1) window.__seen.push(now()); }));
  }).observe(root, { subtree: true, childList: true, characterData: true });
}"""
# From the click until the frame that shows the other view has been made.
SWITCH = """async (name) => {
  const begun = performance.now();
  document.querySelector(`#working button[data-view="${name}"]`).click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begun;
}"""
READABLE = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to write the same text: where it is, and how its page says that one can begin."""

    name: str
    address: str
    editor: str
    ready: str


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the working document beside the same text in open mode.")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured")
    parser.add_argument("--without-export", action="store_true", help="leave out Word and PDF")
    chosen = parser.parse_args()
    found: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        made = make_store(data)
        note(found, in_python(data, made))
        with serving(data) as server, open_chromium() as browser:
            for run in range(chosen.runs):
                for mode in modes(made):
                    print(f"run {run + 1} of {chosen.runs}: {mode.name}", flush=True)
                    note(found, in_browser(server, browser, mode, run))
            note(found, answers(server, browser, made, chosen.runs))
            if not chosen.without_export:
                note(found, exports(server, made, chosen.runs))
    print(markdown(found))


def modes(made: Made) -> tuple[Mode, Mode]:
    """The appeal and the open plan."""
    ready = "#working[data-ready=true]"
    return (
        Mode("redline", f"/plans/{made.appeal_plan}/working/{SECTION}", "#working .ProseMirror", ready),
        Mode(
            "open mode",
            f"/plans/{made.open_plan}/sections/{SECTION}",
            "#editor .ProseMirror",
            "#editor .ProseMirror[contenteditable=true]",
        ),
    )


def note(found: Figures, figures: Mapping[str, list[float]]) -> None:
    for name, values in figures.items():
        found.setdefault(name, []).extend(values)


def in_browser(server: Serving, browser: Browser, mode: Mode, run: int) -> Figures:
    """A parent writes and a case officer looks on, each in a browser of their own."""
    with visitor(server, browser, FAMILY) as writer, visitor(server, browser, COUNCIL) as reader:
        found = opening(writer, mode)
        opening(reader, mode)
        found |= typing(server, writer, reader, mode, run)
        if mode.name == "redline":
            found["redline: switch view, ms"] = [writer.evaluate(SWITCH, view) for view in VIEWS]
        return found


@contextmanager
def visitor(server: Serving, browser: Browser, name: str) -> Iterator[Page]:
    """Somebody who has signed in."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_role("button", name=f"Sign in as {name}").click()
    page.wait_for_url("**/plans")
    try:
        yield page
    finally:
        context.close()


def opening(page: Page, mode: Mode) -> Figures:
    """From the address to the text one can read, and to the text one can write in."""
    begun = time.perf_counter()
    page.goto(mode.address)
    page.locator(mode.ready).wait_for()
    return {
        f"{mode.name}: open, text can be read, ms": [page.evaluate(READABLE)],
        f"{mode.name}: open, text can be written, ms": [1000 * (time.perf_counter() - begun)],
    }


def typing(server: Serving, writer: Page, reader: Page, mode: Mode, run: int) -> Figures:
    """Letters at the end of a line, one at a time, each once the one before was on both screens."""
    writer.evaluate(CARET, [mode.editor, 7 + 5 * run])
    writer.keyboard.type(" z")
    for page in (writer, reader):
        page.wait_for_function("(one) => document.querySelector(one).textContent.includes('z')", arg=mode.editor)
        page.evaluate(WATCH, mode.editor)
    busy, cpu = Busy(writer), cpu_seconds(server)
    for number in range(KEYSTROKES):
        writer.keyboard.type("z")
        for page in (writer, reader):
            page.wait_for_function("(many) => window.__seen.length > many", arg=number, polling=5)
    page_ms, server_ms = busy.ms() / KEYSTROKES, 1000 * (cpu_seconds(server) - cpu) / KEYSTROKES
    downs, own, other = (
        page.evaluate(f"window.{what}")[:KEYSTROKES]
        for page, what in ((writer, "__downs"), (writer, "__seen"), (reader, "__seen"))
    )
    return {
        f"{mode.name}: keystroke to own screen, ms": [shown - down for down, shown in zip(downs, own, strict=True)],
        f"{mode.name}: keystroke to the other side's screen, durable, ms": [
            shown - down for down, shown in zip(downs, other, strict=True)
        ],
        f"{mode.name}: CPU of the writer's page for a keystroke, ms": [page_ms],
        f"{mode.name}: CPU of the server for a keystroke, ms": [server_ms],
    }


class Busy:
    """CPU time of a page's main thread since this was made."""

    def __init__(self, page: Page) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._begun = self._total()

    def ms(self) -> float:
        return 1000 * (self._total() - self._begun)

    def _total(self) -> float:
        metrics: list[dict[str, Any]] = self._devtools.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def cpu_seconds(server: Serving) -> float:
    """CPU time of the server's process so far."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answers(server: Serving, browser: Browser, made: Made, runs: int) -> Figures:
    """What the page asks the server for when the register has changed."""
    address = f"/api/plans/{made.appeal_plan}/working/{SECTION}"
    found: Figures = {}
    with visitor(server, browser, FAMILY) as page:
        for _ in range(3 * runs):
            begun, cpu = time.perf_counter(), cpu_seconds(server)
            answer = page.request.get(address)
            body = answer.body()
            assert answer.ok, body
            found.setdefault("server: JSON of a section, ms", []).append(1000 * (time.perf_counter() - begun))
            found.setdefault("server: JSON of a section, CPU ms", []).append(1000 * (cpu_seconds(server) - cpu))
            found.setdefault("server: JSON of a section, kB", []).append(len(body) / 1000)
    return found


def in_python(data: Path, made: Made) -> Figures:
    """Reading, composing and judging one section of half the words and half the proposals."""
    store = Store.open(Settings(data_dir=data))
    try:
        baseline = store.read(lambda db: baseline_of_appeal(db, made.appeal, SECTION))

        def layer(side: str) -> Watch:
            def read(db: Any) -> Watch:
                number = document_id(db, made.appeal_plan, layer_name(SECTION, side, made.appeal))
                assert number is not None
                return Watch(baseline, side, load(db, number, LAYER))

            return store.read(read)

        both = {key: record for side in SIDES for key, record in layer(side).known.items()}
        return {
            f"python: read one side's layer, {len(both) // 2} proposals, CPU ms": cpu_of(lambda: layer(SIDES[0])),
            "python: compose a section, CPU ms": cpu_of(lambda: compose_records(baseline, both)),
            f"python: where {len(both)} proposals stand, CPU ms": cpu_of(lambda: standing(baseline, both, {})),
        }
    finally:
        store.close()


def cpu_of(work: Callable[[], object]) -> list[float]:
    """CPU time of the calling thread, in ms."""
    found = []
    for _ in range(IN_PYTHON):
        begun = time.thread_time()
        work()
        found.append(1000 * (time.thread_time() - begun))
    return found


def exports(server: Serving, made: Made, runs: int) -> Figures:
    """The whole plan and the working document, as the command line writes them, its start included."""
    found: Figures = {}
    for what, more in (("plan", ()), ("working document", ("--working-document", "now"))):
        for kind in ("docx", "pdf"):
            for _ in range(min(runs, MOST_EXPORTS)):
                begun = time.perf_counter()
                output = str(server.data.parent / f"copy.{kind}")
                done = server.alongside(
                    "export", made.appeal_plan, "--format", kind, *more, "--output", output, seconds=600
                )
                assert done.returncode == 0, done.stderr
                found.setdefault(f"export: {what}, {kind}, s", []).append(time.perf_counter() - begun)
    return found


def markdown(found: Mapping[str, list[float]]) -> str:
    """The figures as a table: median, 95th of 100, and how many there are."""
    lines = [
        f"**A plan of {WORDS:,} words, {PROPOSALS} proposals in two sections, in a browser** (median, 95th of 100)",
        "",
        "| | median | 95 % | n |",
        "|---|---|---|---|",
    ]
    for name, values in sorted(found.items(), key=_beside):
        ordered = sorted(values)
        high = ordered[round(0.95 * (len(ordered) - 1))]
        lines.append(f"| {name} | {statistics.median(values):.1f} | {high:.1f} | {len(values)} |")
    return "\n".join(lines)


def _beside(figure: tuple[str, list[float]]) -> tuple[int, str, str]:
    """Sorts what is compared side by side."""
    part, _, what = figure[0].partition(": ")
    order = ("redline", "open mode", "server", "python", "export")
    return (max(0, order.index(part) - 1), what if part in order[:2] else "", part)


if __name__ == "__main__":
    main()

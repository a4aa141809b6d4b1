"""How cost grows: with sections that are open, with people in one, and with the history of one."""

from __future__ import annotations

from collections.abc import Callable

from server.database import Store
from server.log import document_id
from tests.bench import ours
from tests.bench.peers import Server
from tests.bench.places import Place
from tests.bench.running import figure, generate, running
from tests.bench.workloads import PACE, Result, fresh, resident, room
from tests.histories import Histories

SECTIONS = (1, 10, 100, 1000)
PEOPLE = (2, 10, 50, 200, 500)
HISTORY = (1_000, 10_000, 100_000, 260_000)
LONGEST = 1_000_000
"""Only when asked for: it takes minutes to write."""
_STAY = 100


def sections(server: Server, number: int) -> Result:
    """So many sections open, two people in each, each typing once a second."""
    return room(server, "sections", number, 2, 4, rate=1)


def people(server: Server, number: int) -> Result:
    """So many people in one section, at most 20 of them typing, 3 updates/s."""
    return room(server, "people", 1, number, 4, typers=min(number, 20), rate=3)


def storage(server: Server, number: int = 10_000) -> Result:
    """What so many edits take up in the store."""
    place = server.place
    assert place is not None
    fresh(server, documents=1, people=12)
    document = _written(place, 0)
    before = place.bytes()
    document = _written(place, number)
    store = Store.open(place.settings())
    try:
        payload = store.read(lambda db: ours.payload_bytes(db, document))
    finally:
        store.close()
    return {"log_bytes_per_edit": (place.bytes() - before) / number, "payload_bytes_per_edit": payload / number}


def _written(place: Place, number: int) -> int:
    """The first section, with so many edits put into its log."""
    store = Store.open(place.settings())
    plan_id, section = ours.DOCS.read_text().splitlines()[0].split("/")
    try:
        document = store.read(lambda db: document_id(db, plan_id, section))
        assert document is not None
        Histories(store, document, store.read(lambda db: ours.people_on(db, plan_id))).go_on(number)
    finally:
        store.close()
    return document


def history(server: Server, number: int) -> Result:
    """A section with so many edits, its snapshot built and the server just started: one opens it, then 20 at once."""
    place = server.place
    assert place is not None
    fresh(server, documents=1, people=20)
    document = _written(place, number)
    built = ours.snapshot(place, document)
    store = Store.open(place.settings())
    try:
        snapshot = store.read(lambda db: ours.snapshot_bytes(db, document))
    finally:
        store.close()
    with running(server) as process:
        empty = resident(process.pid)
        one = generate(server, process, "join", run="h", clients=1, min=_STAY, max=120)
        stall = figure("alongside_loop_stall_seconds")
        opened = resident(process.pid)
    with running(server) as process:
        many = generate(server, process, "join", run="h", clients=20, min=_STAY, max=120)
    return {
        "one": one,
        "many": many,
        "stall_ms": stall * 1000,
        "open_mb": opened - empty,
        "snapshot_kb": snapshot / 1024,
        "snapshot_s": built,
    }


GROWTH: dict[str, tuple[Callable[[Server, int], Result], tuple[int, ...]]] = {
    "sections": (sections, SECTIONS),
    "people": (people, PEOPLE),
    "history": (history, HISTORY),
}


def sizes(kind: str, *, longest: bool) -> tuple[int, ...]:
    """The sizes of a curve, fewer of them for a quick look."""
    found = GROWTH[kind][1]
    if PACE.part < 1:
        found = found[:3]
    return (*found, LONGEST) if longest and kind == "history" else found

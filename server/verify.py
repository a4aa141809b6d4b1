"""Checks a whole store: replays every document's log from nothing and compares it with all that was made from it.

It believes only the log: snapshots must say the same, and so must the server that has sections open. It changes
nothing and is safe while a server runs. The command line and tests import it.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from crdt.ledger_bytes import to_bytes
from crdt.replica import ReplicaBroken
from crdt.schema import Schema
from server.acts import STARTING_STAGES
from server.codes import PlanError
from server.database import Store, server_address
from server.history.kept import differs
from server.layers import is_layer, schema_of
from server.log import MODE, UPDATE, Row, rows_after
from server.others import store_key
from server.replay import Content, LogUnsound
from server.settings import Settings
from server.snapshots import unpacked, verified
from server.tables import Document, Plan, Snapshot
from server.verify_appeals import check_appeals

_ANSWER_SECONDS = 30.0

LiveState = Mapping[int, tuple[int, str]]
"""Of every section a server has open: the number of its last entry, and its content hash."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was found about one document, one appeal, or the server."""

    ok: bool
    line: str


def verify(store: Store, settings: Settings, live: LiveState | None = None) -> list[Result]:
    """One result for each document, and one for each appeal.

    ``live`` is asked of the running server, if there is one, unless it is given.
    """
    results: list[Result] = []
    if live is None:
        asked = ask_server(settings) if store.embedded else ask_others(store, settings)
        if isinstance(asked, str):
            results.append(Result(ok=False, line=asked))
            asked = {}
        live = asked
    documents = store.read(
        lambda session: session.exec(
            select(Document.id, Document.plan_id, Document.section).order_by(col(Document.plan_id), col(Document.id))
        ).all()
    )
    for number, plan_id, section in documents:
        if number is not None:
            results.append(_check(store, number, f"{plan_id}/{section}", live.get(number), schema_of(section)))
    return results + [Result(ok=not faults, line=line) for faults, line in check_appeals(store)]


def _check(store: Store, document: int, name: str, live: tuple[int, str] | None, schema: Schema) -> Result:
    try:
        seq, faults = store.read(lambda session: _faults(session, document, live, schema))
    except (PlanError, ReplicaBroken) as trouble:
        return Result(ok=False, line=f"{name}: cannot be replayed: {trouble}")
    except (TypeError, ValueError, KeyError, OverflowError):  # what the database gives is not of the kind it should be
        return Result(ok=False, line=f"{name}: cannot be read: something in its rows is not of the kind it should be")
    if faults:
        return Result(ok=False, line=f"{name}: {'; '.join(faults)}")
    return Result(ok=True, line=f"{name}: the same, {seq} {'entry' if seq == 1 else 'entries'}")


def _faults(session: Session, document: int, live: tuple[int, str] | None, schema: Schema) -> tuple[int, list[str]]:
    faults: list[str] = []
    row = session.get_one(Document, document)
    snapshots = verified(session, document)
    stops = sorted({*snapshots, live[0]} if live else snapshots)
    content = Content(schema)
    stages: list[str] = []
    rows = _noting_stages(rows_after(session, document, 0), stages)
    differing: list[int] = []
    held = ""
    for stop in stops:
        while content.seq < stop and (entry := next(rows, None)) is not None:
            content.take((entry,))
        if live is not None and content.seq == live[0] == stop:
            held = content.hash()
        if stop in snapshots and (content.seq != stop or _differs(session, document, content, schema)):
            differing.append(stop)
    content.take(rows)
    content.hash()
    if content.seq != row.seq:
        faults.append(f"the log ends at entry {content.seq}, the section says {row.seq}")
    plan = None if is_layer(row.section) else session.get(Plan, row.plan_id)
    if plan is not None and stages and stages[-1] != plan.stage:
        faults.append(f"the log says stage {stages[-1]}, the plan says {plan.stage}")
    elif plan is not None and not stages and plan.stage not in STARTING_STAGES:
        faults.append(f"the log has no move to another stage, the plan says {plan.stage}")
    if (kept := differs(session, document)) is not None:
        faults.append(f"what is kept of its history at entry {kept} differs from the log")
    faults += [f"the snapshot at entry {seq} differs from the log" for seq in differing]
    if live is not None and held != live[1]:
        faults.append(f"the running server differs from the log at entry {live[0]}")
    return content.seq, faults


def _noting_stages(rows: Iterator[Row], stages: list[str]) -> Iterator[Row]:
    for row in rows:
        if row.kind not in (UPDATE, MODE) or not isinstance(row.author, str):
            raise LogUnsound(row.seq, "it is not of the kind an entry is")
        if row.kind == MODE:
            said = json.loads(row.payload)
            if not isinstance(said, dict):
                raise LogUnsound(row.seq, "it is not of the kind an entry is")
            if "stage" in said:  # a layer's log tells of modes only
                stages.append(said["stage"])
        yield row


def _differs(session: Session, document: int, replayed: Content, schema: Schema) -> bool:
    """Whether the snapshot at this entry says something else; read one at a time, as they may be large."""
    snapshot = session.get_one(Snapshot, (document, replayed.seq))
    content = unpacked(snapshot, schema)
    return (
        content is None
        or not snapshot.content_hash == replayed.hash() == content.hash()
        or snapshot.ledger != to_bytes(replayed.ledger)
    )


def ask_others(store: Store, settings: Settings) -> LiveState | str:
    """What all server processes on a shared database have open; a sentence when one does not answer, or they differ."""
    if settings.redis_url is None:
        return {}  # nobody can be asked: the log is checked all the same
    from server.bus_redis import RedisError, ask_everybody

    try:
        answers = ask_everybody(settings.redis_url, store.read(store_key), "state", _ANSWER_SECONDS)
    except RedisError:
        return "Redis could not be reached, so no server process could say what it holds"
    if answers is None:
        return "a server process did not say what it holds"
    found: dict[int, tuple[int, str]] = {}
    for answer in answers:
        for row in answer["rooms"]:
            said = (row["seq"], row["hash"])
            known = found.setdefault(row["document"], said)
            if known[0] == said[0] and known[1] != said[1]:
                return f"two server processes hold different words in document {row['document']} at entry {said[0]}"
            found[row["document"]] = max(known, said)
    return found


def ask_server(settings: Settings) -> LiveState | str:
    """What the server of this store has open; empty when none is running; a sentence when it does not answer."""
    address = server_address(settings)
    if address is None:
        return {}
    host = address.get("host", "127.0.0.1")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - where it listens, not where we do
    request = urllib.request.Request(
        f"http://{host}:{address.get('port')}/live/state", headers={"X-Alongside-Word": str(address.get("word"))}
    )
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
            found: list[dict[str, Any]] = json.load(answer)
            return {row["document"]: (row["seq"], row["hash"]) for row in found}
    except (OSError, urllib.error.URLError, ValueError, KeyError):
        return "a server has this store open but did not say what it holds"

"""Edits written straight into a store's log, at times of one's own choosing: a history to look at."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from crdt.blocks import Tree, canonical
from crdt.replica import Replica
from server.database import Store
from server.log import MODE, SYSTEM, UPDATE, Entry, append_within, document_id, head
from server.snapshots import replayed

Change = Callable[[Tree], None]


def wrote(store: Store, plan: str, section: str, who: str, at: datetime, *changes: Change, client: int) -> int:
    """One entry for each change, by this person, from one client of theirs; the number of the last."""

    def write(db: Session) -> int:
        document = document_id(db, plan, section)
        assert document is not None
        for change in changes:
            content = replayed(db, document)
            replica = Replica(client=client)
            replica.apply(content.replica.full_update())
            tree = copy.deepcopy(replica.tree())
            change(tree)
            update = replica.becoming(canonical(tree))
            append_within(db, document, head(db, document), [Entry(UPDATE, update, who)], at)
        return head(db, document)

    return store.write_sync(write)


def moved(store: Store, plan: str, section: str, stage: str, at: datetime) -> int:
    """An entry that says that the plan moved to another stage."""

    def write(db: Session) -> int:
        document = document_id(db, plan, section)
        assert document is not None
        payload = f'{{"stage": "{stage}", "mode": "open"}}'.encode()
        append_within(db, document, head(db, document), [Entry(MODE, payload, SYSTEM)], at)
        return head(db, document)

    return store.write_sync(write)


def replace(old: str, new: str) -> Change:
    """Other words for these, wherever they stand first."""

    def change(tree: Tree) -> None:
        assert _replace(tree, old, new), old

    return change


def _replace(node: Tree, old: str, new: str) -> bool:
    if "text" in node:
        if old in node["text"]:
            node["text"] = node["text"].replace(old, new, 1)
            return True
        return False
    return any(_replace(child, old, new) for child in node["children"])


def drop(words: str) -> Change:
    """Takes out the first paragraph or field with these words."""

    def change(tree: Tree) -> None:
        assert _drop(tree, words), words

    return change


def _drop(node: Tree, words: str) -> bool:
    for place, child in enumerate(node.get("children", ())):
        if child.get("type") in ("paragraph", "heading") and any(
            words in run.get("text", "") for run in child["children"]
        ):
            del node["children"][place]
            return True
        if _drop(child, words):
            return True
    return False


def add(words: str, at: int | None = None) -> Change:
    """A new paragraph at the end, or at this place."""

    def change(tree: Tree) -> None:
        made = {"type": "paragraph", "children": [{"text": words}]}
        tree["children"].insert(len(tree["children"]) if at is None else at, made)

    return change

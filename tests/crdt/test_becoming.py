"""A text made to read as another by a small change: it reads so, the gate takes it, and what was in both stays."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from crdt.blocks import Tree
from crdt.compose import to_update
from crdt.gate import Accepted, Known, check
from crdt.ledger import Ledger
from crdt.replica import Replica
from crdt.schema import SCHEMA
from crdt.sequence import Span, sequence
from tests.strategies import edited, trees


def held(tree: Tree) -> tuple[Replica, Ledger]:
    replica, ledger = Replica(client=77), Ledger()
    seed = to_update(tree, 5)
    verdict = check(seed, ledger, "first")
    if isinstance(verdict, Accepted):
        ledger.record(verdict, "first")
    replica.apply(seed)
    return replica, ledger


@st.composite
def two_texts(draw: st.DrawFn) -> tuple[Tree, Tree]:
    tree = draw(trees())
    other = draw(edited(tree)) if draw(st.booleans()) else draw(trees())
    return tree, held(other)[0].tree()


@settings(max_examples=60)
@given(two_texts())
def test_it_reads_as_wanted_and_the_gate_takes_the_change(texts: tuple[Tree, Tree]) -> None:
    tree, wanted = texts
    replica, ledger = held(tree)
    change = replica.becoming(wanted)
    assert wanted == replica.tree()
    verdict = check(change, ledger, "second")
    assert isinstance(verdict, Accepted | Known), verdict
    other = held(tree)[0]
    other.apply(change)
    assert wanted == other.tree()


def paragraph(*runs: str | dict[str, object]) -> Tree:
    children = [{"text": run} if isinstance(run, str) else run for run in runs]
    return {"type": "doc", "children": [{"type": "paragraph", "children": children}]}


def test_what_was_in_both_keeps_its_ids_and_so_what_somebody_else_types_meanwhile() -> None:
    replica, _ = held(paragraph("He reads slowly and needs time."))
    meanwhile = Replica(client=9)
    meanwhile.apply(replica.full_update())
    typed = meanwhile.becoming(paragraph("He reads slowly and needs much time."))
    replica.becoming(paragraph("He reads and needs time."))
    replica.apply(typed)
    assert paragraph("He reads and needs much time.") == replica.tree()
    (element,) = sequence(replica.full_update(), SCHEMA.root).children
    assert not isinstance(element, Span)
    assert [5, 9, 5] == [one.client for one in element.children if isinstance(one, Span)][-3:]


def test_only_a_mark_changes_where_only_how_it_looks_changed() -> None:
    replica, _ = held(paragraph("He reads well."))
    wanted = paragraph("He ", {"text": "reads", "marks": {"strong": {}}}, " well.")
    change = replica.becoming(wanted)
    assert wanted == replica.tree()
    assert len(change) < 60

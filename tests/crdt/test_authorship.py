"""Who wrote which words: the same as a model that colours every character by hand, whoever writes at once with whom."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from crdt.authorship import Brought, Written, brought, spans_of
from crdt.compose import to_update
from crdt.moves import Moved, shift
from crdt.replica import Replica
from crdt.schema import SCHEMA
from crdt.sequence import Element, Span, both, matches, sequence

WORDS = st.sampled_from(["a", "bc", "é", "😀", "the end", "x" * 30])
WHO = st.integers(0, 2)
ACT = st.tuples(
    WHO, st.sampled_from(["type", "type", "type", "cut", "split", "meet", "mark"]), st.integers(0, 99), WORDS
)


class Writer:
    """Somebody with a copy of the text, who takes up what the others wrote now and then."""

    def __init__(self, client: int) -> None:
        self.doc: Doc = Doc(client_id=client, skip_gc=True)
        self.root = self.doc.get(SCHEMA.root, type=XmlFragment)
        self.read = 0

    def texts(self) -> list[XmlText]:
        return [text for one in self.root.children if isinstance(one, XmlElement) for text in one.children]

    def act(self, what: str, at: int, words: str) -> bytes:
        got: list[bytes] = []
        watching = self.doc.observe(lambda event: got.append(event.update))
        texts = self.texts()
        if what == "split" or not texts:
            made = XmlElement("paragraph")
            with self.doc.transaction():
                self.root.children.insert(at % (len(list(self.root.children)) + 1), made)
                made.children.append(XmlText(words))
        else:
            text = texts[at % len(texts)]
            held = str("".join(piece for piece, _ in text.diff()))
            place = at % (len(held) + 1)
            start = len(held[:place].encode())
            if what == "type":
                text.insert(start, words)
            elif what == "cut" and held[place:]:
                del text[start : start + len(held[place : place + 2].encode())]
            elif what == "mark" and held[place:]:
                text.format(start, start + len(held[place : place + 3].encode()), {"strong": {}})
        self.doc.unobserve(watching)
        return got[0] if got else b"\0\0"


def played(
    acts: list[tuple[int, str, int, str]],
) -> tuple[Replica, list[tuple[int, bytes]], dict[tuple[int, int], int]]:
    """A log written by three people who see each other's words now and then, and who brought which id, by hand."""
    writers = [Writer(client) for client in (7, 5, 9)]
    log: list[tuple[int, bytes]] = []
    by_hand: dict[tuple[int, int], int] = {}
    for who, what, at, words in acts:
        writer = writers[who]
        if what == "meet":
            for _, update in log[writer.read :]:
                writer.doc.apply_update(update)
            writer.read = len(log)
            continue
        update = writer.act(what, at, words)
        if update == b"\0\0":
            continue
        log.append((who, update))
        for client, start, end in brought(update):
            for clock in range(start, end):
                by_hand[client, clock] = len(log)
    replica = Replica()
    replica.apply_many(update for _, update in log)
    return replica, log, by_hand


def every(element: Element) -> list[Span]:
    return [one for child in element.children for one in ([child] if isinstance(child, Span) else every(child))]


@settings(max_examples=60)
@given(st.lists(ACT, max_size=40))
def test_the_order_of_ids_is_the_engines_own_and_every_character_is_known(
    acts: list[tuple[int, str, int, str]],
) -> None:
    replica, log, by_hand = played(acts)
    order, ever = both(replica.full_update(), SCHEMA.root)
    assert matches(order, replica.tree())
    moved = Moved((one for _, update in log if (one := shift(update)) is not None), ever)
    index = Brought()
    for seq, (_, update) in enumerate(log, 1):
        index.add(seq, update)
    for span in every(order):
        units = len(span.text.encode("utf-16-le")) // 2
        expected = [by_hand[span.client, span.clock + at] for at in range(units)]
        found = [one.seq for one in index.written([span]) for _ in range(len(one.text.encode("utf-16-le")) // 2)]
        assert expected == found
        told = index.written([span], moved)
        assert span.text == "".join(one.text for one in told)
        assert expected == [one.seq for one in told for _ in range(len(one.text.encode("utf-16-le")) // 2)]
        assert all(one.first < one.seq for one in told)
        assert all(log[seq - 1][0] == [7, 5, 9].index(span.client) for seq in found)


def paragraphs(*texts: str) -> bytes:
    children = [{"type": "paragraph", "children": [{"text": text}]} for text in texts]
    return to_update({"type": "doc", "children": children}, 3)


def test_words_typed_into_somebody_elses_sentence_are_told_apart() -> None:
    replica, index = Replica(), Brought()
    first = paragraphs("He reads well.")
    replica.apply(first)
    index.add(1, first)
    other = Writer(8)
    other.doc.apply_update(first)
    added = other.act("type", 9, "very ")
    replica.apply(added)
    index.add(2, added)
    order = sequence(replica.full_update(), SCHEMA.root)
    (paragraph,) = order.children
    assert isinstance(paragraph, Element)
    assert [Written("He reads ", 1), Written("very ", 2), Written("well.", 1)] == index.written(spans_of(paragraph))


def test_words_sent_again_stay_with_the_entry_that_brought_them_first() -> None:
    index = Brought()
    index.add(1, paragraphs("One"))
    index.add(2, paragraphs("One"))
    assert 1 == index.entry(3, 0)
    assert 0 == index.entry(4, 0)


def test_words_that_an_entry_moves_are_its_own_with_those_who_wrote_them_told_beside() -> None:
    replica, index = Replica(client=8), Brought()
    first = paragraphs("He reads well 😀. He needs a quiet place to work.")
    replica.apply(first)
    index.add(1, first)
    parted = {"type": "doc", "children": [paragraph("He reads well 😀."), paragraph("He needs a quiet place to work.")]}
    split = replica.becoming(parted)
    replica.apply(split)
    index.add(2, split)
    moves = [one for one in (shift(first), shift(split)) if one is not None]
    assert 1 == len(moves)
    order, ever = both(replica.full_update(), SCHEMA.root)
    moved = Moved(moves, ever)
    told = [index.written(spans_of(one), moved) for one in order.children if isinstance(one, Element)]
    assert [Written("He reads well 😀.", 1)] == told[0]
    assert "He needs a quiet place to work." == "".join(one.text for one in told[1])
    assert [(2, 1)] == [(one.seq, one.first) for one in told[1] if len(one.text) > 1]


def paragraph(text: str) -> dict[str, object]:
    return {"type": "paragraph", "children": [{"text": text}]}


def test_a_few_words_that_are_the_same_by_chance_were_not_moved() -> None:
    replica = Replica(client=8)
    replica.apply(paragraphs("He may read.", "He writes."))
    change = replica.becoming({"type": "doc", "children": [paragraph("He read."), paragraph("He may writes.")]})
    assert shift(change) is None

"""What the gate lets into a layer of proposals, and what it refuses there that prose may do."""

from __future__ import annotations

import pytest

from crdt import gate
from crdt.gate import Accepted, Known, Refused, check, harmless_when_read_only
from crdt.ledger import Ledger
from crdt.ledger_bytes import from_bytes, to_bytes
from crdt.limits import DEFAULT_LIMITS
from crdt.schema import LAYER, SCHEMA
from crdt.structs import ANY, DELETED, FORMAT, GC, STRING, TYPE, UNDEFINED, XML_ELEMENT, XML_TEXT, Struct, Update, make
from crdt.update import encode
from crdt.wire import Malformed

ANN = "a" * 32
BEN = "b" * 32
A = 7
B = 9
TEXT, ID, BLOCK, RANK, WORDS, PART, WORDING, LETTERS, END = 0, 1, 2, 3, 4, 5, 6, 7, 11
FIRST = [
    make(TEXT, TYPE, (XML_ELEMENT, "text"), parent="proposals"),
    make(ID, ANY, ("r1",), parent=(A, TEXT), key="id"),
    make(BLOCK, ANY, ("provspeech.what",), parent=(A, TEXT), key="block"),
    make(RANK, ANY, ("V",), parent=(A, TEXT), key="rank"),
    make(WORDS, TYPE, (XML_ELEMENT, "words"), parent=(A, TEXT)),
    make(PART, ANY, ("wording",), parent=(A, WORDS), key="part"),
    make(WORDING, TYPE, (XML_TEXT, None), parent=(A, WORDS)),
    make(LETTERS, STRING, "a😀b", parent=(A, WORDING)),
]


def sent(*structs: Struct, client: int = A, deletes: dict[int, list[tuple[int, int]]] | None = None) -> bytes:
    return encode(Update({client: list(structs)} if structs else {}, deletes or {}))


def started() -> Ledger:
    ledger = Ledger(LAYER)
    taken(ledger, sent(*FIRST), ANN)
    return ledger


def taken(ledger: Ledger, update: bytes, owner: str) -> Accepted:
    verdict = check(update, ledger, owner)
    assert isinstance(verdict, Accepted), verdict
    ledger.record(verdict, owner)
    return verdict


def refused(update: bytes, ledger: Ledger | None = None, owner: str = ANN) -> str:
    verdict = check(update, ledger or started(), owner)
    assert isinstance(verdict, Refused), verdict
    return f"{verdict.code}: {verdict.detail}"


@pytest.mark.parametrize(
    "struct",
    [
        make(END, TYPE, (XML_ELEMENT, "new"), origin=(A, TEXT)),
        make(END, TYPE, (XML_ELEMENT, "rm"), right=(A, TEXT)),
        make(END, TYPE, (XML_ELEMENT, "words"), origin=(A, WORDS)),
        make(END, TYPE, (XML_TEXT, None), origin=(A, WORDING)),
        make(END, STRING, "x", origin=(A, END - 1)),
        make(END, STRING, "\n", parent=(A, WORDING)),
        make(END, ANY, ("12",), parent=(A, TEXT), key="from"),
        make(END, ANY, ("family:r1",), parent=(A, TEXT), key="counters"),
        make(END, ANY, ("Va",), origin=(A, RANK)),
        make(END, ANY, ("K", "L"), length=2, origin=(A, RANK)),
        make(END, DELETED, None, length=2, origin=(A, RANK)),
        make(END, DELETED, None, length=1, origin=(A, TEXT)),
        Struct(END, 5, GC, None, None, None, None, None),
    ],
)
def test_what_a_layer_has_a_place_for_is_accepted(struct: Struct) -> None:
    taken(started(), sent(struct), ANN)


@pytest.mark.parametrize(
    "struct",
    [
        make(END, TYPE, (XML_ELEMENT, "paragraph"), parent="proposals"),
        make(END, TYPE, (XML_ELEMENT, "words"), parent="proposals"),
        make(END, TYPE, (XML_ELEMENT, "text"), parent=(A, TEXT)),
        make(END, TYPE, (XML_ELEMENT, "words"), parent=(A, WORDS)),
        make(END, TYPE, (XML_TEXT, None), parent="proposals"),
        make(END, TYPE, (XML_TEXT, None), parent=(A, TEXT)),
        make(END, TYPE, (XML_ELEMENT, "text"), parent="prosemirror"),
        make(END, TYPE, (XML_ELEMENT, "paragraph"), parent="prosemirror"),
        make(END, STRING, "x", parent=(A, TEXT)),
        make(END, STRING, "x", origin=(A, LETTERS + 1)),
        make(END, FORMAT, ("strong", "{}"), origin=(A, LETTERS)),
        make(END, FORMAT, ("strong", "null"), origin=(A, LETTERS)),
        make(END, FORMAT, ("", "null"), origin=(A, LETTERS)),
        make(END, ANY, ("x",), parent=(A, TEXT), key="style"),
        make(END, ANY, ("1",), parent=(A, TEXT), key="on"),
        make(END, ANY, ("012",), parent=(A, TEXT), key="from"),
        make(END, ANY, ("123456789",), parent=(A, TEXT), key="to"),
        make(END, ANY, ("-1",), parent=(A, TEXT), key="at"),
        make(END, ANY, ("٣",), parent=(A, TEXT), key="at"),
        make(END, ANY, (3,), parent=(A, TEXT), key="from"),
        make(END, ANY, (None,), parent=(A, TEXT), key="group"),
        make(END, ANY, (UNDEFINED,), parent=(A, TEXT), key="group"),
        make(END, ANY, (True,), parent=(A, TEXT), key="group"),
        make(END, ANY, ("observer:r1",), parent=(A, TEXT), key="counters"),
        make(END, ANY, ("AB" * 32,), parent=(A, TEXT), key="counters_hash"),
        make(END, ANY, ("é",), origin=(A, RANK)),
        make(END, ANY, ("V" * 401,), origin=(A, RANK)),
    ],
)
def test_what_a_layer_has_no_place_for_is_malformed(struct: Struct) -> None:
    assert refused(sent(struct)).startswith("malformed")


@pytest.mark.parametrize(
    "struct",
    [
        make(END, ANY, ("r2",), origin=(A, ID)),
        make(END, ANY, ("r1",), origin=(A, ID)),
        make(END, ANY, ("other",), origin=(A, BLOCK)),
        make(END, ANY, ("w1",), origin=(A, PART)),
        make(END, DELETED, None, length=1, origin=(A, BLOCK)),
    ],
)
def test_what_a_record_is_about_stays_as_it_was_set(struct: Struct) -> None:
    assert refused(sent(struct)) == "malformed: an attribute that stays as it was set"


@pytest.mark.parametrize(("key", "at", "value"), [("id", TEXT, "r1"), ("block", TEXT, "other"), ("part", WORDS, "w1")])
def test_nobody_else_sets_what_stays(key: str, at: int, value: str) -> None:
    update = sent(make(0, ANY, (value,), parent=(A, at), key=key), client=B)
    assert refused(update, owner=BEN) == "malformed: an attribute that stays as it was set"
    assert refused(sent(make(END, ANY, (value,), parent=(A, at), key=key))).endswith("for the first time again")


def test_what_stays_is_set_once_with_one_value_that_fits() -> None:
    element = make(END, TYPE, (XML_ELEMENT, "new"), origin=(A, TEXT))

    def held(*values: str, key: str = "kind") -> bytes:
        return sent(element, make(END + 1, ANY, values, length=len(values), parent=(A, END), key=key))

    taken(started(), held("tr"), ANN)
    taken(started(), held("family:r1", key="after"), ANN)
    taken(started(), held("^", key="after"), ANN)
    for update in (
        held("table"),
        held("p", "tr"),
        held("^^", key="after"),
        held("observer:r1", key="after"),
        held("R1", key="id"),
        held("x" * 65, key="id"),
        sent(element, make(END + 1, DELETED, None, length=1, parent=(A, END), key="kind")),
        sent(
            element,
            make(END + 1, ANY, ("tr",), parent=(A, END), key="kind"),
            make(END + 2, ANY, ("p",), origin=(A, END + 1)),
        ),
        sent(
            element,
            make(END + 1, ANY, ("tr",), parent=(A, END), key="kind"),
            make(END + 2, ANY, ("p",), parent=(A, END), key="kind"),
        ),
    ):
        assert refused(update).startswith("malformed")


@pytest.mark.parametrize("clock", [TEXT, ID, BLOCK, WORDS, PART, WORDING])
def test_no_record_no_wording_and_nothing_that_stays_is_deleted(clock: int) -> None:
    for owner in (ANN, BEN):
        assert refused(sent(deletes={A: [(clock, 1)]}), owner=owner) == "malformed: deletes what stays"


@pytest.mark.parametrize("reach", [(0, END), (RANK, 2), (PART, 3), (WORDING, 2)])
def test_a_wide_deletion_may_not_cover_what_stays(reach: tuple[int, int]) -> None:
    assert refused(sent(deletes={A: [reach]})) == "malformed: deletes what stays"
    alone = sent(*FIRST, deletes={A: [reach]})
    assert refused(alone, Ledger(LAYER)) == "malformed: deletes what stays"
    typed = sent(make(END, STRING, "x", origin=(A, END - 1)), deletes={A: [reach]})
    assert refused(typed) == "malformed: deletes what stays"


def test_a_deletion_that_spans_known_and_new_is_judged_in_both_parts() -> None:
    ledger = started()
    record = make(END, TYPE, (XML_ELEMENT, "rm"), origin=(A, TEXT))
    assert refused(sent(record, deletes={A: [(LETTERS, 5)]}), ledger) == "malformed: deletes what stays"
    typed = make(END, STRING, "xy", origin=(A, END - 1))
    taken(ledger, sent(typed, deletes={A: [(LETTERS, 6)]}), ANN)


def test_words_and_values_that_do_not_stay_may_be_deleted_by_anybody() -> None:
    taken(started(), sent(deletes={A: [(LETTERS, 4)]}), BEN)
    taken(started(), sent(deletes={A: [(RANK, 1), (LETTERS + 1, 2)]}), BEN)


def test_what_its_author_deleted_before_anybody_saw_it_may_be_repeated_as_deleted() -> None:
    ledger = started()
    gone = make(END, DELETED, None, length=1, origin=(A, TEXT))
    taken(ledger, sent(gone, deletes={A: [(LETTERS, 1), (END, 1)]}), ANN)
    assert Known() == check(sent(gone, deletes={A: [(LETTERS, 1), (END, 1)]}), ledger, BEN)
    taken(ledger, sent(deletes={A: [(END - 1, 2)]}), BEN)


def test_two_colleagues_set_one_value_at_once() -> None:
    ledger = started()
    taken(ledger, sent(make(END, ANY, ("K",), origin=(A, RANK)), deletes={A: [(RANK, 1)]}), ANN)
    taken(ledger, sent(make(0, ANY, ("L",), origin=(A, RANK)), client=B, deletes={A: [(RANK, 1)]}), BEN)
    taken(ledger, sent(make(END + 1, ANY, ("g",), parent=(A, TEXT), key="group")), ANN)
    taken(ledger, sent(make(1, ANY, ("h",), parent=(A, TEXT), key="group"), client=B), BEN)


def test_taking_a_value_back_and_giving_it_again() -> None:
    ledger = started()
    taken(ledger, sent(deletes={A: [(RANK, 1)]}), ANN)
    taken(ledger, sent(make(END, ANY, ("V",), origin=(A, RANK))), ANN)


def test_typing_into_a_wording_takes_the_short_path() -> None:
    ledger = started()
    typing = sent(make(END, STRING, "x", origin=(A, LETTERS), right=(A, LETTERS + 1)))
    assert gate._typing(typing, ledger, ANN, DEFAULT_LIMITS) is None  # beside a pair the whole rule decides
    plain = Ledger(LAYER)
    taken(plain, sent(*FIRST[:-1], make(LETTERS, STRING, "ab", parent=(A, WORDING))), ANN)
    for struct in (
        make(LETTERS + 2, STRING, "é", origin=(A, LETTERS + 1)),
        make(LETTERS + 2, STRING, "x", origin=(A, LETTERS), right=(A, LETTERS + 1)),
    ):
        assert gate._typing(sent(struct), plain, ANN, DEFAULT_LIMITS) is not None
    beside_a_record = sent(make(LETTERS + 2, STRING, "x", origin=(A, WORDS)))
    assert gate._typing(beside_a_record, plain, ANN, DEFAULT_LIMITS) is None


def test_a_reader_changes_no_layer() -> None:
    ledger = started()
    assert harmless_when_read_only(sent(*FIRST), ledger)
    for clock in (TEXT, ID, RANK, WORDS, WORDING, LETTERS):
        assert not harmless_when_read_only(sent(deletes={A: [(clock, 1)]}), ledger)


def test_the_bytes_of_a_ledger_say_which_schema_they_follow() -> None:
    ledger = started()
    data = to_bytes(ledger)
    again = from_bytes(data, LAYER)
    assert isinstance(again, Ledger)
    assert again.schema is LAYER
    assert data == to_bytes(again) == to_bytes(ledger.copy())
    assert refused(sent(deletes={A: [(TEXT, 1)]}), again) == "malformed: deletes what stays"
    assert isinstance(from_bytes(data), Malformed)
    assert isinstance(from_bytes(to_bytes(Ledger()), LAYER), Malformed)
    assert isinstance(from_bytes(data.replace(b"proposals", b"proposald"), LAYER), Malformed)
    assert to_bytes(Ledger())[0] == 1
    for at in range(len(data)):
        assert isinstance(from_bytes(data[:at], LAYER), Malformed)


def test_prose_may_still_delete_what_it_holds() -> None:
    assert not SCHEMA.keeps
    ledger = Ledger()
    taken(ledger, sent(make(0, TYPE, (XML_ELEMENT, "paragraph"), parent="prosemirror")), ANN)
    taken(ledger, sent(deletes={A: [(0, 1)]}), BEN)

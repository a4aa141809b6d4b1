"""Bursts of writing, and changes in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sections.history import Burst, Changed, Line, Moved, Story, change_words, first_of, last_of, since_words, words_in

START = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)


def story(*lines: tuple[str, float], alone: frozenset[str] = frozenset()) -> list[tuple[int, int, str]]:
    """Bursts as (first, last, authors) of entries given as (author, seconds); '>drafting' is a move."""
    told = Story(alone)
    for seq, (who, seconds) in enumerate(lines, 1):
        at = START + timedelta(seconds=seconds)
        told.take([Line(seq, "system", at, who[1:]) if who.startswith(">") else Line(seq, who, at)])
    return [
        (one.first, one.last, "".join(sorted(one.authors))) if isinstance(one, Burst) else (one.seq, one.seq, one.stage)
        for one in told.events
    ]


def test_a_pause_or_another_person_begins_a_new_burst() -> None:
    assert [(1, 2, "a"), (3, 3, "a"), (4, 4, "b")] == story(("a", 0), ("a", 299), ("a", 700), ("b", 760))


def test_a_move_of_the_plan_stands_between_bursts() -> None:
    assert [(1, 1, "a"), (2, 2, "drafting"), (3, 3, "a")] == story(("a", 0), (">drafting", 1), ("a", 2))


def test_people_who_write_in_turns_of_seconds_are_told_together_and_nobody_else_is() -> None:
    turns = [("a", 0), ("b", 2), ("a", 3), ("b", 5), ("c", 8), ("a", 11)]
    assert [(1, 6, "abc")] == story(*turns)
    long = [("a", second) for second in range(0, 100, 10)]
    assert [(1, 10, "a"), (11, 11, "b"), (12, 12, "a")] == story(*long, ("b", 92), ("a", 93))
    assert [(1, 1, "a"), (2, 2, "b"), (3, 3, "a")] == story(("a", 0), ("b", 60), ("a", 120))
    assert [(1, 1, "a"), (2, 2, "system"), (3, 3, "a")] == story(
        ("a", 0), ("system", 1), ("a", 2), alone=frozenset({"system"})
    )


def lines(steps: list[tuple[str, int]]) -> list[Line]:
    at, found = START, []
    for seq, (who, seconds) in enumerate(steps, 1):
        at += timedelta(seconds=seconds)  # clocks may step back
        found.append(Line(seq, "system", at, "final") if who == ">final" else Line(seq, who, at))
    return found


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", ">final"]), st.sampled_from([-5, 1, 2, 29, 31, 301]))),
    st.integers(0, 100),
)
def test_a_story_that_goes_on_from_another_tells_the_same_as_one_told_whole(
    steps: list[tuple[str, int]], part: int
) -> None:
    all_lines = lines(steps)
    whole, begun = Story(), Story()
    whole.take(all_lines)
    begun.take(all_lines[:part])
    rest = Story(events=begun.events, seq=begun.seq)
    rest.take(all_lines[part:])
    assert (whole.events, whole.seq, whole.authors) == (rest.events, rest.seq, rest.authors)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", ">final"]), st.integers(-5, 400)), max_size=60))
def test_every_entry_is_in_exactly_one_event_in_order(steps: list[tuple[str, int]]) -> None:
    told, at = Story(), START
    for seq, (who, seconds) in enumerate(steps, 1):
        at += timedelta(seconds=seconds)  # clocks may step back
        told.take([Line(seq, "system", at, "final") if who == ">final" else Line(seq, who, at)])
    covered = [seq for one in told.events for seq in range(first_of(one), last_of(one) + 1)]
    assert list(range(1, len(steps) + 1)) == covered
    for one in told.events:
        if isinstance(one, Burst):
            assert one.last - one.first + 1 == sum(one.authors.values())
            assert one.begun <= one.ended or len(one.authors) >= 1
        else:
            assert isinstance(one, Moved)
    for seq in range(1, len(steps) + 1):
        found = told.events[told.at(seq)]
        assert first_of(found) <= seq <= last_of(found)


def test_words_are_counted_and_marks_are_not() -> None:
    assert 5 == words_in("He doesn’t read – well, yet.")
    assert 0 == words_in(" , . – ")


def test_what_changed_is_said_in_plain_words() -> None:
    changes = [Changed("B2", 3, 1), Changed("B4", 5), Changed("B5", 0, 2)]
    assert "3 words added, 1 removed in B2; 5 added in B4; 2 removed in B5" == change_words(changes)
    assert "1 word removed" == change_words([Changed("", 0, 1)])
    assert "1 word added in B1; 2 added outside the numbered parts" == change_words([Changed("B1", 1), Changed("", 2)])
    assert "no words, but punctuation, links, order or how words look in B1" == change_words(
        [Changed("B1", other=True)]
    )
    assert change_words([Changed(f"B{n}", 1) for n in range(1, 6)]).endswith("; more in B4 and B5")


def test_somebody_who_comes_back_is_told_since_when_by_whom_and_how_much() -> None:
    said = since_words(date(2026, 11, 20), ["Dev Pellow"], [Changed("B2", 3, 1)])
    assert "Changed since you last looked, on 20 November 2026, by Dev Pellow: 3 words added, 1 removed in B2." == said
    assert since_words(date(2026, 11, 20), [], None) == "Changed since you last looked, on 20 November 2026."
    assert since_words(date(2026, 11, 20), ["A"], []).endswith("by A, and changed back again.")

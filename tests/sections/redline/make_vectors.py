"""Writes the vectors both engines are held to: ``python -m tests.sections.redline.make_vectors``.

What is expected is what the Python engine says, so read the change in the files before keeping it: the tests compare
these files with both engines.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from sections.redline.baseline import Baseline, to_value
from sections.redline.compose import Shown, compose_records, texts, value_of
from sections.redline.decompose import Hand, changes, decompose
from sections.redline.edit import Act, edit
from sections.redline.records import records
from sections.redline.records import to_value as record_value
from sections.redline.register import Status
from sections.redline.views import view
from sections.redline.worddiff import word_diff
from tests.sections.redline.making import (
    VECTORS,
    WORDS,
    baselines,
    chained_layers,
    honest_layers,
    hostile_layers,
    minting,
    revived,
)
from tests.sections.redline.named_acts import named_acts

COMPOSED = {"honest": (honest_layers, 160), "hostile": (hostile_layers, 160), "chained": (chained_layers, 80)}
OPEN_OR_AGREED: tuple[Status, ...] = ("proposed", "countered", "agreed", "agreed", "not agreed")


def composed(baseline: Baseline, layers: Any) -> dict[str, Any]:
    """What reading and composing layers must give."""
    known = records(baseline, revived(layers))
    found = {key: {**record_value(record), "live": record.live} for key, record in known.items()}
    return {"records": found, "shown": value_of(compose_records(baseline, known))}


def acted(baseline: Baseline, layers: Any, act: dict[str, Any]) -> dict[str, Any]:
    """What an act must give: runs, caret, offers, and the records it is written as."""
    known = records(baseline, layers)
    shown = next(block for block in texts(compose_records(baseline, known)) if block.id == act["block"])
    mint = minting()
    doing = Act(act["me"], mint, frozenset(act["apart"]), act.get("owner", ""), act["towards"])
    edited = edit(shown.runs or (), act["from"], act["to"], act["text"], doing)
    hand = Hand(act["me"], act["block"], known, mint)
    wrote = {} if doing.owner else decompose(edited.runs, hand)
    return {
        "runs": value_of((Shown("", "", {}, runs=edited.runs),))[0]["runs"],
        "caret": edited.caret,
        "offers": list(edited.offers),
        "records": {key: record_value(record) for key, record in wrote.items()},
    }


def session(seed: int, baseline: Baseline) -> dict[str, Any]:
    """Acts of two sides one after another, as at a keyboard, and the layers and the display they leave."""
    random = Random(f"session {seed}")
    layers: dict[str, dict[str, Any]] = {"authority": {}, "family": {}}
    mint = minting()
    acts = []
    for _ in range(40):
        act = random_act(random, baseline, layers)
        if random.random() < 0.5:
            act["text"] = ""
        acts.append(act)
        replay(baseline, layers, act, mint)
    shown = value_of(compose_records(baseline, records(baseline, layers)))
    return {"name": f"session {seed}", "acts": acts, "layers": layers, "shown": shown}


def replay(baseline: Baseline, layers: dict[str, dict[str, Any]], act: dict[str, Any], mint: Callable[[], str]) -> None:
    """Does one act and writes it into the layer of the side that did it."""
    known = records(baseline, layers)
    shown = next(block for block in texts(compose_records(baseline, known)) if block.id == act["block"])
    doing = Act(act["me"], mint, frozenset(act["apart"]), towards=act["towards"])
    edited = edit(shown.runs or (), act["from"], act["to"], act["text"], doing)
    hand = Hand(act["me"], act["block"], known, mint)
    mine = {key: record for key, record in known.items() if record.side == act["me"]}
    for record in changes(mine, decompose(edited.runs, hand), hand):
        layers[act["me"]][record.id] = record_value(record)


def disputed(baseline: Baseline, layers: Any, standing: dict[str, Status]) -> list[dict[str, Any]]:
    """What the view of everything still open must show."""
    return value_of(view(baseline, records(baseline, layers), standing, "disputed", "family"))


def opened(seed: int, place: int, baseline: Baseline) -> dict[str, Any]:
    """Proposals of which some are agreed, and what is shown of them as still open."""
    random = Random(f"view {seed}")
    layers = honest_layers(random, baseline, random.randint(1, 6))
    standing = {key: random.choice(OPEN_OR_AGREED) for key in records(baseline, layers)}
    shown = disputed(baseline, layers, standing)
    return {"name": f"view {seed}", "baseline": place, "layers": layers, "standing": standing, "shown": shown}


def worded_pair(random: Random) -> dict[str, Any]:
    """Two wordings that share some words, and what is between them."""
    old = [random.choice(WORDS) for _ in range(random.randint(0, 9))]
    new = [random.choice([word, word, random.choice(WORDS), ""]) for word in old] + random.choices(WORDS, k=2)
    one, other = random.choice(["", " "]).join(old), " ".join(new)
    pieces = [{"kind": piece.kind, "text": piece.text} for piece in word_diff(one, other)]
    return {"old": one, "new": other, "pieces": pieces}


def random_act(random: Random, baseline: Baseline, layers: Any) -> dict[str, Any]:
    shown = random.choice(list(texts(compose_records(baseline, records(baseline, layers)))))
    long = sum(len(run.text.encode("utf-16-le")) // 2 for run in shown.runs or ())
    start, end = random.randint(0, long), random.randint(0, long)
    me = random.choice(["authority", "family"])
    mine = [key for key in records(baseline, layers) if key.startswith(me)]
    act = {
        "me": me,
        "block": shown.id,
        "from": start,
        "to": random.choice([start, end, min(long, start + 1)]),
        "text": random.choice(["", *WORDS, "e\u0301", "a\r\nb\x07"]),
        "towards": random.choice(["start", "end"]),
        "apart": [key for key in mine if random.random() < 0.1],
    }
    return act | ({"owner": shown.key} if shown.key else {})


def main() -> None:
    frozen = baselines()
    values = [to_value(baseline) for baseline in frozen]
    for kind, maker, many in (
        ("honest", honest_layers, 160),
        ("hostile", hostile_layers, 160),
        ("chained", chained_layers, 80),
    ):
        vectors = []
        for seed in range(many):
            random = Random(f"{kind} {seed}")
            place = 1 if kind == "chained" else seed % len(frozen)
            layers = maker(random, frozen[place], random.randint(1, 9))
            title = f"{kind} {seed}"
            vectors.append({"name": title, "baseline": place, "layers": layers, **composed(frozen[place], layers)})
        write(f"compose_{kind}.json", values, vectors)
    acts = []
    for seed in range(260):
        random = Random(f"act {seed}")
        place = seed % len(frozen)
        layers = honest_layers(random, frozen[place], random.randint(1, 8))
        act = random_act(random, frozen[place], layers)
        expected = acted(frozen[place], layers, act)
        acts.append({"name": f"act {seed}", "baseline": place, "layers": layers, "act": act, "expected": expected})
    write("edit_random.json", values, acts)
    named = [
        {"name": name, "baseline": 0, "layers": layers, "act": act, "expected": acted(frozen[0], layers, act)}
        for name, layers, act in named_acts(frozen[0])
    ]
    write("edit_named.json", values[:1], named)
    write("sessions.json", values[:1], [session(seed, frozen[0]) for seed in range(15)])
    write("views.json", values, [opened(seed, seed % len(frozen), frozen[seed % len(frozen)]) for seed in range(40)])
    write("words.json", [], [worded_pair(Random(f"words {seed}")) for seed in range(80)])


def write(name: str, values: list[Any], vectors: list[Any]) -> None:
    """One vector a line, so that a change can be read."""
    lines = ",\n".join(json.dumps(vector, separators=(",", ":")) for vector in vectors)
    first = json.dumps(values, separators=(",", ":"))
    (VECTORS / name).write_text(f'{{"baselines":{first},\n"vectors":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()

"""Shared by the redline tests: small baselines, random layers (honest and hostile), and reading the vectors.

Random only from a given seed, so that vectors and failures can be made again.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import tests.strategies  # noqa: F401  # the one Hypothesis profile
from sections.redline.baseline import Baseline, freeze
from sections.redline.records import KINDS, parts

VECTORS = Path(__file__).parents[2] / "redline_vectors"
SPELT = {"@@NaN": math.nan, "@@Infinity": math.inf, "@@-Infinity": -math.inf}
WORDS = ["may", "will", "😀", "once a week", "é", "👩‍👧", "\n", "where possible ", "x", " ", "1:1", "中文", "one\ntwo"]
RANKS = ["K", "V", "V1", "Vz", "f", "U0", "", "V\u00e9", 0.5, None]
HASH = "ab" * 32


def text(*runs: str | dict[str, Any]) -> list[dict[str, Any]]:
    return [{"text": run} if isinstance(run, str) else run for run in runs]


def paragraph(*runs: str | dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "children": text(*runs)}


def entry(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list_item", "children": list(blocks)}


def cell(words: str, name: str = "table_cell") -> dict[str, Any]:
    return {"type": name, "attrs": {"colspan": "1", "rowspan": "1"}, "children": [paragraph(words)]}


def provision(item_id: str, title: str, **fields: str) -> dict[str, Any]:
    return {
        "type": "provision",
        "attrs": {"id": item_id},
        "children": [
            {"type": "title", "children": text(title)},
            *({"type": "field", "attrs": {"name": name}, "children": text(words)} for name, words in fields.items()),
            paragraph("Evidence: page 7."),
            {"type": "ref", "attrs": {"to": "needlisten"}, "children": []},
        ],
    }


def tree(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "children": list(blocks)}


PLAIN = tree(paragraph("A will have speech therapy once a week."), paragraph("😀 smiles 👩‍👧 中文 😀"))
RICH = tree(
    {"type": "heading", "attrs": {"level": "3"}, "children": text("Communication")},
    paragraph("He may ", {"text": "join", "marks": {"strong": {}}}, " in."),
    {
        "type": "bullet_list",
        "children": [entry(paragraph("First.")), entry(paragraph("Second 😀."), paragraph("More."))],
    },
    provision("provspeech", "Therapy", what="Direct therapy each week.", who="A therapist"),
    {
        "type": "table",
        "children": [
            {"type": "table_row", "children": [cell("Letter", "table_header"), cell("Author", "table_header")]},
            {"type": "table_row", "children": [cell("(a)"), cell("The parents")]},
        ],
    },
    paragraph(),
)
TREES = (PLAIN, RICH)


def baselines() -> tuple[Baseline, ...]:
    return tuple(freeze(example, "F", 1) for example in TREES)


def minting() -> Callable[[], str]:
    count = itertools.count(1)
    return lambda: f"n{next(count)}"


def honest_layers(random: Random, baseline: Baseline, many: int) -> dict[str, dict[str, Any]]:
    """Records as an editor might make them, of every kind, overlapping, answering and following one another."""
    layers: dict[str, dict[str, Any]] = {"authority": {}, "family": {}}
    keys: list[str] = []
    for count in range(many):
        side = random.choice(["authority", "family"])
        record = _honest(random, baseline, keys)
        if keys and random.random() < 0.3:
            record["counters"] = {"key": random.choice(keys), "hash": HASH}
        if random.random() < 0.1:
            record["group"] = f"g{count % 3}"
        layers[side][f"r{count}"] = record
        keys.append(f"{side}:r{count}")
    return layers


def _honest(random: Random, baseline: Baseline, keys: list[str]) -> dict[str, Any]:
    kind = random.choice(["text", "text", "text", "new", "rm"])
    rank = random.choice(["K", "V", "V1", "Vz", "f"]) + random.choice(["", "a", "q7"])
    if kind == "text":
        block = random.choice(list(baseline.texts()))
        long = baseline.places[block.id].units.length
        start, end = sorted((random.randint(0, long), random.randint(0, long)))
        end = random.choice([start, end, end])
        at = random.choice([start, end, random.randint(start, end)])
        wording = random.choice(["", *WORDS])
        return {"type": "text", "block": block.id, "from": start, "to": end, "at": at, "rank": rank, "wording": wording}
    if kind == "new":
        new = random.choice(sorted(KINDS))
        words = {part: random.choice(WORDS) for part in parts(new)[:4] if random.random() < 0.8}
        after = random.choice(["^", *baseline.places, *keys, *keys])
        return {"type": "new", "after": after, "kind": new, "rank": rank, "on": int(random.random() < 0.85), **words}
    return {"type": "rm", "block": random.choice(list(baseline.places)), "on": int(random.random() < 0.7)}


def chained_layers(random: Random, baseline: Baseline, many: int) -> dict[str, dict[str, Any]]:
    """New blocks of every kind after one another, at places that fit and places that do not."""
    layers: dict[str, dict[str, Any]] = {"authority": {}, "family": {}}
    anchors = list(baseline.places)
    chain: list[str] = []
    for count in range(many * 2):
        side = random.choice(["authority", "family"])
        kind = random.choice(["li", "li", "p", "tr", "h3", "need"])
        after = random.choice([*anchors, "^", *chain * 6])
        record = {
            "type": "new",
            "after": after,
            "kind": kind,
            "rank": random.choice(["K", "V", "Vx"]),
            "wording": str(count),
        }
        layers[side][f"r{count}"] = record | {"on": int(random.random() < 0.9)}
        chain.append(f"{side}:r{count}")
    return layers


def hostile_layers(random: Random, baseline: Baseline, many: int) -> Any:
    """What a layer could hold if its writer wanted to do harm; NaN and infinities are spelt as strings."""
    if random.random() < 0.05:
        return hostile_value(random, 0)
    layers: dict[str, Any] = honest_layers(random, baseline, many)
    for side in ("authority", "family", "tribunal", "observer"):
        layer = layers.setdefault(side, {})
        for record in layer.values():
            for name in list(record):
                if random.random() < 0.3:
                    record[name] = hostile_value(random, 1)
        for name in ("__proto__", "constructor", "UPPER", "a:b", "", "é", "x" * 65, "ok"):
            if random.random() < 0.3:
                layer[name] = hostile_value(random, 1)
        if random.random() < 0.03:
            layers[side] = hostile_value(random, 1)
    return layers


def hostile_value(random: Random, depth: int) -> Any:
    values: list[Any] = [
        None,
        True,
        False,
        0,
        1,
        -1,
        1.5,
        1e300,
        -1e9,
        10**30,
        "",
        "text",
        "new",
        "rm",
        "p",
        "evil",
        "^",
    ]
    values += [*SPELT, "\ud83d", "\ude00x", "a\x00b\r\nc", "family:r0", "authority:r1", "V" * 500, "provspeech", "50"]
    if depth < 3 and random.random() < 0.4:
        inner = [hostile_value(random, depth + 1) for _ in range(3)]
        names = random.sample(["type", "block", "from", "to", "at", "wording", "key", "after", "kind", "on", "rank"], 3)
        return random.choice([inner, dict(zip(names, inner, strict=True))])
    return random.choice(values)


def revived(value: Any) -> Any:
    """The value with spelt-out numbers as numbers."""
    if isinstance(value, str):
        return SPELT.get(value, value)
    if isinstance(value, list):
        return [revived(item) for item in value]
    if isinstance(value, dict):
        return {name: revived(item) for name, item in value.items()}
    return value


def read_vectors(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return found

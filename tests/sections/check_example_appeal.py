"""The second example loaded once, its rows as they stand in the files, and the register replayed over its acts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

from sections.example_appeal import ExampleAppeal, load
from sections.example_appeal.script import Act
from sections.redline import register
from sections.redline.records import Record, records
from sections.redline.register import Entry, Refused, Status, observe, opened, record_hash

TODAY = date(2026, 11, 25)
PLAN: ExampleAppeal = load(TODAY)
LAYERS: dict[str, dict[str, Record]] = {
    label: records(PLAN.baselines[label], layers) for label, layers in PLAN.layers.items()
}


def rows() -> list[dict[str, Any]]:
    """The acts as the files have them."""
    folder = files("sections.example_appeal")
    return [
        row
        for name in ("acts_1.toml", "acts_2.toml", "acts_3.toml")
        for row in tomllib.loads((folder / name).read_text("utf-8"))["act"]
    ]


@dataclass
class Replay:
    """A register and the layers, moved on act by act; ``refused`` is what it would not do."""

    layers: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {label: {"family": {}, "authority": {}} for label in PLAN.baselines}
    )
    entries: dict[str, dict[str, Entry]] = field(default_factory=lambda: {label: {} for label in PLAN.baselines})
    told: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[Act, Refused]] = field(default_factory=list)

    def known(self, label: str) -> dict[str, Record]:
        return records(PLAN.baselines[label], self.layers[label])

    def standing(self, label: str) -> dict[str, Status]:
        return register.standing(PLAN.baselines[label], self.known(label), self.entries[label])

    def do(self, act: Act) -> None:
        if act.do in ("propose", "change", "withdraw"):
            self.write(act)
        elif act.do in ("confirm", "disagree", "panel"):
            for key in act.keys:
                self.decide(act, key)

    def write(self, act: Act) -> None:
        baseline, entries = PLAN.baselines[act.section], self.entries[act.section]
        (key,) = act.keys
        self.layers[act.section][act.side][key.partition(":")[2]] = act.fields or {}
        record = self.known(act.section)[key]
        entries[key], told = observe(entries.get(key, opened(baseline, record)), record_hash(baseline, record))
        self.told += [(key, word) for word in told]

    def decide(self, act: Act, key: str) -> None:
        baseline, known, entries = PLAN.baselines[act.section], self.known(act.section), self.entries[act.section]
        decision = register.Act(
            act.by, act.side, act.by in PLAN.appeal.speakers[act.side], record_hash(baseline, known[key])
        )
        outcome: Entry | Refused
        if act.do == "confirm":
            outcome = register.confirm(baseline, known, entries, key, decision)
        elif act.do == "disagree":
            outcome = register.disagree(baseline, known, entries, key, decision)
        elif act.to in ("approved", "declined"):
            outcome = register.panel_decided(entries[key], "approved" if act.to == "approved" else "declined")
        else:
            outcome = register.ask_panel(baseline, known, entries, key, decision)
        if isinstance(outcome, Refused):
            self.refused.append((act, outcome))
        else:
            entries[key] = outcome


def replayed(acts: tuple[Act, ...]) -> Replay:
    """The register after these acts."""
    replay = Replay()
    for act in acts:
        replay.do(act)
    return replay

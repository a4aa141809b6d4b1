"""A section of an appeal as its register has it, for programs that read a store beside a running server.

It writes nothing: layers are replayed up to the entry the register has seen, so that every proposal has its number.
The command line uses it.
"""

from __future__ import annotations

from sqlmodel import Session

from crdt.schema import LAYER
from sections.redline.records import Record
from server.layers import SIDES, layer_name
from server.log import document_id, head
from server.redline.registrar import Layers, baseline_of_appeal
from server.redline.state import SectionState, state_of
from server.redline.tables import LayerSeen
from server.redline.watch import Watch
from server.snapshots import load


def state_beside(db: Session, plan_id: str, appeal_id: int, section: str) -> tuple[SectionState, bool]:
    """The section, and whether a layer holds more than the register has seen."""
    baseline = baseline_of_appeal(db, appeal_id, section)
    known: dict[str, Record] = {}
    hashes: dict[str, str] = {}
    heads: dict[int, int] = {}
    behind = False
    for side in SIDES:
        document = document_id(db, plan_id, layer_name(section, side, appeal_id))
        if document is None:
            continue
        seen = db.get(LayerSeen, document)
        upto = 0 if seen is None else seen.seq
        watch = Watch(baseline, side, load(db, document, LAYER, upto=upto))
        known.update(watch.known)
        hashes.update(watch.hashes)
        heads[document] = watch.seq
        behind = behind or head(db, document) > upto
    return state_of(db, appeal_id, section, Layers(baseline, known, hashes, heads)), behind

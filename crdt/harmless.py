"""Tidying up that readers' editors do by themselves, told apart from a reader who writes.

A reader's browser repeats deletions it knows of and drops formatting marks that no longer show. Both may be
acknowledged and forgotten. Anything else from a reader is a change. Never lets anything into the document.
"""

from __future__ import annotations

from bisect import bisect_left

from crdt.ledger import AttributeItem, Client, Ledger, Node
from crdt.limits import DEFAULT_LIMITS, Limits
from crdt.structs import Id
from crdt.update import decode
from crdt.wire import Malformed


def harmless_when_read_only(update: bytes, ledger: Ledger, limits: Limits = DEFAULT_LIMITS) -> bool:
    """True if this holds nothing new but deletions without visible effect. Total, as ``check`` is."""
    decoded = decode(update, limits)
    if isinstance(decoded, Malformed):
        return False
    clients = ledger.clients
    for client, section in decoded.structs.items():
        known = clients.get(client)
        if known is None or section[-1].clock + section[-1].length > known.clock:
            return False
    for client, ranges in decoded.deletes.items():
        known = clients.get(client)
        if known is None or ranges[-1][0] + ranges[-1][1] > known.clock:
            return False
        for clock, length in ranges:
            for start, end in known.left_of(clock, clock + length):
                if not _is_without_effect(ledger, client, known, start, end):
                    return False
    return True


def _is_without_effect(ledger: Ledger, client: int, known: Client, start: int, end: int) -> bool:
    """True if deleting these clocks, none of which is deleted by name, would change nothing anybody sees."""
    for first, after, place in known.runs(start, end):
        if place is None:
            continue
        node = place if isinstance(place, Node) else place[0]
        if ledger.node_is_gone(node):
            continue
        if isinstance(place, Node):
            if place.rule is not None or known.formats_in(first, after) < after - first:
                return False
        else:
            winner = _winner(ledger.attributes[node.client, node.clock, place[1]])
            if winner[0] == client and first <= winner[1] < after:
                return False
    return True


def _winner(items: list[AttributeItem]) -> Id:
    """The value an attribute has: the last of all it was given, in the order in which Yjs puts them."""
    first = max((item for item in items if item.origin is None), key=lambda item: (item.client, -item.clock))
    later = sorted((item for item in items if item.origin), key=lambda item: item.origin or (0, 0))
    origins = [item.origin or (0, 0) for item in later]
    current = first
    for _ in items:
        last = current.clock + current.length - 1
        begin = bisect_left(origins, (current.client, current.clock))
        stop = bisect_left(origins, (current.client, last + 1))
        # One that replaced a middle value stands behind the whole run only if its client id is the higher one.
        behind = [item for item in later[begin:stop] if _origin(item) == last or item.client > current.client]
        if not behind:
            break
        current = max(behind, key=lambda item: (-_origin(item), item.client, -item.clock))
    return current.client, current.clock + current.length - 1


def _origin(item: AttributeItem) -> int:
    return item.origin[1] if item.origin else 0

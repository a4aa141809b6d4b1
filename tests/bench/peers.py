"""The servers that are measured, and how each is installed into the bench's own folder.

Peers come from their registries at pinned versions; none of their code is in this repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.set_up import NODE_HOME

if TYPE_CHECKING:
    from tests.bench.places import Place

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("ALONGSIDE_BENCH", Path.home() / ".cache" / "alongside-bench"))
OWN_NODE = NODE_HOME / "bin" / "node"
# The machine's own Node where there is one: native add-ons of the peers are less steady on the wheel's.
NODE = Path(shutil.which("node") or OWN_NODE)
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
DATA = HOME / "data"
LOADGEN = HOME / "loadgen"

NODE_PEERS = {
    "y-websocket": ["@y/websocket-server@0.1.1", "yjs@13.6.33", "y-leveldb@0.1.2"],
    "hocuspocus": [
        "@hocuspocus/server@4.7.0",
        "@hocuspocus/extension-sqlite@4.7.0",
        "yjs@13.6.33",
        "y-protocols@1.0.7",
    ],
}
PYTHON_PEERS = [
    "pycrdt==0.14.13",
    "pycrdt-websocket",
    "pycrdt-store",
    "uvicorn==0.54.0",
    "uvloop",
    "websockets",
    "httptools",
]


@dataclass(frozen=True)
class Server:
    """One server that is measured. ``proto``: yws (y-websocket) or hocus (Hocuspocus). Only ours has a ``place``."""

    name: str
    command: list[str]
    proto: str
    environment: dict[str, str] = field(default_factory=dict)
    durable: bool = False
    place: Place | None = None


def _modules(name: str) -> Path:
    return HOME / "node" / name / "node_modules"


def _node(name: str, script: Path, modules: str, proto: str, *, durable: bool = False, **environment: str) -> Server:
    return Server(name, [str(NODE), str(script)], proto, {"NM": str(_modules(modules)), **environment}, durable)


def peers() -> dict[str, Server]:
    y_websocket = _modules("y-websocket") / "@y" / "websocket-server" / "src" / "server.js"
    python = str(HOME / "python" / "bin" / "python")
    pycrdt = [python, str(HERE / "servers" / "pycrdt_websocket.py")]
    listed = [
        _node("y-websocket", y_websocket, "y-websocket", "yws", HOST="127.0.0.1"),
        _node(
            "y-websocket + LevelDB",
            y_websocket,
            "y-websocket",
            "yws",
            durable=True,
            HOST="127.0.0.1",
            YPERSISTENCE=str(DATA / "level"),
        ),
        _node("Hocuspocus", HERE / "servers" / "hocuspocus.mjs", "hocuspocus", "hocus"),
        _node(
            "Hocuspocus + SQLite",
            HERE / "servers" / "hocuspocus.mjs",
            "hocuspocus",
            "hocus",
            durable=True,
            DB=str(DATA / "hocus.db"),
        ),
        Server("pycrdt-websocket", pycrdt, "yws"),
        Server("pycrdt-websocket + SQLite", pycrdt, "yws", {"DB": str(DATA / "pycrdt.db")}, durable=True),
    ]
    return {server.name: server for server in listed}


def install(names: set[str]) -> None:
    """Installs what the named servers need, once. Says what it does; the first time takes some minutes."""
    HOME.mkdir(parents=True, exist_ok=True)
    _build_loadgen()
    wanted = {folder for folder in NODE_PEERS for name in names if name.lower().startswith(folder)}
    for folder in sorted(wanted):
        _install_node(folder)
    if any(name.startswith("pycrdt") for name in names):
        _install_python()


def _build_loadgen() -> None:
    source = HERE / "loadgen.rs"
    if LOADGEN.exists() and LOADGEN.stat().st_mtime > source.stat().st_mtime:
        return
    rustc = shutil.which("rustc")
    if rustc is None:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            sys.exit("The load generator needs rustc (on Debian: apt-get install rustc).")
        print("Installing rustc from Debian's packages", flush=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "rustc"], check=True)
        rustc = "rustc"
    print("Building the load generator", flush=True)
    subprocess.run(
        [rustc, "--edition", "2021", "-C", "opt-level=3", "-A", "warnings", "-o", str(LOADGEN), str(source)], check=True
    )


def _install_node(folder: str) -> None:
    place = HOME / "node" / folder
    if (place / "node_modules").exists():
        return
    print(f"Installing {folder}", flush=True)
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text('{"private": true}')
    path = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path}
    if NODE == OWN_NODE:  # what compiles (better-sqlite3) must compile against this Node
        environment["npm_config_nodedir"] = str(NODE_HOME)
    command = [str(NODE), str(NPM), "install", "--no-audit", "--no-fund", "--loglevel=error", *NODE_PEERS[folder]]
    subprocess.run(command, cwd=place, check=True, env=environment)


def _install_python() -> None:
    if (HOME / "python" / ".ready").exists():
        return
    print("Installing pycrdt-websocket", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(HOME / "python")], check=True)
    subprocess.run([str(HOME / "python" / "bin" / "pip"), "install", "-q", *PYTHON_PEERS], check=True)
    (HOME / "python" / ".ready").touch()

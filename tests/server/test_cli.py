"""The command line: what it prints, where, and how it says that something is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner, Result

from crdt.blocks import content_hash, plain_text
from sections import example
from sections.catalogue import LABELS
from server import example as examples
from server.cli import app
from server.database import Store
from server.settings import Settings
from server.tables import Document, LogEntry
from tests.serving import Serving

REFERENCE = example.load().facts.reference


def run(*arguments: str, **environment: str) -> Result:
    variables = {"ALONGSIDE_DATA_DIR": "", **environment}
    clean = {name: value or None for name, value in variables.items()}
    return CliRunner().invoke(app, list(arguments), env=clean, catch_exceptions=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the example in it."""
    folder = tmp_path_factory.mktemp("example")
    store = Store.open(Settings(data_dir=folder))
    assert examples.create(store)
    assert not examples.create(store)
    store.close()
    return str(folder)


def found(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_people_are_listed_with_their_roles(data: str) -> None:
    people = found(run("people", "--json", "--data", data))
    by_email = {person["email"]: person for person in people}
    for person in example.load().people:
        listed = by_email[person.email]
        assert re.fullmatch(r"[0-9a-f]{32}", listed["id"])
        assert [(one["role"], one["party"], one["reference"]) for one in listed["plans"]] == [
            (person.role, person.party, REFERENCE)
        ]
    table = run("people", "--data", data)
    assert "parent on" in table.stdout


def test_plans_are_listed_with_their_stage_and_without_a_childs_name(data: str) -> None:
    (plan,) = found(run("plans", "--json", "--data", data))
    assert (plan["reference"], plan["stage"]) == (REFERENCE, "drafting")
    assert len(plan["people"]) == len(example.load().people)
    assert "child" not in plan
    assert REFERENCE in run("plans", "--data", data).stdout


def test_the_example_is_whole_and_section_i_is_empty(data: str) -> None:
    plan = found(run("export", REFERENCE, "--format", "json", "--data", data))
    story = example.load()
    assert [section["section"] for section in plan["sections"]] == list(LABELS)
    for section in plan["sections"]:
        assert plain_text(section["content"]) == plain_text(story.sections[section["section"]])
        assert section["content_hash"] == content_hash(section["content"])
    empty = {section["section"] for section in plan["sections"] if section["empty"]}
    assert empty == {"I"}
    links = [link for section in plan["sections"] for item in section["items"] for link in item["links"]]
    ids = {item["id"] for section in plan["sections"] for item in section["items"]}
    assert links
    assert set(links) <= ids
    assert plan["preferences"][0]["wish"] == story.preference.wish


def test_a_plan_is_found_by_its_id_too_and_written_to_a_private_file(data: str, tmp_path: Path) -> None:
    (plan,) = found(run("plans", "--json", "--data", data))
    output = tmp_path / "plan.html"
    assert run("export", plan["id"], "--output", str(output), "--data", data).exit_code == 0
    text = output.read_text()
    assert output.stat().st_mode & 0o777 == 0o600
    assert all(f'id="section-{label}"' in text for label in LABELS)
    assert "<script" not in text
    assert list(tmp_path.iterdir()) == [output]


def test_a_token_stands_alone_on_standard_output_and_is_audited(data: str) -> None:
    email = example.load().people[0].email
    result = run("token", "--person", email.upper(), "--data", data)
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", result.stdout)
    assert result.stderr == ""


def test_verify_says_that_all_is_well(data: str) -> None:
    result = run("verify", "--data", data)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == len(LABELS)


def test_verify_ends_with_an_error_when_a_log_was_changed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = Store.open(Settings(data_dir=folder))
    examples.create(store)

    def damage(db: Any) -> None:
        entry = db.get(LogEntry, (db.exec(_document_b()).one(), 1))
        entry.payload = entry.payload[:-1]
        db.add(entry)

    def _document_b() -> Any:
        from sqlmodel import select

        return select(Document.id).where(Document.section == "B")

    store.write_sync(damage)
    store.close()
    result = run("verify", "--data", str(folder))
    assert result.exit_code == 1
    assert len([line for line in result.stdout.splitlines() if "the same" not in line]) == 1
    export = run("export", REFERENCE, "--data", str(folder))
    assert (export.exit_code, export.stdout) == (2, "")
    assert len(export.stderr.strip().splitlines()) == 1


def test_people_are_added_and_not_twice(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    added = run("people", "add", "A.Officer@Council.example.org", "--name", "A. Officer", "--staff", "--data", folder)
    assert re.fullmatch(r"[0-9a-f]{32}\n", added.stdout)
    (person,) = found(run("people", "--json", "--data", folder))
    assert (person["email"], person["is_staff"]) == ("a.officer@council.example.org", True)
    again = run("people", "add", "a.officer@council.example.org", "--name", "B", "--data", folder)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "there already" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("token", "--person", "nobody@example.org"), "Nobody in this store has this e-mail address."),
        (("export", "no-such-plan"), "There is no plan with this id or reference."),
        (("people", "add", "nonsense", "--name", "X"), "This is not an e-mail address."),
        (("people", "add", "x@example.org", "--name", " "), "Give a name of 1 to 120 characters"),
        (("export", REFERENCE, "--output", "/nowhere/plan.html"), "could not be written"),
    ],
)
def test_trouble_is_one_plain_sentence_on_standard_error(data: str, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments, "--data", data)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


READING = (("people",), ("plans",), ("token", "--person", "a@example.org"), ("export", REFERENCE), ("verify",))


@pytest.mark.parametrize("arguments", READING)
@pytest.mark.parametrize("there", [True, False])
def test_a_store_that_is_not_there_is_not_made(tmp_path: Path, arguments: tuple[str, ...], there: bool) -> None:
    folder = tmp_path / "docs"
    if there:
        folder.mkdir()
    result = run(*arguments, "--data", str(folder))
    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(f"There is no store in {folder}.")
    assert 1 == len(result.stderr.strip().splitlines())
    assert there == folder.exists()
    assert [] == list(folder.glob("*"))


def test_a_file_that_an_address_names_is_not_made_by_reading(tmp_path: Path) -> None:
    result = run("plans", ALONGSIDE_DATABASE_URL=f"sqlite:///{tmp_path}/plans.sqlite3")
    assert 2 == result.exit_code
    assert "There is no store in" in result.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["foo://x", "nonsense", "postgresql+psycopg2cffi://name:s3cret@host/plans"])
@pytest.mark.parametrize("command", ["plans", "migrate"])
def test_a_database_that_cannot_be_used_is_one_plain_sentence(url: str, command: str) -> None:
    result = run(command, ALONGSIDE_DATABASE_URL=url)
    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(("ALONGSIDE_DATABASE_URL", "The driver that ALONGSIDE_DATABASE_URL"))
    assert 1 == len(result.stderr.strip().splitlines())
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_store_that_cannot_be_made_is_told_before_any_address_and_a_slip_in_a_name_too(
    tmp_path: Path, command: str
) -> None:
    (tmp_path / "file").touch()
    server = Serving(tmp_path / "file" / "data", _free(), {"ALONGSIDE_PROT": "1"}, command)
    done = server.alongside(command, "--port", str(server.port))
    assert (2, "") == (done.returncode, done.stdout)
    warned, told = done.stderr.splitlines()
    assert "Not a setting, so it changes nothing: ALONGSIDE_PROT. See docs/settings.md." == warned
    assert told.startswith(f"The store at {server.data}/alongside.sqlite3 could not be opened: ")


def test_a_setting_that_cannot_be_used_is_named_and_not_shown(tmp_path: Path) -> None:
    result = run("people", "--data", str(tmp_path), ALONGSIDE_PORT="s3cret")
    assert result.exit_code == 2
    assert "ALONGSIDE_PORT" in result.stderr
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ALONGSIDE_LIVE_TOKEN_MINUTES", "1", "ALONGSIDE_LIVE_TOKEN_MINUTES must be at least 3."),
        ("ALONGSIDE_PORT", "65536", "ALONGSIDE_PORT must be at most 65535."),
        ("ALONGSIDE_LOG_LEVEL", "loud", "ALONGSIDE_LOG_LEVEL must be one of 'debug', 'info',"),
    ],
)
def test_a_setting_out_of_its_limits_is_told_what_it_may_be(data: str, name: str, value: str, sentence: str) -> None:
    result = run("people", "--data", data, **{name: value})
    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(sentence)
    assert 1 == len(result.stderr.strip().splitlines())


def test_a_short_secret_is_refused_in_words(data: str) -> None:
    email = example.load().people[0].email
    result = run("token", "--person", email, "--data", data, ALONGSIDE_SECRET_KEY="short")
    assert result.exit_code == 2
    assert "ALONGSIDE_SECRET_KEY needs at least 32 characters." in result.stderr


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    first = run("migrate", "--data", str(tmp_path / "data"))
    second = run("migrate", "--data", str(tmp_path / "data"))
    assert (first.exit_code, first.stdout) == (0, second.stdout)


def test_another_database_is_named_by_the_environment(data: str, tmp_path: Path) -> None:
    url = f"sqlite:///{data}/alongside.sqlite3"
    assert len(found(run("plans", "--json", "--data", str(tmp_path), ALONGSIDE_DATABASE_URL=url))) == 1


@pytest.mark.parametrize(
    "command", ["demo", "serve", "people", "plans", "token", "export", "verify", "backup", "migrate", "people add"]
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert "--data" in result.stdout


def test_everything_is_said_without_arguments() -> None:
    result = run()
    listed = re.findall(r"^\W+(\w+)  ", result.output.partition("Commands")[2], re.MULTILINE)
    order = ["demo", "serve", "people", "plans", "token", "export", "verify", "backup", "migrate"]
    assert order == [word for word in listed if word in order]


def test_the_demo_prints_its_address_and_starts_fast_the_second_time(tmp_path: Path) -> None:
    server = Serving(data=tmp_path / "data", port=_free(), is_cold=True)
    server.start()
    try:
        assert server.url in server.log()
        assert "Made the example plans" in server.log()
        kept = [path for path in server.data.rglob("*") if path.is_file()]
        assert {0o600} == {path.stat().st_mode & 0o777 for path in kept}
        second = server.alongside("demo", "--port", str(_free()))
        assert (second.returncode, second.stdout) == (2, "")
        assert "Another server already serves the store" in second.stderr
        taken = subprocess.run(
            [sys.executable, "-m", "server.cli", "demo", "--data", str(tmp_path / "other"), "--port", str(server.port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert taken.returncode == 2
        assert f"Port {server.port}" in taken.stderr
        assert "Traceback" not in taken.stderr
        server.stop()
        server.start()
        assert server.process is not None
        spent = psutil.Process(server.process.pid).cpu_times()
        assert spent.user + spent.system < 5 * _slowness()
        assert server.log().count("Made the example plan") == 1
        assert server.alongside("verify").returncode == 0
    finally:
        server.stop()


def _free() -> int:
    from tests.serving import free_port

    return free_port()


def _slowness() -> float:
    """How much slower this machine's processor is at the moment than one that does nothing else: at least 1."""
    started = time.process_time()
    sum(number * number for number in range(1_000_000))
    return max(1.0, (time.process_time() - started) / 0.1)

"""One scrape shows every worker of the machine, each by itself; the folder they meet in is theirs alone."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from server import scrape
from server.metrics import MESSAGES
from server.scrape import Unfit, Workers

ROOT = Path(__file__).parents[2]
OTHER = """
import asyncio, sys
from pathlib import Path
from server.metrics import SIGN_INS
from server.scrape import Workers

async def main():
    SIGN_INS.labels(method="oidc", outcome="ok").inc(41)
    await Workers(Path(sys.argv[1])).start()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "figures"


async def lines(workers: Workers) -> list[str]:
    return (await workers.exposition()).decode().splitlines()


async def test_one_worker_answers_for_all_of_the_machine_and_not_for_one_that_was_killed(folder: Path) -> None:
    MESSAGES.labels(outcome="kept").inc()
    mine = Workers(folder)
    await mine.start()
    command = (sys.executable, "-c", OTHER, str(folder))
    other = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert other.stdout is not None
    try:
        assert b"ready\n" == await other.stdout.readline()
        shown = await lines(mine)
        assert 'alongside_sign_ins_total{method="oidc",outcome="ok",worker="2"} 41.0' in shown
        assert any(line.startswith('alongside_mail_total{outcome="kept",worker="1"}') for line in shown)
        assert "alongside_workers_silent 0.0" in shown
        assert 1 == shown.count("# TYPE alongside_mail_total counter")
    finally:
        other.kill()
        await other.communicate()
    shown = await lines(mine)
    assert not [line for line in shown if 'worker="2"' in line]
    assert "alongside_workers_silent 0.0" in shown
    new = Workers(folder)
    await new.start()
    assert [line for line in await lines(mine) if 'worker="2"' in line]
    await new.stop()
    await mine.stop()


async def test_a_worker_that_stands_still_is_counted_and_the_others_are_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrape, "ANSWER_SECONDS", 0.05)
    mine = Workers(folder)
    await mine.start()
    asked = asyncio.Event()

    async def stands_still(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await _reader.read()
        writer.close()

    still = await asyncio.start_unix_server(stands_still, folder / "7.sock")
    shown = await lines(mine)
    assert asked.is_set()
    assert "alongside_workers_silent 1.0" in shown
    assert [line for line in shown if 'worker="1"' in line]
    still.close()
    await mine.stop()


def test_a_folder_that_others_can_open_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    with pytest.raises(Unfit):
        asyncio.run(Workers(folder).start())


def test_a_folder_too_deep_for_sockets_is_refused_in_words(folder: Path) -> None:
    with pytest.raises(Unfit, match="too long"):
        asyncio.run(Workers(folder / ("deep" * 25)).start())


def test_what_travels_between_workers_has_names_of_figures_and_numbers() -> None:
    for name, _, kind, samples in json.loads(json.dumps(scrape._families())):
        assert kind in ("counter", "gauge", "histogram", "info"), name
        assert all(isinstance(value, float | int) for _, _, value in samples)

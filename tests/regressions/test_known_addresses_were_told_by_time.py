"""After asking for a code the next answer was slower for a known address, because only its message was written out."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.mail import Mail
from server.settings import Settings
from tests.serving import free_port

CODE: dict[str, Any] = {"code": "123 456", "link": "http://127.0.0.1:8000/sign-in/code/1", "until": "10:15"}


class Inbox:
    """A mail server that notes what is asked of it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.taken = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.said.append("hello")
        session.host_name = hostname
        return responses

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, arg: str) -> str:
        self.said.append("noop")
        return "250 fine"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.said.append("bye")
        return "221 bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken += 1
        return "250 taken"


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[tuple[Mail, Path]]:
    mail = Mail(Settings(data_dir=tmp_path))
    yield mail, tmp_path / "outbox"
    await mail.close()


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield inbox, controller.port
    controller.stop()


async def test_a_message_for_nobody_is_written_out_all_the_same(
    outbox: tuple[Mail, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail, folder = outbox
    written: list[int] = []
    real = os.fdopen

    def noting(handle: int, *rest: Any) -> Any:
        written.append(handle)
        return real(handle, *rest)

    monkeypatch.setattr("server.mail.os.fdopen", noting)
    for number, deliver in enumerate((True, False), 1):
        await mail.send("somebody@example.org", "code", deliver=deliver, **CODE)
        await mail.idle()
        assert number == len(written)
    assert [".eml"] == [path.suffix for path in folder.iterdir()]


async def test_the_mail_server_is_visited_for_nobody_too(tmp_path: Path, inbox: tuple[Inbox, int]) -> None:
    found, port = inbox
    settings = Settings(data_dir=tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
    mail = Mail(settings)
    await mail.send("nobody@example.org", "code", deliver=False, **CODE)
    await mail.idle()
    assert (["hello", "noop", "noop", "noop", "bye"], 0) == (found.said, found.taken)
    await mail.send("somebody@example.org", "code", **CODE)
    await mail.close()
    assert 1 == found.taken

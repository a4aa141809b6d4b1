"""Messages to people: made from ``templates/mail``, sent by SMTP, or without a mail server kept in the outbox folder.

A queue with one worker, so that no answer waits for the mail server and none takes longer because an address is known.
Logs say that a message went, never to whom or what it says. A message never names a child.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiosmtplib
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from server.logs import REQUEST_ID
from server.metrics import MESSAGES
from server.pages import day_words, web_root
from server.settings import Settings

log = structlog.get_logger("alongside.mail")

OUTBOX = "outbox"
SMTP_SECONDS = 20.0
TLS_PORT = 465  # encrypted from the first byte, so there is nothing to start later
WAITING = 1000


@dataclass(frozen=True, slots=True)
class _Job:
    to: str
    template: str
    context: dict[str, Any]
    deliver: bool
    request_id: str | None  # of the request that asked for it: the worker belongs to no request


class Mail:
    """Takes messages and gets them out, one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._queue: asyncio.Queue[_Job | None] = asyncio.Queue(WAITING)
        self._worker: asyncio.Task[None] | None = None
        self._templates = Environment(
            loader=FileSystemLoader(web_root() / "templates" / "mail"),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701  (plain text, never HTML)
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["day"] = day_words
        self._templates.globals |= {"council": settings.council}

    async def send(self, to: str, template: str, /, *, deliver: bool = True, **context: Any) -> bool:
        """Queue ``templates/mail/{template}.txt``; False when too many wait. ``deliver=False`` does all but send it."""
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="mail")
        try:
            self._queue.put_nowait(_Job(to, template, context, deliver, REQUEST_ID.get()))
        except asyncio.QueueFull:
            MESSAGES.labels(outcome="failed").inc()
            log.error("mail.too-many-waiting", template=template)
            return False
        return True

    async def idle(self) -> None:
        """Wait until everything queued so far has been dealt with."""
        await self._queue.join()

    async def close(self) -> None:
        """Deal with what is queued, then stop."""
        if self._worker is not None:
            await self._queue.put(None)
            await self._worker
            self._worker = None

    async def _work(self) -> None:
        while (job := await self._queue.get()) is not None:
            REQUEST_ID.set(job.request_id)
            try:
                await self._deliver(job)
            except Exception:
                MESSAGES.labels(outcome="failed").inc()
                log.exception("mail.failed", template=job.template)
            finally:
                self._queue.task_done()
        self._queue.task_done()

    async def _deliver(self, job: _Job) -> None:
        """A message nobody is to get takes the same way, up to its last step: other requests must not tell by time."""
        message = self._message(job)
        if self._settings.smtp_host is None:
            path = await asyncio.to_thread(self._keep, message, job.deliver)
            MESSAGES.labels(outcome="kept" if job.deliver else "dropped").inc()
            log.info("mail.kept" if job.deliver else "mail.dropped", template=job.template, file=path.name)
            return
        try:
            await self._by_smtp(message, job.deliver)
        except (aiosmtplib.SMTPException, OSError) as trouble:
            path = await asyncio.to_thread(self._keep, message, job.deliver)
            MESSAGES.labels(outcome="failed").inc()
            log.error("mail.not-sent", template=job.template, file=path.name, error=type(trouble).__name__)
            return
        MESSAGES.labels(outcome="sent" if job.deliver else "dropped").inc()
        log.info("mail.sent" if job.deliver else "mail.dropped", template=job.template)

    def _message(self, job: _Job) -> EmailMessage:
        """The template's first line is the subject, the rest after an empty line is the text."""
        text = self._templates.get_template(f"{job.template}.txt").render(job.context)
        subject, _, body = text.partition("\n")
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = job.to
        message["Subject"] = subject.removeprefix("Subject:").strip()
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{uuid.uuid4().hex}@{self._settings.mail_from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body.strip() + "\n")
        return message

    async def _by_smtp(self, message: EmailMessage, deliver: bool) -> None:
        settings = self._settings
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        server = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password,
            use_tls=settings.smtp_port == TLS_PORT,
            start_tls=settings.smtp_starttls and settings.smtp_port != TLS_PORT,
            timeout=SMTP_SECONDS,
        )
        async with server:
            if deliver:
                await server.send_message(message)
                return
            message.as_bytes()
            for _ in ("from", "to", "data"):  # as many words to and fro as a message takes
                await server.noop()

    def _keep(self, message: EmailMessage, deliver: bool) -> Path:
        folder = self._settings.data_dir / OUTBOX
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}.eml"
        draft = path.with_suffix(".part")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(message))
        if deliver:
            draft.rename(path)
        else:
            draft.unlink()
        return path

"""Messages: sent over a real SMTP connection, kept in the outbox without one, and never told to the log."""

from __future__ import annotations

import email
import email.message
import email.policy
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from structlog.testing import capture_logs

from server.logs import REQUEST_ID
from server.mail import Mail
from server.settings import Settings
from tests.serving import free_port

CODE = {"code": "123 456", "link": "http://127.0.0.1/x", "until": "10:15"}
INVITATION = {
    "name": "Bridget Oakmere",
    "reference": "EX-1",
    "address": "http://127.0.0.1/plans/x",
    "expires_on": date(2027, 7, 31),
}


class Inbox:
    """What the mail server was given."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuse = False
        self.logins: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return "451 try later"
        self.envelopes.append(envelope)
        return "250 taken"

    def messages(self) -> list[email.message.EmailMessage]:
        return [read(one.content) for one in self.envelopes]


def read(raw: Any) -> email.message.EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def kept(settings: Settings) -> list[email.message.EmailMessage]:
    return [read(path.read_bytes()) for path in sorted((settings.data_dir / "outbox").glob("*.eml"))]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[Controller]:
    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        inbox.logins.append(data.login)
        return AuthResult(success=(data.login, data.password) == (b"alongside", b"secret"), handled=False)

    controller = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), authenticator=authenticate, auth_require_tls=False
    )
    controller.start()
    yield controller
    controller.stop()


def smtp_settings(folder: Path, controller: Controller, *, wrong: bool = False) -> Settings:
    return Settings(
        data_dir=folder,
        smtp_host="127.0.0.1",
        smtp_port=controller.port,
        smtp_starttls=False,
        smtp_username="alongside",
        smtp_password=SecretStr("wrong" if wrong else "secret"),
        mail_from="plans@council.example",
    )


@pytest.fixture
async def outbox_mail(tmp_path: Path) -> AsyncIterator[tuple[Mail, Settings]]:
    settings = Settings(data_dir=tmp_path)
    mail = Mail(settings)
    yield mail, settings
    await mail.close()


async def test_a_message_goes_to_the_mail_server_signed_in(tmp_path: Path, smtp: Controller, inbox: Inbox) -> None:
    settings = smtp_settings(tmp_path, smtp)
    mail = Mail(settings)
    await mail.send("leila@example.org", "code", **CODE)
    await mail.close()
    (message,) = inbox.messages()
    assert inbox.logins == [b"alongside"]
    assert message["To"] == "leila@example.org"
    assert message["From"] == "plans@council.example"
    assert message["Subject"] == "Your code to sign in"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Your code is 123 456" in message.get_content()
    assert kept(settings) == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of its own for 127.0.0.1, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_way_to_the_mail_server_is_encrypted_to_a_server_we_trust_or_not_used(
    tmp_path: Path, inbox: Inbox, certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True)
    controller.start()
    settings = Settings(data_dir=tmp_path / "data", smtp_host="127.0.0.1", smtp_port=controller.port)
    mail = Mail(settings)
    await mail.send("leila@example.org", "code", **CODE)
    await mail.close()
    controller.stop()
    assert (len(inbox.envelopes), len(kept(settings))) == ((1, 0) if trusted else (0, 1))


@pytest.mark.parametrize("trouble", ["refused", "wrong password", "nobody listens"])
async def test_a_message_that_cannot_be_sent_is_kept_and_the_next_one_goes(
    tmp_path: Path, smtp: Controller, inbox: Inbox, trouble: str
) -> None:
    inbox.refuse = trouble == "refused"
    settings = smtp_settings(tmp_path, smtp, wrong=trouble == "wrong password")
    if trouble == "nobody listens":
        settings = settings.model_copy(update={"smtp_port": free_port()})
    mail = Mail(settings)
    with capture_logs() as logs:
        await mail.send("leila@example.org", "code", **CODE)
        await mail.idle()
    assert [event["event"] for event in logs] == ["mail.not-sent"]
    assert "leila" not in repr(logs)
    assert [message["To"] for message in kept(settings)] == ["leila@example.org"]
    if trouble == "refused":
        inbox.refuse = False
        await mail.send("dev@example.org", "code", **CODE)
        await mail.idle()
        assert len(inbox.envelopes) == 1
    await mail.close()


async def test_without_a_mail_server_the_outbox_has_it_for_its_owner_only(outbox_mail: tuple[Mail, Settings]) -> None:
    mail, settings = outbox_mail
    with capture_logs() as logs:
        await mail.send("leila@example.org", "invitation", **INVITATION)
        await mail.idle()
    (message,) = kept(settings)
    assert message["Subject"] == "You are asked to take part in an EHC plan (ref EX-1)"
    text = message.get_content()
    assert "Your access lasts until 31 July 2027." in text
    assert "\n\n\n" not in text
    (path,) = (settings.data_dir / "outbox").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "leila" not in path.name
    assert logs == [{"event": "mail.kept", "template": "invitation", "file": path.name, "log_level": "info"}]


async def test_an_invitation_without_an_end_says_nothing_about_one(outbox_mail: tuple[Mail, Settings]) -> None:
    mail, settings = outbox_mail
    await mail.send("leila@example.org", "invitation", **(INVITATION | {"expires_on": None}))
    await mail.idle()
    assert "Your access lasts" not in kept(settings)[0].get_content()


async def test_a_message_made_only_for_the_look_of_it_goes_nowhere(outbox_mail: tuple[Mail, Settings]) -> None:
    mail, settings = outbox_mail
    await mail.send("nobody@example.org", "code", deliver=False, **CODE)
    await mail.idle()
    assert list((settings.data_dir / "outbox").iterdir()) == []


async def test_a_line_break_in_a_name_adds_no_header(outbox_mail: tuple[Mail, Settings]) -> None:
    mail, settings = outbox_mail
    await mail.send("leila@example.org", "invitation", **(INVITATION | {"reference": "1\nBcc: evil@example.org\n"}))
    await mail.idle()
    (message,) = kept(settings)
    assert message["Bcc"] is None


async def test_a_broken_message_does_not_stop_the_post(outbox_mail: tuple[Mail, Settings]) -> None:
    mail, settings = outbox_mail
    with capture_logs() as logs:
        await mail.send("leila@example.org", "invitation")
        await mail.send("leila@example.org", "no-such-template")
        await mail.send("leila\n@example.org", "code", **CODE)
        await mail.send("leila@example.org", "code", **CODE)
        await mail.idle()
    assert [event["event"] for event in logs] == ["mail.failed"] * 3 + ["mail.kept"]
    assert len(kept(settings)) == 1


async def test_closing_deals_with_what_is_queued(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    mail = Mail(settings)
    for _ in range(5):
        assert await mail.send("leila@example.org", "code", **CODE)
    await mail.close()
    assert len(kept(settings)) == 5


async def test_too_many_waiting_messages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.mail.WAITING", 2)
    mail = Mail(Settings(data_dir=tmp_path))
    assert [await mail.send("a@example.org", "code", deliver=False, **CODE) for _ in range(3)] == [True, True, False]
    await mail.close()


async def test_each_message_is_logged_under_the_request_that_asked_for_it(
    outbox_mail: tuple[Mail, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail, _ = outbox_mail
    seen: list[str | None] = []
    deliver = mail._deliver

    async def noting(job: Any) -> None:
        seen.append(REQUEST_ID.get())
        await deliver(job)

    monkeypatch.setattr(mail, "_deliver", noting)
    before = REQUEST_ID.get()
    for request_id in ("request-1", "request-2", None):
        token = REQUEST_ID.set(request_id)
        await mail.send("leila@example.org", "code", **CODE)
        REQUEST_ID.reset(token)
    await mail.idle()
    assert ["request-1", "request-2", None] == seen
    assert before == REQUEST_ID.get()

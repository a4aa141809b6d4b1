"""Settings, by environment variables ``ALONGSIDE_*`` only. Every limit has a name and a sentence here.

``docs/settings.md`` lists them all; a test fails when one is missing there.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

KIB = 1024
MIB = 1024 * KIB
PREFIX = "ALONGSIDE_"
OF_OUR_TOOLS = ("ALONGSIDE_SKIP_BROWSER_BUILD", "ALONGSIDE_TEST_", "ALONGSIDE_BENCH")
"""Variables, or beginnings of them, that building and testing read: no settings, and no mistakes either."""

LogLevel = Annotated[
    Literal["debug", "info", "warning", "error", "critical"],
    BeforeValidator(lambda given: given.lower() if isinstance(given, str) else given),
]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    # where things are kept
    data_dir: Path = Field(
        Path("demo-data"), description="Folder of the embedded store, the outbox and the secret key."
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy URL; empty means an embedded SQLite store in data_dir."
    )

    redis_url: str | None = Field(
        None,
        description="Redis that carries hints and presence between processes on PostgreSQL; empty: they find each "
        "other's words by looking, within a second.",
    )

    # who we are
    council: str = Field("Example Council", description="The council's name, shown in the header of every page.")
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address people use; links in messages start with it, and sockets must come from it.",
    )
    allowed_origins: str = Field(
        "", description="Further origins allowed to open sockets and send forms, separated by commas."
    )
    demo: bool = Field(False, description="Offers sign-in as one of the example's people. Never on for real plans.")
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions. Empty: made once and kept in data_dir, readable by its owner only."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses whose X-Forwarded-* headers are believed, separated by commas."
    )

    # sessions and sign-in
    session_minutes: int = Field(
        15, ge=2, description="Life of one session token; it is renewed while a page is in use."
    )
    session_days: int = Field(7, ge=1, description="Longest time a sign-in lasts before signing in again.")
    session_idle_minutes: int = Field(120, ge=5, description="A sign-in that was not used for so long ends.")
    live_token_minutes: int = Field(
        5, ge=3, description="Life of the token with which a page opens its live connection."
    )
    cli_token_hours: int = Field(12, ge=1, description="Life of a token printed by `alongside token`.")
    code_minutes: int = Field(15, ge=1, description="Life of a sign-in code sent by e-mail.")
    code_attempts: int = Field(5, ge=1, description="Wrong tries after which a sign-in code dies.")
    sign_in_rate: str = Field(
        "5/15minutes; 25/day",
        description="Sign-in codes sent for one address; several limits are separated by semicolons.",
    )
    sign_in_rate_per_client: str = Field(
        "60/15minutes", description="Codes asked for and wrong tries from one network address."
    )
    api_rate: str = Field("600/minute", description="HTTP requests that change something, for one person.")

    # council sign-in (OpenID Connect)
    oidc_issuer: str | None = Field(
        None, description="Issuer URL of the council's identity provider; empty turns it off."
    )
    oidc_client_id: str | None = Field(None, description="Client id at the identity provider.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="Client secret; empty for a public client (PKCE is always used)."
    )
    oidc_label: str = Field("Council staff sign-in", description="Words on the button.")

    # mail
    smtp_host: str | None = Field(
        None, description="Mail server; empty writes messages to the log and to data_dir/outbox."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_username: str | None = Field(None, description="Name to sign in at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_starttls: bool = Field(True, description="Encrypts the connection to the mail server.")
    mail_from: str = Field("alongside@example.org", description="Sender of messages.")

    # live documents: limits
    frame_bytes: int = Field(1 * MIB, ge=64 * KIB, description="Largest frame a live connection may send, in bytes.")
    section_bytes: int = Field(
        16 * MIB,
        ge=64 * KIB,
        description="Largest content of one section: all text ever written in it, and the structure around it.",
    )
    update_structs: int = Field(20_000, ge=1000, description="Most structs in one update.")
    update_clients: int = Field(512, ge=16, description="Most client ids in one update.")
    layer_proposals: int = Field(
        1000, ge=10, description="Most proposals one side may make in one section, those taken back included."
    )
    depth: int = Field(64, ge=16, description="Deepest nesting of a section's content.")
    updates_per_second: float = Field(50.0, ge=1, description="Messages one person may send each second, on average.")
    updates_burst: int = Field(
        250, ge=10, description="Messages one person may send at once before the average counts."
    )
    bytes_per_second: int = Field(
        200 * KIB, ge=1 * KIB, description="Bytes one person may send each second, on average."
    )
    bytes_burst: int = Field(
        1000 * KIB, ge=16 * KIB, description="Bytes one person may send at once before the average counts."
    )
    syncs_per_second: float = Field(
        2.0,
        gt=0,
        description="Whole copies and checks one person may ask for each second, on average; more wait their turn.",
    )
    syncs_burst: int = Field(
        40, ge=1, description="Whole copies and checks one person may ask for at once before the average counts."
    )
    awareness_bytes: int = Field(2 * KIB, ge=512, description="Largest presence message.")
    awareness_per_second: float = Field(
        20.0, ge=1, description="Presence messages one person may send each second, on average; more are dropped."
    )
    sockets_per_person: int = Field(8, ge=1, description="Live connections one person may have open.")
    sections_per_socket: int = Field(32, ge=1, description="Sections one live connection may have open.")
    sockets_total: int = Field(10_000, ge=1, description="Live connections this process accepts.")
    unauthenticated_bytes: int = Field(
        64 * KIB, ge=4 * KIB, description="Bytes one connection may send before it has signed in."
    )
    unauthenticated_frames: int = Field(16, ge=3, description="Frames kept for a section while its sign-in is checked.")
    unauthenticated_seconds: float = Field(
        10.0, ge=0.1, description="Time a live connection has to sign in to its first section."
    )
    outbox_bytes: int = Field(
        1 * MIB,
        ge=16 * KIB,
        description="Bytes waiting for one slow reader before its updates are dropped and a fresh copy is owed.",
    )
    outbox_overflow_seconds: float = Field(
        60.0, ge=0, description="A second overflow within this time closes the connection."
    )
    pending_updates: int = Field(
        512, ge=1, description="Updates of one connection waiting for the disk before reading from it pauses."
    )
    malformed_limit: int = Field(3, ge=1, description="Malformed messages in one connection before it is closed.")
    control_frames_per_second: float = Field(
        5.0,
        gt=0,
        description="Pings, pongs and small parts of messages one connection may send each second, on average; "
        "more close it.",
    )
    ping_seconds: float = Field(20.0, ge=1, description="Time between pings of a live connection.")
    ping_timeout_seconds: float = Field(
        20.0, ge=1, description="Time an unanswered ping may take before the connection is closed."
    )
    poll_seconds: float = Field(
        20.0,
        gt=0,
        le=25,
        description="Longest time a request of a live connection over HTTP is held open; proxies cut idle ones.",
    )
    poll_lost_seconds: float = Field(
        15.0, gt=0, description="A page that goes over HTTP and does not ask for so long has gone."
    )
    poll_repeats: int = Field(
        4, ge=1, description="Times one answer over HTTP is sent again before its page has to connect anew."
    )
    poll_records: int = Field(1000, ge=100, description="Most frames in one request of a live connection over HTTP.")
    room_idle_seconds: float = Field(60.0, ge=0, description="A section nobody has open leaves memory after this time.")
    snapshot_every: int = Field(
        500, ge=1, description="Log entries after which a verified snapshot of a section is written."
    )
    snapshot_pause_seconds: float = Field(
        30.0,
        ge=0,
        description="The process that builds snapshots is started at most this often, and builds all that are due: "
        "starting it costs more than building one.",
    )
    checkpoint_every: int = Field(
        5000,
        ge=100,
        description="Log entries between the snapshots kept for good, from which a moment of the past is shown; "
        "a very long log has them further apart.",
    )
    history_bytes: int = Field(
        32 * MIB, ge=0, description="Former texts of sections kept in memory for whoever looks at their history."
    )
    history_moments: int = Field(
        64, ge=0, description="Moments of sections of which it is kept in memory who wrote which words."
    )
    history_waiting: int = Field(
        32, ge=1, description="Questions about histories that may wait for each other; more are refused."
    )
    fast_sockets: bool = Field(
        True, description="Hands frames straight between socket and room. Off: the plain ASGI path."
    )

    # HTTP limits
    request_bytes: int = Field(1 * MIB, ge=1000, description="Largest HTTP request body.")
    header_bytes: int = Field(
        32 * KIB, ge=1024, description="Largest head of an HTTP request: its address and its headers."
    )
    header_seconds: float = Field(
        10.0, gt=0, description="Time a connection has to send the head of a request, before it is closed."
    )
    connections_total: int = Field(
        12_000, ge=1, description="TCP connections open at once, of every kind; more are closed as they come."
    )

    # Word files taken back
    word_bytes: int = Field(10 * MIB, ge=64 * KIB, description="Largest Word file that may be taken back, in bytes.")
    word_parts: int = Field(2000, ge=50, description="Most parts in the archive a Word file is.")
    word_unpacked_bytes: int = Field(
        100 * MIB, ge=1 * MIB, description="Largest size all parts of a Word file may unpack to together."
    )
    word_ratio: int = Field(
        200, ge=20, description="How many times its own size a Word file may unpack to; beyond it is a trap."
    )
    word_depth: int = Field(100, ge=32, le=200, description="Deepest nesting in a part of a Word file.")
    word_paragraphs: int = Field(20_000, ge=500, description="Most paragraphs a Word file may have to be read.")
    word_characters: int = Field(2_000_000, ge=50_000, description="Most characters of text a Word file may have.")

    # running
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(
        1, ge=1, le=64, description="Server processes that share the port. More than one needs PostgreSQL."
    )
    drain_seconds: float = Field(
        2.0,
        ge=0,
        description="Time a server that was told to stop goes on serving while /health/ready says no; "
        "an embedded store does not wait.",
    )
    log_level: LogLevel = Field("info", description="Least severe log event that is written.")
    metrics_token: SecretStr | None = Field(
        None, description="Bearer token that opens /metrics; empty opens it to this machine alone."
    )
    metrics_dir: Path | None = Field(
        None,
        description="Private folder in which the worker processes of one machine find each other's figures; "
        "empty: this process shows its own.",
    )
    otlp_endpoint: str | None = Field(
        None, description="Address of an OpenTelemetry collector (OTLP over HTTP); empty turns traces off."
    )
    trace_ratio: float = Field(
        0.05, ge=0, le=1, description="Part of requests and live messages that is traced, from 0 to 1."
    )
    database_busy_seconds: float = Field(5.0, ge=0, description="Time a write waits for the database before it fails.")


def unknown_names(environment: Iterable[str]) -> list[str]:
    """Variables that look like settings and are none: a slip of the pen would otherwise go unnoticed."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    ours = (name for name in environment if name.upper().startswith(PREFIX))
    return sorted(name for name in ours if name.upper() not in known and not name.upper().startswith(OF_OUR_TOOLS))

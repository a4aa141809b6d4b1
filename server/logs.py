"""Logs: one JSON object a line, one event an outcome. Never a name, an e-mail address, a secret or a word of a plan.

``set_up_logs`` is called once by whoever starts a process. Our own events and other libraries' records leave the same
way, and what must not be written is taken out here, at the one place all of them pass.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

import structlog

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

PRIVATE_KEYS = frozenset(
    {
        "name",
        "email",
        "address",
        "to",
        "child",
        "text",
        "content",
        "wish",
        "why",
        "body",
        "token",
        "code_sent",
        "password",
    }
)
LIBRARIES = ("uvicorn", "uvicorn.error", "websockets", "alembic", "sqlalchemy", "asyncio")
_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_REMOVED = "(removed)"

Event = MutableMapping[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def set_up_logs(level: str, stream: TextIO | None = None) -> None:
    """Send everything this process logs to ``stream`` (standard error) as JSON, from ``level`` up."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _request_id,
        _trouble,
        _without_private,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_template_only, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    logging.getLogger("uvicorn.access").disabled = True  # it would write whole addresses; the edge logs routes
    for library in LIBRARIES:
        logger = logging.getLogger(library)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(max(number, logging.WARNING if library in ("sqlalchemy", "alembic", "asyncio") else number))


def clean(text: str) -> str:
    """The text without e-mail addresses and tokens."""
    return _TOKEN.sub(_REMOVED, _ADDRESS.sub(_REMOVED, text))


def frames_of(error: BaseException) -> list[str]:
    """Where an error came from, as ``file:line function``; never its message, which may quote a plan."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]


def _request_id(_logger: Any, _method: str, event: Event) -> Event:
    found = REQUEST_ID.get()
    if found is not None:
        event.setdefault("request_id", found)
    return event


def _trouble(_logger: Any, _method: str, event: Event) -> Event:
    """Replace ``exc_info`` by the error's kind and where it came from; its causes' kinds beside it."""
    error = _error_of(event.pop("exc_info", None))
    if error is None:
        return event
    event["error"] = type(error).__name__
    event["where"] = frames_of(error)[-12:]
    cause = error.__cause__ or error.__context__
    if cause is not None:
        event["cause"] = type(cause).__name__
    return event


def _error_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple) and len(info) == 3:
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exc_info()[1] if info else None


def _without_private(_logger: Any, _method: str, event: Event) -> Event:
    for key, value in event.items():
        event[key] = _REMOVED if key in PRIVATE_KEYS else _clean_value(value)
    return event


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, Mapping):
        return {key: _REMOVED if key in PRIVATE_KEYS else _clean_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean_value(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean(str(value))


def _template_only(_logger: Any, _method: str, event: Event) -> Event:
    """Of another library's record, the pattern of its message, not what was filled in: that may be anything."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        if record.name.startswith("uvicorn"):
            return event  # starts, stops and ports; its access log is off
        event["event"] = str(record.msg)
        if record.exc_info:
            event["exc_info"] = record.exc_info
    return event

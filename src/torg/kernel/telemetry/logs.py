"""Structured logs: one line per happening, as JSON for machines or in colour for people.

Guarantees: lines of libraries take the same road as ours; every line carries the request, job, trace and
actor that are bound at the time; passwords, tokens, secrets and what identifies a person are blotted out by
the names of their fields. Say what happened in a fixed sentence and give the facts as fields:
`log.info("order placed", order=…)`."""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, merge_contextvars
from structlog.processors import ExceptionRenderer
from structlog.stdlib import BoundLogger
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

__all__ = ["bind_contextvars", "bound_contextvars", "clear_contextvars", "configure_logs", "logger"]

# fmt: off
SECRET_FIELDS = frozenset({
    "authorization", "cookie", "password", "secret", "secrets", "token", "tokens", "torg_token",
    "api_key", "key_hash", "code_hash", "csrf", "otp", "totp", "email", "e_mail", "phone", "address",
    "recipient", "first_name", "last_name", "full_name", "birthday", "card", "iban",
})
# fmt: on
BLOT = "[hidden]"
CHATTY = ("procrastinate", "httpx", "httpcore", "psycopg.pool", "_granian", "granian.access", "asyncio")


REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
"""The id of the request under way; cheaper to set for each than what `bound_contextvars` keeps."""


def logger(name: str) -> BoundLogger:
    """The log of one module; quiet until `configure_logs` was called, except for warnings."""
    log: BoundLogger = structlog.stdlib.get_logger(name)
    return log


def configure_logs(*, json: bool, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send this process's log, libraries included, to `stream` (standard error unless told otherwise)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(_only_known_extras), *_CHAIN],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(json)],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if getattr(old, "torg", False):
            root.removeHandler(old)
    handler.torg = True  # type: ignore[attr-defined]  # a mark of our own, so that a second call replaces the first
    root.addHandler(handler)
    root.setLevel(level)
    # They tell of every run, poll and request; what matters of it is told by us.
    for name in (
        "procrastinate",
        "httpx",
        "httpcore",
        "psycopg.pool",
        "_granian",
        "granian.access",
        "asyncio",
    ):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def hide_secrets(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out the fields whose names say that they must not be read."""
    for field, value in line.items():
        if field.lower().replace("-", "_") in SECRET_FIELDS:
            line[field] = BLOT
        elif isinstance(value, dict):
            line[field] = hide_secrets(_logger, _method, dict(value))
    return line


def _add_request(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request = REQUEST.get()
    if request is not None:
        line["request"] = request
    return line


_CHAIN: list[Processor] = [
    merge_contextvars,
    _add_request,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secrets,
]


def _rendering(json: bool) -> list[Processor]:
    if json:
        # Without local variables: they hold what people typed.
        traceback = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return [traceback, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


# Libraries hang whole objects (a job with its arguments, a request) on their lines; those stay out.
_only_known_extras = ("status_code", "method", "path")

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_CHAIN,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

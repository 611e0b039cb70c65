"""Logs and progress on stderr, as text for people or as JSON lines; stdout is for answers only."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from reconciler.report.document import visible

log = structlog.get_logger()

Event = MutableMapping[str, Any]


def set_up_logs(form: str, *, verbose: bool = False) -> None:
    """Send structlog to stderr; `form` is text or json."""
    write: list[structlog.typing.Processor] = (
        [structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer(default=str)]
        if form == "json"
        else [_write_text]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.ExceptionRenderer(),
            *write,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Stderr())),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Others()], level=logging.WARNING, force=True)


class _Stderr:
    """Whatever sys.stderr is at the moment: while a bar is drawn there, lines go above it."""

    def write(self, text: str) -> int:
        """Pass it on."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Pass it on."""
        sys.stderr.flush()


class _Others(logging.Handler):
    """What libraries log goes the same way."""

    def emit(self, record: logging.LogRecord) -> None:
        """One record of the standard library's logging."""
        say = log.error if record.levelno >= logging.ERROR else log.warning
        say(record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _write_text(logger: Any, method: str, event: Event) -> str:
    """`event verb address  key=value ...`, its level where worth saying; vendors' texts made harmless."""
    level, said = str(event.pop("level")), str(event.pop("event"))
    exception = event.pop("exception", "")
    head = f"{level}: {said}" if level in ("warning", "error", "critical") else said
    head = " ".join([head, *(str(event.pop(key)) for key in ("verb", "address") if key in event)])
    rest = "  ".join(f"{key}={visible(str(value))}" for key, value in event.items())
    return "  ".join(filter(None, (head, rest))) + (f"\n{exception}" if exception else "")

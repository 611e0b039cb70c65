"""Where answers go: stdout or --out, coloured only for a person at a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime
from typing import TextIO, cast

import click
import structlog

from reconciler.commands.options import Looks
from reconciler.errors import ReconcilerError
from reconciler.report import Format, Style

log = structlog.get_logger()


def style_of(
    looks: Looks | None = None, *, stream: TextIO | None = None, now: datetime | None = None
) -> Style:
    """How to render: as wide as the terminal, 100 columns elsewhere; no colour with NO_COLOR or in files."""
    stream = stream or sys.stdout
    person = stream.isatty() and (looks is None or looks.out is None)
    width = shutil.get_terminal_size((100, 24)).columns if person else 100
    colour = person and not os.environ.get("NO_COLOR")
    if looks is None:
        return Style(width=width, colour=colour, now=now)
    return Style(cast("Format", looks.format), width, colour, looks.full, now)


def write(text: str, looks: Looks) -> None:
    """To --out if given, else to stdout. Raises ReconcilerError where the file cannot be written."""
    text = text if text.endswith("\n") else text + "\n"
    if looks.out is None:
        click.echo(text, nl=False)
        return
    try:
        looks.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReconcilerError(
            f"{looks.out} cannot be written: {error.strerror}; name another --out"
        ) from error
    log.info(f"wrote {looks.out}")

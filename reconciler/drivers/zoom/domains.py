"""Lists of domains as Zoom writes them, and as they are compared."""

from __future__ import annotations

from collections.abc import Iterable


def read_domains(told: str | Iterable[str] | None) -> tuple[str, ...]:
    """From a list, or from one text separated by commas: small letters, in alphabetical order, each once."""
    parts = told.split(",") if isinstance(told, str) else told or ()
    return tuple(sorted({part.strip().casefold() for part in parts} - {""}))


def join_domains(domains: Iterable[str]) -> str:
    """One text, separated by commas."""
    return ",".join(domains)

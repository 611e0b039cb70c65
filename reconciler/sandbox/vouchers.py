"""What launches under way leave behind: things that are good once and for a while, and spent nonces."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Json


class Vouchers:
    """Values handed out under a secret name; each is good for one `take` within `lifetime`."""

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime
        self._open: dict[str, tuple[datetime, Json]] = {}

    def give(self, value: Json, now: datetime) -> str:
        """Keep a value; the name to take it by, 128 hexadecimal digits."""
        self._open = {name: one for name, one in self._open.items() if self._is_good(one[0], now)}
        name = secrets.token_hex(64)
        self._open[name] = (now, value)
        return name

    def see(self, name: str, now: datetime) -> Json | None:
        """The value, which stays; None where nothing of that name was given, or it is spent or too old."""
        at, value = self._open.get(name, (now, None))
        return value if self._is_good(at, now) else None

    def take(self, name: str, now: datetime) -> Json | None:
        """The value as `see` has it, which is spent by this."""
        value = self.see(name, now)
        self._open.pop(name, None)
        return value

    def _is_good(self, at: datetime, now: datetime) -> bool:
        return now - at <= self._lifetime


@dataclass(slots=True)
class Launches:
    """Canvas's sessionless addresses and begun logins; LTI Pro's login states, and nonces by key."""

    sessionless: Vouchers = field(default_factory=lambda: Vouchers(timedelta(minutes=5)))
    begun: Vouchers = field(default_factory=lambda: Vouchers(timedelta(minutes=5)))
    states: Vouchers = field(default_factory=lambda: Vouchers(unknowns.LTI_STATE_LIFETIME))
    nonces: set[tuple[str, str]] = field(default_factory=set)

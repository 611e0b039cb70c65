"""Everything one running sandbox holds: the store and what surrounds it, behind one lock."""

from __future__ import annotations

import os
import threading
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.sandbox.calls import Json
from reconciler.sandbox.clock import Clock, zulu
from reconciler.sandbox.counters import Counters
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.kaltura.tokens import Sessions
from reconciler.sandbox.keys import Keys
from reconciler.sandbox.paging import Pages
from reconciler.sandbox.vouchers import Launches
from reconciler.sandbox.webhooks import Webhooks
from reconciler.sandbox.world import World
from reconciler.sandbox.zoom.limits import Rates
from reconciler.sandbox.zoom.tokens import Tokens


class Simulation:
    """The state of one sandbox. Whoever touches it holds `lock`."""

    def __init__(self, world: World, file: Path | None = None) -> None:
        self.file = file
        self.lock = threading.RLock()
        self.clock = Clock()
        self.faults = Faults()
        self.tokens = Tokens()
        self.sessions = Sessions()
        self.keys = Keys()
        self.pages = Pages()
        self.rates = Rates()
        self.webhooks = Webhooks()
        self.busy: set[str] = set()
        self.use(world)

    def use(self, world: World) -> None:
        """Put another campus in place, with fresh counters and no launch under way."""
        self.world = world
        self.launches = Launches()
        self.counters = Counters(len(world.mails))
        self._past: deque[tuple[datetime, bytes]] = deque()
        self._view: tuple[bytes, World] = (b"", world)

    def save(self) -> bool:
        """Write the world file, atomically; False where there is none to write."""
        if self.file is None:
            return False
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}.new")
        fresh.write_bytes(self.world.dump())
        fresh.replace(self.file)
        return True

    def now(self) -> datetime:
        """The sandbox's time."""
        return self.clock.now()

    def stamp(self) -> str:
        """The sandbox's time as the vendor writes it."""
        return zulu(self.clock.now())

    def remember(self) -> None:
        """Before a write, while reads lag: keep what they shall still see."""
        if self.faults.lag_s:
            self._past.append((self.now(), self.world.dump()))

    def view(self) -> World:
        """What a read sees: the store, or the store as it was `lag_s` ago."""
        seen = self.now() - timedelta(seconds=self.faults.lag_s)
        while self._past and self._past[0][0] <= seen:
            self._past.popleft()
        if not self._past or not self.faults.lag_s:
            return self.world
        text = self._past[0][1]
        if self._view[0] is not text:
            self._view = (text, World.load(text))
        return self._view[1]

    def emit(
        self, event: str, thing: Json, *, old: Json | None = None, by: str = "api", **more: object
    ) -> None:
        """Queue a webhook event about `thing`; `old` holds the former values of changed fields."""
        self.webhooks.emit(self, event, thing, old=old, by=by, more=more)

"""/healthz of a running daemon, on loopback: 200 while every target's last run went well, else 503."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """One target's last run and next one (aware); `result` is how the last one went."""

    last_run: datetime | None
    run: str
    result: str
    well: bool
    next_run: datetime | None


Look = Callable[[], Mapping[str, TargetHealth]]


def make_page(look: Look) -> Starlette:
    """The application; `look` is asked anew for every request."""

    def healthz(request: Request) -> Response:
        targets = look()
        well = bool(targets) and all(target.well for target in targets.values())
        body = {"well": well, "targets": {name: asdict(target) for name, target in targets.items()}}
        return Response(orjson.dumps(body), 200 if well else 503, media_type="application/json")

    return Starlette(routes=[Route("/healthz", healthz)])


class HealthPage:
    """Serves the page from a thread of its own until closed. Raises OSError where the port is taken."""

    def __init__(self, port: int, look: Look) -> None:
        self._socket = socket.create_server((HOST, port))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}/healthz"
        config = uvicorn.Config(make_page(look), log_config=None, access_log=False, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="health", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

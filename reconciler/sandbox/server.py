"""One simulated campus on loopback: `Sandbox`, its threads and sockets."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

from reconciler.errors import ReconcilerError
from reconciler.sandbox.calls import Answer, Json
from reconciler.sandbox.campus import build_campus
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.console.operations import act_in_console
from reconciler.sandbox.dispatch import Reply, dispatch, release
from reconciler.sandbox.kaltura.store import APP_TOKEN, APP_TOKEN_ID
from reconciler.sandbox.moodle.store import TOKEN
from reconciler.sandbox.rest.apis import settings_at
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.wire import Malformed, read_request, render, spoil
from reconciler.sandbox.world import World
from reconciler.sandbox.zoom.oauth import CLIENT_ID, CLIENT_SECRET

HOST = "127.0.0.1"
POLL_S = 0.05


class Sandbox:
    """One simulated campus on loopback; context manager.

    `users` people besides the owner, made from `seed`. With `world`, a JSON file, the campus is
    loaded from it where it exists and written back, atomically, when the sandbox stops. Raises
    ReconcilerError where that file holds no campus.
    """

    origin: str = ""

    def __init__(self, *, port: int = 0, users: int = 0, seed: int = 1, world: Path | None = None) -> None:
        self._port = port
        self._simulation = Simulation(_open_world(world, users, seed), world)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Listen, in a background thread; `origin` is known afterwards."""
        if self._server is not None:
            return
        self._server = _Server(self._port, self._simulation)
        self.origin = f"http://{HOST}:{self._server.server_address[1]}"
        self._stopped.clear()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="sandbox", daemon=True
        )
        self._thread.start()

    def act(self, *orders: Json) -> None:
        """Somebody at the vendors' consoles: {"do": ACTION, ...}. Raises ValueError for nonsense."""
        with self._simulation.lock:
            for order in orders:
                act_in_console(self._simulation, order)

    def stop(self) -> None:
        """Close every connection and write the world file; nothing happens a second time."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        server.shutdown()
        server.server_close()
        server.hang_up()
        self._thread.join()
        with self._simulation.lock:
            self._simulation.save()
        self._stopped.set()

    def serve_forever(self) -> None:
        """Listen until `stop` is called or the thread is interrupted."""
        self.start()
        try:
            self._stopped.wait()
        finally:
            self.stop()

    def settings(self) -> dict[str, dict[str, str]]:
        """Per driver (for `rest`: per `rest:MAPPING`), what a target needs to reach this sandbox.

        `zoom_lti_pro` has `key` and `secret` of the first credential once the console has minted one.
        """
        with self._simulation.lock:
            world = self._simulation.world
            lti = {
                "base_url": f"{self.origin}/lti/api/v1/lti/rich",
                "launch_url": f"{self.origin}/lti/lti/rich",
            }
            for credential in world.lti.credentials[:1]:
                lti |= {"key": credential["key"], "secret": credential["secret"]}
            return {
                "zoom": {
                    "base_url": f"{self.origin}/zoom/v2",
                    "token_url": f"{self.origin}/zoom/oauth/token",
                    "account_id": world.account.id,
                    "client_id": CLIENT_ID,
                    "client_secret": CLIENT_SECRET,
                },
                "zoom_lti_pro": lti,
                "canvas": {"base_url": f"{self.origin}/canvas", "token": next(iter(world.canvas.tokens))},
                "moodle": {"base_url": f"{self.origin}/moodle", "token": TOKEN},
                "kaltura": {
                    "base_url": f"{self.origin}/kaltura/api_v3",
                    "partner_id": str(world.kaltura.partner_id),
                    "app_token_id": APP_TOKEN_ID,
                    "app_token": APP_TOKEN,
                },
                **settings_at(self.origin),
            }

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _open_world(file: Path | None, users: int, seed: int) -> World:
    if file is None or not file.exists():
        return build_campus({"users": users, "seed": seed}, Clock().now())
    try:
        return World.load(file.read_bytes())
    except ValueError as error:
        raise ReconcilerError(
            f"{file}: this is not a campus the sandbox wrote ({error}). Move the file away to start anew."
        ) from error


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, simulation: Simulation) -> None:
        self.simulation = simulation
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Connection)

    def track(self, connection: socket.socket, *, is_open: bool) -> None:
        """Know the connections, so that stopping can end them."""
        with self._open_lock:
            (self._open.add if is_open else self._open.discard)(connection)

    def hang_up(self) -> None:
        """End every connection."""
        with self._open_lock:
            for connection in self._open:
                _shut(connection)


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        self.server.track(self.connection, is_open=True)
        try:
            while self._serve_one():
                pass
        except OSError:
            # The client, or stop(), has ended the connection: there is nobody to tell.
            return
        finally:
            self.server.track(self.connection, is_open=False)

    def _serve_one(self) -> bool:
        """Answer one request; False where the connection is over."""
        simulation = self.server.simulation
        try:
            request = read_request(self.rfile)
        except Malformed as error:
            head, data = render(Answer(400, {"error": str(error)}, {"Connection": "close"}), simulation.now())
            self.connection.sendall(head + data)
            return False
        if request is None:
            return False
        try:
            reply = dispatch(simulation, request)
        except Exception as error:  # noqa: BLE001 - a fault of the sandbox itself must show as one
            traceback.print_exc(file=sys.stderr)
            reply = Reply(Answer(500, {"error": f"the sandbox failed: {error!r}"}))
        if reply.delay_s:
            time.sleep(reply.delay_s)
        release(simulation, reply)
        if reply.ending:
            self.connection.sendall(spoil(reply.answer, reply.ending, simulation.now()))
            _shut(self.connection)
            return False
        head, data = render(reply.answer, simulation.now())
        self.connection.sendall(head + data)
        return request.headers.get("connection", "").lower() != "close"


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Closed by the other side already.
        return

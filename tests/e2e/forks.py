"""Commands at the price of a fork: one process imports everything, and each command is a fork of it.

A command's folder, environment, arguments and output are its own. No thread runs where it forks.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

import httpx

from reconciler import commands
from reconciler.cli import run
from reconciler.drivers.base import drivers
from reconciler.resources.base import kinds

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
"""Seconds one command may take."""


class Nursery:
    """The process that forks; it ends when this one does."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(PATIENCE)
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __spec__.name],
                env=environ,
                stdin=theirs.fileno(),
                start_new_session=True,
            )

    def run(
        self, words: Sequence[str], folder: Path, environ: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run `reconciler words...` to its end. Raises TimeoutError, and nothing of it runs on then."""
        with _file() as order, _file() as out, _file() as err:
            json.dump({"words": words, "folder": str(folder), "environ": dict(environ)}, order)
            order.flush()
            socket.send_fds(self._channel, [b"!"], [file.fileno() for file in (order, out, err)])
            try:
                ended = self._channel.recv(2)
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
                nursery.cache_clear()
                raise
            assert ended, "the process that forks is gone"
            status = int.from_bytes(ended, signed=True)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(list(words), status, out.read(), err.read())

    def close(self) -> None:
        """Let it end."""
        self._channel.close()
        self._process.wait()


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


@cache
def nursery() -> Nursery:
    """This process's own, started by the first command."""
    made = Nursery()
    atexit.register(made.close)
    return made


def prepare() -> None:
    """Import what commands import, and keep the collector from touching, and so copying, all of it."""
    for module in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}."):
        importlib.import_module(module.name)
    drivers()
    kinds()
    httpx.HTTPTransport().close()  # imports what it stands on
    gc.collect()
    gc.freeze()


def serve() -> None:
    """Fork for each command until nobody asks any more; returns in no fork, whose end is the command's."""
    prepare()
    assert threading.active_count() == 1, "a fork would lose the other threads"
    with socket.socket(fileno=os.dup(0)) as channel:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        while True:
            said, files, _, _ = socket.recv_fds(channel, 1, 3)
            if not said:
                return
            if not (child := os.fork()):
                become(*files)
            for file in files:
                os.close(file)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            channel.sendall(status.to_bytes(2, signed=True))


def become(order: int, out: int, err: int) -> NoReturn:
    """Run the command that the file `order` names, in this fork, and end as it does.

    Its end does not take the interpreter apart: that would cost more than most commands.
    """
    with open(order, encoding="utf-8") as file:
        file.seek(0)
        told = json.load(file)
    for ours, theirs in ((out, 1), (err, 2)):
        os.dup2(ours, theirs)
        os.close(ours)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environ"])
    status = 1
    try:
        status = run(told["words"])
    except BaseException:  # noqa: BLE001 - told as Python tells it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()

"""Types a page: writes its files, runs its commands in one shell, and holds what it shows to what happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from types import TracebackType

from tests.e2e.pages import Block, Step, patch, read_blocks, read_steps

ELSEWHERE = frozenset({"make demo", "make test", "make bench", "make faults"})
"""Commands that pages show and other tests run."""
DEADLINE = 180.0
"""Seconds one page may take."""

_MARK = "\x1e"
_CURL = """
import sys, time, urllib.request
url = next(word for word in sys.argv if word.startswith("127.0.0.1"))
body = sys.argv[sys.argv.index("-d") + 1].encode()
for left in range(9, -1, -1):
    try:
        print(urllib.request.urlopen("http://" + url, body).read().decode())
        break
    except OSError:
        time.sleep(1 if left else sys.exit(7))
"""
"""What pages ask of curl, for machines without it."""

_VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<digest>"),
    (re.compile(r"\b\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\b"), "<run>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<ledger>"),
    (re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])"), "<id>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<port>"),
    (re.compile(r"\b\d+ minutes? ago"), "<age>"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "<seconds>"),
)


class Typist:
    """One shell in one folder; context manager. `reconciler` is the package found first on PYTHONPATH.

    `stands_for` replaces texts of the pages, such as a port that must be free here.
    """

    def __init__(self, folder: Path, stands_for: Mapping[str, str] | None = None, **environ: str) -> None:
        self.folder = folder
        self._stands_for = dict(stands_for or {})
        commands = folder / ".venv" / "bin"
        commands.mkdir(parents=True)
        self._write_command(commands / "reconciler", "-m reconciler")
        self._write_command(commands / "python", "")
        if which("curl") is None:
            self._write_command(commands / "curl", f"-c '{_CURL}'")
        (commands / "activate").write_text(f"export PATH={commands}:$PATH\n", encoding="utf-8")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("RECONCILER_")}
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env={**clean, "PATH": f"{commands}:{os.environ['PATH']}", **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._watch = threading.Timer(DEADLINE, self._kill)

    def _write_command(self, path: Path, arguments: str) -> None:
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def __enter__(self) -> Typist:
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.cancel()
        self._kill()
        with self._shell:
            return

    def _kill(self) -> None:
        try:
            os.killpg(self._shell.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def type_page(self, page: str) -> None:
        """Every block of a page in order."""
        for block in read_blocks(page):
            if block.title:
                self._write(block)
            elif block.language == "console":
                for step in read_steps(block):
                    if step.command not in ELSEWHERE:
                        self._check(step)

    def run(self, command: str) -> tuple[str, int]:
        """What a command says, on stdout and stderr as a person sees them, and its exit status."""
        shell = self._shell
        assert shell.stdin is not None and shell.stdout is not None
        shell.stdin.write(f'{command}\n__status=$?\necho "{_MARK}$__status"\n(exit $__status)\n')
        shell.stdin.flush()
        said = []
        for line in shell.stdout:
            before, mark, status = line.partition(_MARK)
            said.append(before)
            if mark:
                return "".join(said), int(status)
        raise AssertionError(f"the shell ended while it ran: {command}\n{''.join(said)}")

    def _write(self, block: Block) -> None:
        folder, _ = self.run("pwd")
        path, text = Path(folder.strip()) / block.title, self._local(block.text)
        path.parent.mkdir(parents=True, exist_ok=True)
        if block.language == "diff":
            text = patch(path.read_text(encoding="utf-8"), text)
        path.write_text(text, encoding="utf-8")

    def _local(self, text: str) -> str:
        for old, new in self._stands_for.items():
            text = text.replace(old, new)
        return text

    def _check(self, step: Step) -> None:
        said, status = self.run(self._local(step.command))
        if step.shown:
            assert fits(said, step.shown), f"{step.place}: $ {step.command}\nsays\n{said}"
        assert status == 0, f"{step.place}: $ {step.command}\nends with {status} and says\n{said}"


def fits(said: str, shown: tuple[str, ...]) -> bool:
    """Whether an output is as a page shows it: `...` is any text, alone on a line any lines.

    Times, digests, ports and the like may differ.
    """
    lines = [level(line) for line in said.rstrip().splitlines()]
    return _fit(lines, [level(line) for line in "\n".join(shown).rstrip().splitlines()])


def level(line: str) -> str:
    """A line without what differs from run to run."""
    for pattern, word in _VARYING:
        line = pattern.sub(word, line)
    return line.rstrip()


def _fit(lines: list[str], shown: list[str]) -> bool:
    if not shown:
        return not lines
    if shown[0] == "...":
        return any(_fit(lines[skipped:], shown[1:]) for skipped in range(len(lines) + 1))
    if not lines:
        return False
    pattern = ".*".join(map(re.escape, shown[0].split("...")))
    return re.fullmatch(pattern, lines[0]) is not None and _fit(lines[1:], shown[1:])

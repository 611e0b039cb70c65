"""`--help` answers at once: it imports nothing heavy, for the whole and for every command."""

import json
import subprocess
import sys

HEAVY = {"httpx", "pydantic", "deepdiff", "sqlite3", "rich", "structlog", "apscheduler", "starlette", "yaml"}
SCRIPT = """
import contextlib, io, json, sys
from reconciler.cli import COMMANDS, run
told = {}
for words in [[], *([name] for name in COMMANDS), ["state", "list"], ["state", "show"], ["state", "rebind"]]:
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        status = run([*words, "--help"])
    told[" ".join(words)] = [status, shown.getvalue(), sorted(sys.modules)]
print(json.dumps(told))
"""


def test_help_of_every_command_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    for words, (status, shown, modules) in json.loads(done.stdout).items():
        assert status == 0
        assert shown.startswith(f"Usage: reconciler {words}".rstrip()), shown
        assert not HEAVY & set(modules), f"reconciler {words} --help"

"""The command line: `reconciler COMMAND`; each command's module is imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence

import click

from reconciler import __version__

COMMANDS: Mapping[str, str] = {
    "init": "Write the first files and an empty ledger.",
    "validate": "Check the desired files; contacts nothing.",
    "plan": "Show what would be done; writes nothing.",
    "apply": "Do it: plan and apply, or apply a reviewed plan file.",
    "adopt": "Write down what a target has already, and take it over.",
    "drift": "Show what was changed behind our back.",
    "status": "Show how everything stands, worst first.",
    "confirm": "Record that a hand-off was done by a person.",
    "explain": "Show all that is known of one address, and why.",
    "graph": "Show what refers to what.",
    "history": "Show what earlier runs did.",
    "undo": "Write the reverse of a run to the desired files, and plan it.",
    "state": "Look into the ledger: list, show, rebind, forget, snapshot.",
    "schema": "Print the JSON Schemas that editors complete from.",
    "doctor": "Check versions, files, secrets, origins, targets, ledger and clock.",
    "serve": "Keep the desired state on a schedule, until told to stop.",
    "sandbox": "Run a simulated campus to try things on.",
    "demo": "See the whole of it work in a minute, without network or account.",
}
"""In the order of --help: what a newcomer types first comes first."""


class Commands(click.Group):
    """Finds commands by their module's name; --help alone imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"reconciler.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The one-line helps of COMMANDS, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="reconciler %(version)s")
def reconciler() -> None:
    """Keeps a campus's LTI estate as it is written down.

    Exit status of every command: 0 fine, 1 an error, 3 something was refused by a guard, 4 something was not
    taken, failed, uncertain, skipped or in conflict. `plan --exit-code` adds 2: there are changes.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. A wrong option is an error like any other: 1, never 2."""
    try:
        status = reconciler.main(arguments, prog_name="reconciler", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 1
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output went away; without this Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status if isinstance(status, int) else 0

"""`reconciler sandbox`: a simulated campus in the foreground, for a desired folder of your own."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import framed


@framed("sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Listen there (any).")
@click.option(
    "--users", type=click.IntRange(min=0), default=0, metavar="N", help="So many people to begin with."
)
@click.option("--world", type=Path, metavar="FILE", help="Keep the campus there from run to run.")
def command(port: int, users: int, world: Path | None) -> int:
    """Run a simulated campus on loopback until Ctrl-C: every system that a driver is for.

    Prints as YAML what targets need to reach it. Its console is played by POST to /_control/console.
    """
    import signal

    from reconciler.errors import ReconcilerError
    from reconciler.sandbox import Sandbox

    sandbox = Sandbox(port=port, users=users, world=world)
    try:
        sandbox.start()
    except OSError as error:
        raise ReconcilerError(f"port {port} is taken ({error.strerror}); name another --port") from error
    click.echo(describe(sandbox.origin, sandbox.settings()))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sandbox.serve_forever()
    except KeyboardInterrupt:
        sandbox.stop()
    return 0


def describe(origin: str, settings: dict[str, dict[str, str]]) -> str:
    """YAML with a line for the shell: what to allow, and every driver's settings."""
    lines = [
        f"# export RECONCILER_ORIGINS={origin}    (secrets travel to listed origins only)",
        f'# the console: curl {origin}/_control/console -d \'{{"do": "help"}}\'',
        f'origin: "{origin}"',
    ]
    for driver, values in settings.items():
        lines += [f"{driver}:", *(f'  {name}: "{text}"' for name, text in values.items())]
    return "\n".join(lines)

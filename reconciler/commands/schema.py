"""`reconciler schema`: JSON Schemas from which editors complete and check the desired files."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import framed


@framed("schema")
@click.argument("what", type=click.Choice(["desired", "settings", "waivers"]), default="desired")
@click.option("--into", type=Path, metavar="DIR", help="Write all three there.")
def command(what: str, into: Path | None) -> int:
    """Print the JSON Schema of WHAT: desired files, settings (reconciler.yaml) or waivers.yaml.

    A file can also name its schema itself: `# yaml-language-server: $schema=PATH` in its first line.
    """
    import orjson

    from reconciler.commands.schemas import FILES, make_schemas, write_schemas

    if into is not None:
        write_schemas(into)
        click.echo(f"wrote {', '.join(str(into / name) for name in FILES.values())}", err=True)
        return 0
    click.echo(orjson.dumps(make_schemas()[what], option=orjson.OPT_INDENT_2).decode())
    return 0

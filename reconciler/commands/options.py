"""Options that several commands share, and the frame every command runs in: logs set up, errors told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.errors import ConfigError, ReconcilerError

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("terminal", "markdown", "html", "json")
JUNIT = "junit"
SUFFIXES = {".xml": JUNIT, ".md": "markdown", ".html": "html", ".htm": "html", ".json": "json"}


def read_moment(text: str) -> datetime:
    """An ISO date (its first moment) or date and time; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date; write 2026-09-07 or 2026-09-07T10:00") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


class Framed(click.Command):
    """A command with -v and --log, whose errors are one clear message on stderr and exit status 1."""

    def __init__(self, *args: Any, log: str = "text", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += [
            click.Option(["-v", "--verbose"], is_flag=True, help="Say more on stderr."),
            click.Option(
                ["--log"], type=click.Choice(["text", "json"]), default=log, help=f"stderr's form ({log})."
            ),
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; the exit status, or what click itself raises."""
        verbose, log = ctx.params.pop("verbose"), ctx.params.pop("log")
        from reconciler.commands.logs import set_up_logs

        set_up_logs(log, verbose=verbose)
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            return _tell_problems(error)
        except ReconcilerError as error:
            click.echo(f"error: {error}", err=True)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            raise click.Abort from None
        except Exception as error:  # noqa: BLE001 - nobody is served by a traceback they did not ask for
            _tell_fault(error, verbose)
        return 1


def _tell_problems(error: ConfigError) -> int:
    from reconciler.commands.output import style_of
    from reconciler.report import render_problems

    click.echo(render_problems(error, style_of(stream=sys.stderr)), err=True, nl=False)
    return 1


def _tell_fault(error: Exception, verbose: bool) -> None:
    if verbose:
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    click.echo(f"error: a fault of reconciler itself: {type(error).__name__}: {error}", err=True)
    again = "" if verbose else ", run again with -v and add what it prints"
    click.echo(f"  Please report it where you got reconciler from{again}.", err=True)


@dataclass(frozen=True)
class Place:
    """Which desired folder, which ledger, and whether a sandbox plays the targets."""

    desired: Path
    state: Path
    environment: str
    sandbox: bool


@dataclass(frozen=True)
class Looks:
    """How and where the answer is written."""

    format: str
    out: Path | None
    full: bool
    redacted: bool


def framed(name: str, log: str = "text") -> Callable[[Callable[..., Any]], click.Command]:
    """A framed command; `log` is how it writes stderr unless told."""
    return click.command(name, cls=Framed, log=log)


def placed(*, desired: bool = True) -> Callable[[F], F]:
    """[DESIRED], --state, --environment and --sandbox as one `place`."""

    def decorate(function: F) -> F:
        wrapped: Any = _gathered(function, "place", Place, _make_place)
        options = [
            click.option("--sandbox", is_flag=True, help="Let the embedded sandbox play every target."),
            click.option("--environment", metavar="NAME", help="Whose ledger (default: default)."),
            click.option(
                "--state", type=Path, default=Path("state"), metavar="DIR", help="Where ledgers are (state)."
            ),
        ]
        if desired:
            options.append(click.argument("desired", type=Path, default=Path("desired")))
        for option in options:
            wrapped = option(wrapped)
        result: F = wrapped
        return result

    return decorate


def _make_place(values: dict[str, Any]) -> Place:
    environment, sandbox = values.pop("environment"), values.pop("sandbox")
    if sandbox and environment:
        raise click.UsageError("--sandbox has an environment of its own: leave --environment away")
    name = "sandbox" if sandbox else environment or "default"
    return Place(values.pop("desired", Path("desired")), values.pop("state"), name, sandbox)


def looking(*, redact: bool = False, junit: bool = False) -> Callable[[F], F]:
    """--format, --out, --full and, if wanted, --redact as one `looks`; `junit` where there are cases."""
    formats = (*FORMATS, JUNIT) if junit else FORMATS

    def decorate(function: F) -> F:
        wrapped: Any = _gathered(function, "looks", Looks, lambda values: _make_looks(values, formats))
        options = [
            click.option("--full", is_flag=True, help="Fold nothing."),
            click.option(
                "--out", type=Path, metavar="FILE", help="Write there; the suffix tells the format."
            ),
            click.option("--format", type=click.Choice(formats), help="How the answer is written."),
        ]
        if redact:
            options.append(
                click.option("--redact", type=click.Choice(["people"]), help="Leave out who people are.")
            )
        for option in options:
            wrapped = option(wrapped)
        result: F = wrapped
        return result

    return decorate


def _make_looks(values: dict[str, Any], formats: tuple[str, ...]) -> Looks:
    out: Path | None = values.pop("out")
    told = SUFFIXES.get(out.suffix.lower()) if out else None
    shape = values.pop("format") or (told if told in formats else "terminal")
    return Looks(shape, out, values.pop("full"), bool(values.pop("redact", None)))


def _gathered(function: Any, name: str, kind: type, make: Callable[[dict[str, Any]], Any]) -> Any:
    """`function` with several options replaced by the one value they make."""
    from functools import wraps

    @wraps(function)
    def call(**values: Any) -> Any:
        values[name] = make(values)
        return function(**values)

    return call


dated = click.option(
    "--as-of", type=read_moment, metavar="DATE", help="As if it were then (UTC unless it says)."
)


def selecting(function: F) -> F:
    """--target, --only and --as-of."""
    wrapped: Any = function
    for option in (
        dated,
        click.option("--only", default="", metavar="GLOB", help="Only addresses like zoom-main/group/*."),
        click.option(
            "--target", "targets", multiple=True, metavar="NAME", help="Only this target; may repeat."
        ),
    ):
        wrapped = option(wrapped)
    result: F = wrapped
    return result

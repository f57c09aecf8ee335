"""`init`: a configuration to begin with, each line explained, judged by our own loader before it is left behind."""

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from incidentd.cli.options import CliOptions
from incidentd.cli.starting import Wishes, next_steps, starter
from incidentd.errors import IncidentdError, UsageError
from incidentd.planning.sanitize import sanitize
from incidentd.settings.loading import judge_text
from incidentd.sources.target import parse_target
from incidentd.trackers.settings import tracker_url

T = TypeVar("T")
DEFAULT_PATH = Path("incidentd.yaml")


def init(
    context: typer.Context,
    target: Annotated[list[str] | None, typer.Option(metavar="HOST", help="An endpoint to watch: host[:port].")] = None,
    files: Annotated[list[str] | None, typer.Option(metavar="PATH", help="A file, folder or glob to watch.")] = None,
    jira: Annotated[str | None, typer.Option(metavar="URL", help="Open tickets in this Jira.")] = None,
    pagerduty: Annotated[bool, typer.Option("--pagerduty", help="Page through PagerDuty.")] = False,
) -> None:
    """Write a commented configuration to begin with: to --config, else ./incidentd.yaml; never over a file."""
    options: CliOptions = context.obj
    path = options.config_path or DEFAULT_PATH
    wishes = _wishes(target or [], files or [], jira, pagerduty)
    text = starter(wishes)
    judge_text(text, path)
    _write_anew(path, text)
    chosen = [] if options.config_path is None else ["--config", shlex.quote(str(path))]
    typer.echo(f"{sanitize(str(path))} is written, and can be used; every line of it is explained.")
    typer.echo("\n".join(map(sanitize, next_steps(wishes, ["incidentd", *chosen]))))


def _wishes(targets: list[str], files: list[str], jira: str | None, pagerduty: bool) -> Wishes:
    """Raises UsageError for what nobody could use."""
    for target in targets:
        _judged("--target", parse_target, target)
    url = None if jira is None else _judged("--jira", tracker_url, jira)
    # The configuration's folder is where its paths begin; the command's are those of whoever gives it.
    paths = tuple(os.path.abspath(file) for file in files)
    return Wishes(tuple(dict.fromkeys(targets)), tuple(dict.fromkeys(paths)), url, pagerduty)


def _judged(option: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(
            str(error), where=f"{option} {text}", hint="`incidentd init --help` says what it takes"
        ) from None


def _write_anew(path: Path, text: str) -> None:
    """0600 from its first moment, and never over what is there, nor through a link. Raises IncidentdError."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        hint = "choose another path by --config, or edit that one"
        raise IncidentdError("there is a file already, and it is left as it is", str(path), hint) from None
    except OSError as error:
        hint = "make the folder first, or choose another path by --config"
        raise IncidentdError(f"it cannot be written: {error.strerror}", str(path), hint) from None
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise IncidentdError(f"it cannot be written: {error.strerror}", str(path), "make room there") from None

"""The registry of commands. A new one is a line here; its module is imported only when it is called.

A target is a function (one command) or a typer.Typer (a family of them).
"""

import gc
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from incidentd.errors import UsageError


@dataclass(frozen=True, slots=True)
class LateCommand:
    """A command as `--help` lists it, and where it is."""

    name: str
    target: str
    """`module:attribute`."""
    summary: str
    failure_exit: int = 1
    """Exit code when incidentd itself fails in it."""


COMMANDS = (
    LateCommand("demo", "incidentd.cli.demo:demo", "Replay February 2013 on this computer; needs no configuration."),
    LateCommand("init", "incidentd.cli.init:init", "Write a configuration to begin with, each line explained."),
    LateCommand("doctor", "incidentd.cli.doctor:doctor", "Check the set-up; --live: trackers and endpoints too."),
    LateCommand("check", "incidentd.cli.check:check", "Look at certificates now; needs no configuration.", 2),
    LateCommand("run", "incidentd.cli.run:run", "Sweep, reconcile and serve the board; --once: one pass."),
    LateCommand("plan", "incidentd.cli.plan:plan", "Show what a pass would do, with reasons."),
    LateCommand("approve", "incidentd.cli.plan:approve", "Let through what the guard holds."),
    LateCommand("explain", "incidentd.cli.explain:explain", "Say why a certificate is judged as it is."),
    LateCommand("adopt", "incidentd.cli.adopt:adopt", "Make a ticket that people opened the incident's own."),
    LateCommand("move", "incidentd.cli.move:move", "Move an open incident to another tracker."),
    LateCommand("snooze", "incidentd.cli.snooze:snooze", "Hear nothing of an incident for a while."),
    LateCommand("accept", "incidentd.cli.accept:accept", "Accept the risk of a certificate until a day."),
    LateCommand("retire", "incidentd.cli.retire:retire", "Say that a place is gone for good."),
    LateCommand("repair", "incidentd.cli.repair:repair", "Find what ledger and trackers disagree about, and mend it."),
    LateCommand("list", "incidentd.cli.inventory:list_certificates", "Show the inventory."),
    LateCommand("incidents", "incidentd.cli.inventory:incidents", "Show the incidents."),
    LateCommand("promise", "incidentd.cli.promise:promise", "Show what was promised, and whether it is kept."),
    LateCommand("scan", "incidentd.cli.scan:scan", "Sweep here, and push what is seen to a hub elsewhere."),
    LateCommand("release", "incidentd.cli.release:release_app", "Announce a release with the certificates it carries."),
    LateCommand("releases", "incidentd.cli.release:releases", "Show the releases, and what they renew."),
    LateCommand("simulate", "incidentd.cli.simulate:simulate", "Show what will be open at a day to come."),
    LateCommand(
        "concentration", "incidentd.cli.concentration:concentration", "Show what would fail together; --spread: dates."
    ),
    LateCommand("report", "incidentd.cli.report:report", "Count what became of incidents, by owner."),
    LateCommand("db", "incidentd.cli.db:db_app", "Check and upgrade the state database."),
    LateCommand("config", "incidentd.cli.config:config_app", "Check, describe and show the configuration."),
)

HELP = LateCommand("help", "incidentd.cli.commands:show_help", "The same as --help.")
"""Not listed: `--help` is what the others have too."""


def failure_exit_of(name: str | None) -> int:
    """The exit code when incidentd itself fails in the command of this name."""
    return next((one.failure_exit for one in COMMANDS if one.name == name), 1)


class LateGroup(TyperGroup):
    """The commands of the registry: the one that is called is imported, the others are a line of help.

    Contexts and commands are Any: typer keeps their types to itself.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the registry."""
        return [one.name for one in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, imported now. Raises UsageError with the nearest names."""
        late = next((one for one in (*COMMANDS, HELP) if one.name == cmd_name), None)
        if late is None:
            near = get_close_matches(cmd_name, self.list_commands(ctx))
            hint = f"did you mean {' or '.join(near)}?" if near else "`incidentd --help` lists them"
            raise UsageError(f"there is no command {cmd_name!r}", hint=hint)
        return _imported(late)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in `--help`, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(one.name, one.summary) for one in COMMANDS])


def show_help(
    context: typer.Context, command: Annotated[str | None, typer.Argument(help="Of this command.")] = None
) -> None:
    """Print the help of incidentd, or of one command."""
    root = context.find_root()
    if command is None:
        typer.echo(root.get_help())
        return
    group: Any = root.command
    group.get_command(root, command).make_context(command, ["--help"], parent=root)


def _imported(late: LateCommand) -> Any:
    module, attribute = late.target.split(":")
    found = getattr(import_module(module), attribute)
    _stays()
    app = found
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False)
        app.command(late.name)(found)
    # Plain text: help is alike in every command, obeys NO_COLOR by itself, and needs no second library to be shown.
    app.rich_markup_mode = None
    return get_group(app) if app is found else get_command(app)


def _stays() -> None:
    """Where collecting was put off for the imports: modules and classes stay, so they are never looked at again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()

"""`run` and `run --once`: the daemon, and one whole pass of it."""

from datetime import timedelta
from typing import Annotated

import typer

from incidentd.cli.output import sweep_progress
from incidentd.cli.work import loaded_settings, with_installation
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.passes import Reconciled, whole_pass
from incidentd.durations import parse_duration
from incidentd.errors import UsageError
from incidentd.planning.guard import plan_hash
from incidentd.planning.phrases import counted
from incidentd.settings import Loaded


def run(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="One sweep, one reconcile, the outbox drained; then exit.")
    ] = False,
    deadline: Annotated[str, typer.Option(help="With --once: until when to go on trying, as in 60s.")] = "60s",
) -> None:
    """Sweep, reconcile and serve the board, until told to stop."""
    loaded = loaded_settings(context)
    announce(loaded)
    if once:
        _run_once(loaded, _duration(deadline))
        return
    from incidentd.cli.daemon import run_daemon

    run_daemon(loaded)


def announce(loaded: Loaded) -> None:
    """Said at start: which state it is; what is odd about the configuration was said when it was read."""
    typer.echo(f"incidentd: state {loaded.shown_state}", err=True)


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(str(error), where="--deadline", hint="for example 60s or 5m") from None


def _run_once(loaded: Loaded, patience: timedelta) -> None:
    with sweep_progress() as progress:
        passed = with_installation(
            loaded,
            lambda installation: whole_pass(installation, ClockWatch(installation.clock), patience, progress),
        )
    done = passed.reconciled
    for line in passed.problems:
        typer.echo(f"incidentd: {line}", err=True)
    if done.decision.plan.held:
        held = counted(len(done.decision.plan.held), "action")
        release = f"incidentd approve {plan_hash(done.decision.plan)}"
        shown = "`incidentd plan` shows them"
        typer.echo(f"incidentd: the guard holds {held}; {shown}, `{release}` lets them through", err=True)
    typer.echo(_summary(done))
    if done.undelivered or passed.problems:
        raise typer.Exit(1)


def _summary(done: Reconciled) -> str:
    waiting = f", {done.undelivered} not delivered" if done.undelivered else ""
    would = "would be " if done.observes_only else ""
    planned = counted(len(done.decision.plan.actions), "action")
    return f"{planned} {would}sent, {done.decision.plan.left} incidents as they should be{waiting}."

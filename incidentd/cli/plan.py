"""`plan` and `approve`: what a pass would do, and letting through what the guard holds."""

from typing import Annotated

import typer

from incidentd.cli.output import print_document, sweep_progress
from incidentd.cli.work import loaded_settings, with_installation
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision, decide
from incidentd.daemon.installation import Installation
from incidentd.daemon.sweeping import sweep_in_memory
from incidentd.errors import IncidentdError
from incidentd.model.plan import Action, Plan
from incidentd.planning.documents import plan_document
from incidentd.planning.guard import plan_hash
from incidentd.planning.phrases import ago, counted
from incidentd.sources.interface import Progress, no_progress
from incidentd.store.interface import Approval

CHANGES = 2


def plan(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as one JSON document.")] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 when there is something to do.")
    ] = False,
    cached: Annotated[bool, typer.Option("--cached", help="From what the state holds, without a sweep.")] = False,
) -> None:
    """Show what `run --once` would do, with reasons. Writes nothing, neither state nor tracker."""
    loaded = loaded_settings(context)
    with sweep_progress() as progress:
        decision = with_installation(
            loaded, lambda installation: _decided(installation, cached, progress), read_only=True
        )
    for problem in decision.problems:
        typer.echo(f"incidentd: {problem}", err=True)
    if as_json:
        print_document(plan_document(decision.plan))
    else:
        _print(decision, cached)
    if decision.problems:
        raise typer.Exit(1)
    if detailed_exitcode and not decision.plan.empty:
        raise typer.Exit(CHANGES)


def approve(
    context: typer.Context, hash: Annotated[str, typer.Argument(metavar="HASH", help="The hash that `plan` shows.")]
) -> None:
    """Let through, for 24 hours, what the guard held in the plan with this hash."""
    loaded = loaded_settings(context)
    released = with_installation(loaded, lambda installation: _approve(installation, hash))
    typer.echo(f"Approved: {counted(released, 'incident')}. The next pass lets them through.")


async def _decided(installation: Installation, cached: bool, progress: Progress) -> Decision:
    inventory = await installation.worker.run(installation.store.inventory)
    if not cached:
        inventory = await sweep_in_memory(installation, inventory, progress)
    return await decide(installation, inventory, ClockWatch(installation.clock))


async def _approve(installation: Installation, hash: str) -> int:
    """The held plan is made again, from the state alone, and if that is another one, with a fresh sweep."""
    for cached in (True, False):
        decision = await _decided(installation, cached, no_progress)
        keys = tuple(sorted({held.action.key for held in decision.plan.held}))
        if keys and plan_hash(decision.plan) == hash:
            approval = Approval(hash, keys, installation.clock.now())
            await installation.worker.run(lambda approval=approval: installation.store.approve(approval))
            return len(keys)
    raise IncidentdError(
        "no held plan has this hash now",
        where=f"approve {hash}",
        hint="`incidentd plan` shows what is held, and its hash",
    )


def _print(decision: Decision, cached: bool) -> None:
    plan = decision.plan
    if cached:
        _print_age(decision)
    for action in plan.actions:
        typer.echo(_line(action))
    for held in plan.held:
        typer.echo(f"hold     {held.action.name}  {held.action.kind}: {held.text} [{held.hold}]")
    typer.echo(_summary(plan))


def _line(action: Action) -> str:
    ticket = f" {action.ticket.key}" if action.ticket else ""
    reasons = ", ".join(str(reason) for reason in action.reasons)
    return f"{action.kind:<8} {action.name}  -> {action.tracker}{ticket}\n         {action.text}\n         because: {reasons}"


def _summary(plan: Plan) -> str:
    counts = f"{counted(len(plan.actions), 'action')}, {len(plan.held)} held, {plan.left} as they should be."
    return f"{counts} Release what is held: incidentd approve {plan_hash(plan)}" if plan.held else counts


def _print_age(decision: Decision) -> None:
    for sweep in decision.inventory.sweeps.values():
        typer.echo(f"{sweep.source}: last swept {ago(decision.now - sweep.finished_at)} ago", err=True)

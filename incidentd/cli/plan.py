"""`plan` and `approve`: what a pass would do, and letting through what the guard holds."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from incidentd.cli.held import print_own_plan, print_plan, say_distrust
from incidentd.cli.output import AsJson, Form, InForm, print_document, sweep_progress
from incidentd.cli.unseen import say_the_age, say_what_is_unseen
from incidentd.cli.work import loaded_settings, say, with_installation
from incidentd.daemon.blindness import OwnSight, look_at_oneself
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision, decide
from incidentd.daemon.installation import Installation
from incidentd.daemon.sweeping import failures_of, sweep_in_memory
from incidentd.errors import IncidentdError
from incidentd.model.blindness import Signs
from incidentd.planning.documents import plan_document
from incidentd.planning.guard import plan_hash
from incidentd.planning.phrases import counted
from incidentd.planning.short_lived import what_would_let_them_off
from incidentd.sources.interface import Progress, no_progress
from incidentd.store.interface import Approval

CHANGES = 2


def plan(
    context: typer.Context,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2: something to do, 1: not all was read.")
    ] = False,
    cached: Annotated[bool, typer.Option("--cached", help="From what the state holds, without a sweep.")] = False,
) -> None:
    """Show what `run --once` would do, with reasons. Writes nothing, neither state nor tracker."""
    loaded = loaded_settings(context)
    with sweep_progress() as progress:
        decision, own, troubles = with_installation(
            loaded, lambda installation: _planned(installation, cached, progress), read_only=True
        )
    if cached:
        say_the_age(decision.inventory, decision.now)
    else:
        say_what_is_unseen(decision.inventory)
    for trouble in (*troubles, *own.unsaid):
        say(trouble)
    say_distrust(decision)
    for line in what_would_let_them_off(decision.plan):
        typer.echo(line, err=True)
    if as_json or form is Form.JSON:
        print_document(plan_document(decision.plan, own.plan))
    else:
        print_own_plan(own.plan)
        print_plan(decision)
    if detailed_exitcode and troubles:
        raise typer.Exit(1)
    if detailed_exitcode and not (decision.plan.empty and own.plan.empty):
        raise typer.Exit(CHANGES)


def approve(
    context: typer.Context,
    hash: Annotated[str, typer.Argument(metavar="HASH", help="The hash that `plan` shows.")],
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Let through, for 24 hours, what the guard held in the plan with this hash."""
    loaded = loaded_settings(context)
    approval = with_installation(loaded, lambda installation: _approve(installation, hash))
    if as_json or form is Form.JSON:
        print_document({"hash": approval.hash, "approved": list(approval.keys)})
    else:
        typer.echo(f"Approved: {counted(len(approval.keys), 'incident')}. The next pass lets them through.")


async def _planned(
    installation: Installation, cached: bool, progress: Progress
) -> tuple[Decision, OwnSight, tuple[str, ...]]:
    """The decision, what it says of incidentd itself, and what kept it from knowing everything."""
    began_at = installation.clock.now()
    watch = ClockWatch(installation.clock)
    decision = await _decided(installation, cached, progress, watch)
    signs = None if cached else Signs(began_at)
    own = await look_at_oneself(installation, decision, decision.unfinished, watch, signs)
    troubles = (*failures_of(installation, decision.inventory), *decision.problems)
    return replace(decision, distrust=own.distrust), own, troubles


async def _decided(installation: Installation, cached: bool, progress: Progress, watch: ClockWatch) -> Decision:
    inventory = await installation.worker.run(installation.store.inventory)
    if not cached:
        inventory = await sweep_in_memory(installation, inventory, progress)
    return await decide(installation, inventory, watch)


async def _approve(installation: Installation, hash: str) -> Approval:
    """The held plan is made again, from the state alone, and if that is another one, with a fresh sweep."""
    for cached in (True, False):
        decision = await _decided(installation, cached, no_progress, ClockWatch(installation.clock))
        _refuse_a_wrong_clock(decision)
        keys = tuple(sorted({held.action.key for held in decision.plan.held}))
        if keys and plan_hash(decision.plan) == hash:
            approval = Approval(hash, keys, installation.clock.now())
            await installation.worker.run(partial(installation.store.approve, approval))
            return approval
    raise IncidentdError(
        "no held plan has this hash now",
        where=f"approve {hash}",
        hint="`incidentd plan` shows what is held, and its hash",
    )


def _refuse_a_wrong_clock(decision: Decision) -> None:
    """All of a plan is held then, and no person's word makes a clock right."""
    if decision.distrust:
        raise IncidentdError(
            "the clock is not believed, and nothing can be let through until it is",
            where="approve",
            hint=f"set the clock: {decision.distrust}",
        )

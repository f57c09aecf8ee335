"""A plan on a terminal, and what the guard holds of it on stderr: readable at any size, the document has it all."""

import typer

from incidentd.cli.work import say
from incidentd.daemon.deciding import Decision
from incidentd.model.plan import Action, ActionKind, Held, Plan
from incidentd.planning.guard import plan_hash
from incidentd.planning.holding import Ground, grounds, what_is_held
from incidentd.planning.phrases import counted

ACTIONS_SHOWN = 100
HELD_SHOWN = 10
"""Of each ground, in the order in which they would be sent."""


def say_distrust(decision: Decision) -> None:
    """Said whenever it is so: all that a plan would do is held then."""
    if decision.distrust:
        say(f"the clock is not believed: {decision.distrust}")


def say_what_is_held(decision: Decision) -> None:
    """A line for each ground, and how it is released; nothing where nothing is held."""
    say_distrust(decision)
    for line in what_is_held(decision.plan.held):
        say(line)
    if decision.plan.held and not decision.distrust:
        say(f"`incidentd plan` shows them, `{_release(decision.plan)}` lets them through")


def print_plan(decision: Decision) -> None:
    """To stdout: what is to be done, what is held and on what ground, how much there is of each."""
    plan = decision.plan
    for action in plan.actions[:ACTIONS_SHOWN]:
        typer.echo(_line(action))
    _and_more(len(plan.actions) - ACTIONS_SHOWN, "to be done")
    for ground in grounds(plan.held):
        _print_ground(ground)
    typer.echo(f"{counted(len(plan.actions), 'action')}, {len(plan.held)} held, {plan.left} as they should be.")
    if plan.held and not decision.distrust:
        typer.echo(f"Release what is held: {_release(plan)}")


def print_own_plan(plan: Plan) -> None:
    """The same of incidentd itself: a few lines at most, one a cause."""
    for action in plan.actions:
        typer.echo(f"{action.kind:<8} {action.name}  -> {action.tracker}{_ticket(action)}  (of incidentd itself)")
    for held in plan.held:
        typer.echo(f"hold     {held.action.kind} {held.action.name}: {held.text} [{held.hold}]  (of incidentd itself)")


def _release(plan: Plan) -> str:
    return f"incidentd approve {plan_hash(plan)}"


def _print_ground(ground: Ground) -> None:
    typer.echo(f"hold     {ground.words} [{ground.hold}]")
    for held in ground.held[:HELD_SHOWN]:
        typer.echo(f"         {_short(held)}")
    _and_more(len(ground.held) - HELD_SHOWN, "held on this ground")


def _and_more(left_out: int, what: str) -> None:
    if left_out > 0:
        typer.echo(f"         and {left_out} more {what}: `incidentd plan --json` has them all")


def _short(held: Held) -> str:
    action = held.action
    return f"{action.kind:<8} {action.name}, expires {action.ends_at:%Y-%m-%d}{_ticket(action)}"


def _line(action: Action) -> str:
    reasons = ", ".join(str(reason) for reason in action.reasons)
    head = f"{action.kind:<8} {action.name}  -> {action.tracker}{_ticket(action)}{_page(action)}"
    return f"{head}\n         {action.text}\n         because: {reasons}"


def _page(action: Action) -> str:
    """Whom an opening pages at once, beside its ticket."""
    page = action.incident.page if action.incident and action.kind is ActionKind.OPEN else None
    return f", and a page in {page.tracker}" if page and action.step >= page.from_step else ""


def _ticket(action: Action) -> str:
    return f" {action.ticket.key}" if action.ticket else ""

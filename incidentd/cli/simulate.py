"""`simulate`: what will be open at a day to come, what opens until then, and what another policy would change of it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from incidentd.cli.decisions import instant_meant
from incidentd.cli.output import AsJson, Form, InForm, print_document, print_table
from incidentd.cli.unseen import say_the_age
from incidentd.cli.work import announced, loaded_settings, with_installation
from incidentd.daemon.installation import Installation
from incidentd.daemon.rows import latest_by_key
from incidentd.errors import UsageError
from incidentd.model.plan import Action
from incidentd.model.policy import Policy
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.planning.phrases import counted, instant
from incidentd.planning.simulating import (
    Difference,
    Present,
    Simulation,
    difference,
    simulation_document,
)
from incidentd.planning.simulating import simulate as simulated
from incidentd.settings import load_policy, policy_in
from incidentd.settings.judgement import PolicySettings

COLUMNS = ("opens", "severity", "stage", "expires", "name", "tracker")
DAY_CHARACTERS = len("2027-01-31")


def simulate(
    context: typer.Context,
    at: Annotated[str, typer.Option("--at", help="A day (its first moment, UTC; today: now) or a time with its zone.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Other rules: a configuration or its `policy`.")
    ] = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Show what will be open then, and what opens until then, if all is seen as it is now; with --policy, what changes.

    From what the state holds, without a sweep; writes nothing anywhere.
    """
    meant = instant_meant(at, "--at", what="a moment to come")
    loaded = loaded_settings(context)
    other = load_policy(policy) if policy is not None else None

    async def work(installation: Installation) -> tuple[Simulation, Difference | None]:
        now = installation.clock.now()
        then = _to_come(meant, now, is_day=len(at) == DAY_CHARACTERS)
        return _both(await _present(installation, now), installation.policy, other, then)

    simulation, changes = with_installation(loaded, work, read_only=True)
    if as_json or form is Form.JSON:
        print_document(simulation_document(simulation, changes))
        return
    _print(simulation)
    if changes is not None:
        _print_changes(changes, policy)


def _to_come(at: datetime, now: datetime, *, is_day: bool) -> datetime:
    if is_day and at.date() == now.date():
        return now
    if at < now:
        raise UsageError(
            "this moment has passed", where="--at", hint="`incidentd incidents` and `report` tell what has been"
        )
    return at


async def _present(installation: Installation, now: datetime) -> Present:
    store = installation.store
    inventory = await installation.worker.run(store.inventory)
    records = await installation.worker.run(lambda: store.records(now - REOPENS_WITHIN))
    say_the_age(inventory, now)
    return Present(
        now=now,
        inventory=inventory,
        records=latest_by_key(row for row in records if row.of_certificate),
        releases=await announced(installation),
        instance=installation.instance,
        routing=installation.routing,
        intervals=installation.intervals,
    )


def _both(
    present: Present, policy: Policy, other: PolicySettings | None, at: datetime
) -> tuple[Simulation, Difference | None]:
    simulation = simulated(present, policy, at)
    if other is None:
        return simulation, None
    otherwise = simulated(present, policy_in(other, policy.trusting_sources, policy.pushed_sources), at)
    return otherwise, difference(simulation, otherwise)


def _print(simulation: Simulation) -> None:
    open_, opens = simulation.open, simulation.opens
    typer.echo(f"{instant(simulation.at)}, if all is seen as it is now: {counted(len(open_), 'incident')} open.")
    already = [one for one in open_ if one.opens_at is None]
    cells = [[instant(one.opens_at) if one.opens_at else "open now", *_cells(one.action)] for one in (*already, *opens)]
    if cells:
        print_table(COLUMNS, cells)


def _print_changes(changes: Difference, policy: Path | None) -> None:
    parts = ((changes.opens, "opened"), (changes.closes, "closed"), (changes.changes, "changed"))
    told = ", ".join(f"{len(part)} {word}" for part, word in parts)
    typer.echo(f"\nBy {policy} instead of the present policy: {told}.")
    rows = [
        *(["open", *_cells(action)] for action in changes.opens),
        *(["close", *_cells(action)] for action in changes.closes),
        *([f"was {one.before.step.severity}, {one.before.stage}", *_cells(one.after)] for one in changes.changes),
    ]
    if rows:
        print_table(("change", *COLUMNS[1:]), rows)


def _cells(action: Action) -> list[str]:
    return [action.step.severity.value, action.stage.value, instant(action.ends_at), action.name, action.tracker]

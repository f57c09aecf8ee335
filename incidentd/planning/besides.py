"""Besides: what stands beside incidents' own tickets, decided after them and sent with them as one plan."""

from dataclasses import replace

from incidentd.model.plan import Plan
from incidentd.planning.changes import change_plan
from incidentd.planning.facts import Facts
from incidentd.planning.guard import in_turn
from incidentd.planning.moving import left_plan
from incidentd.planning.pages import page_plan
from incidentd.planning.telling import release_plan


def besides(plan: Plan, facts: Facts, instance: str) -> Plan:
    """Pages, tickets that incidents were moved away from, and what is told of releases; to be guarded by itself."""
    parts = (
        page_plan(plan, facts, instance),
        left_plan(plan, facts),
        release_plan(plan, facts, instance),
        change_plan(facts, instance),
    )
    actions = tuple(action for part in parts for action in part.actions)
    return Plan(actions, records=tuple(record for part in parts for record in part.records))


def joined(plan: Plan, beside: Plan) -> Plan:
    """One plan of two that were guarded, in the order in which it is sent. Only incidents are counted as left."""
    return replace(
        plan,
        actions=in_turn((*plan.actions, *beside.actions)),
        held=(*plan.held, *beside.held),
        records=(*plan.records, *beside.records),
    )

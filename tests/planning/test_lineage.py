"""Lineage in words: by what, what is new, and the tickets of those that are both due."""

from dataclasses import replace

import pytest

from incidentd.model.assessment import Assessment, PlaceFinding, PlaceStatus, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory
from incidentd.model.lineage import SuccessorBy
from incidentd.planning import lineage
from incidentd.planning.lineage import links_of_lineage, news_words
from incidentd.policy.succession import NoSuccessor
from tests.planning.desk import Desk, due, found, key_of
from tests.planning.test_explaining import explained
from tests.policy.builders import DAY, authority, certificate, place, store

OLD = certificate(ends=20 * DAY, key_id="aa")
NEW = certificate("api.example.net", "b.example.net", ends=60 * DAY, key_id="bb", issuer="CN=Other\u202e CA")
ASKED = "Which certificate takes its place?"


def due_with_successor(judged: Certificate, *findings: PlaceFinding, **more: object) -> Assessment:
    """NEW takes its place, and is seen elsewhere."""
    return due(judged, *findings, successor=NEW.fingerprint, successor_by=SuccessorBy.COVERS_ALL_NAMES, **more)  # type: ignore[arg-type]  # by name


def test_every_reason_has_words() -> None:
    """Nobody has to look a code up."""
    assert set(lineage.BY) == set(SuccessorBy)
    assert set(lineage.WHY_NOT) == set(NoSuccessor)


def test_what_is_new_about_a_successor_is_named() -> None:
    """Outside text is harmless."""
    known = Inventory({each.fingerprint: each for each in (OLD, NEW)})
    words = news_words(OLD, NEW.fingerprint, known)
    assert words == "new key, new issuer CN=Other\\u202e CA, adds b.example.net"
    assert news_words(OLD, None, known) == ""
    again = replace(OLD, fingerprint="ab" * 32, key_id="")
    assert news_words(OLD, again.fingerprint, Inventory({again.fingerprint: again})) == ""


def test_explain_names_the_successor_and_why_another_is_none() -> None:
    """What stands in its place is told with the rule that it breaks."""
    wrong, late = certificate("parked.example.org", ends=400 * DAY), certificate(ends=5 * DAY)
    mismatch = found(place(), PlaceStatus.MISMATCH, successor=wrong.fingerprint)
    in_file = found(store(), PlaceStatus.MISMATCH, successor=late.fingerprint)
    told = explained(OLD, due_with_successor(OLD, mismatch, in_file, stage=Stage.MISMATCH), NEW, wrong, late)
    answers = {check.question: check.answer for check in told.checks}
    assert answers[ASKED].startswith(f"{NEW.fingerprint[:8]}…")
    assert "covers all its names, seen elsewhere; new key" in answers[ASKED]
    said = "\n".join(told.evidence)
    assert "does not replace it (other_name): it does not answer for the name" in said
    assert "does not replace it (ends_no_later): it ends no later" in said
    again = replace(OLD, fingerprint="ab" * 32, key_id="")
    alike = due(OLD, successor=again.fingerprint, successor_by=SuccessorBy.SAME_OBJECT)
    answers = {check.question: check.answer for check in explained(OLD, alike, again).checks}
    assert answers[ASKED].endswith("in the same store object; nothing else is new")
    unknown = {check.question: check.answer for check in explained(OLD, due(OLD)).checks}
    assert unknown[ASKED] == "none is known"


def test_what_stands_there_and_would_do_now_is_not_called_wrong() -> None:
    """It was too early when it was looked at: by now its time has come."""
    mismatch = found(place(), PlaceStatus.MISMATCH, successor=NEW.fingerprint)
    told = explained(OLD, due(OLD, mismatch, stage=Stage.MISMATCH), NEW)
    assert "does not replace" not in "\n".join(told.evidence)


def test_explain_names_what_hangs_on_a_ca() -> None:
    """By name, in order."""
    root, leaves = authority(), [certificate(f"{name}.example.net", ends=300 * DAY) for name in "ba"]
    told = explained(root, due(root, dependents=tuple(leaf.fingerprint for leaf in leaves)), *leaves)
    answers = {check.question: check.answer for check in told.checks}
    expected = "2 certificates that outlive it hang on it: a.example.net, b.example.net."
    assert answers["What hangs on it?"] == expected


def test_a_successor_that_is_due_too_has_its_own_incident_and_both_name_the_other() -> None:
    """Once the tickets are known; and then nothing is written any more."""
    desk = Desk()
    desk.judge(OLD, due_with_successor(OLD)).judge(NEW, due(NEW))
    desk.run()
    links = {key: [link.text for link in one.links] for key, one in desk.facts().incidents.items()}
    old, new = (desk.record(each).ticket for each in (OLD, NEW))
    assert old is not None and new is not None
    assert links == {
        key_of(OLD): [f"ticket of its successor, which is due too: {new.key} in queue"],
        key_of(NEW): [f"ticket of what it replaces: {old.key} in queue"],
    }
    assert desk.run().actions != ()
    assert desk.run().actions == ()


@pytest.mark.parametrize("many", [1, 9])
def test_of_many_predecessors_the_first_are_named(many: int) -> None:
    """A wildcard that takes the place of hundreds has a ticket that can be read."""
    desk = Desk()
    olds = [certificate(f"{n}.example.net", ends=20 * DAY) for n in range(many)]
    for each in olds:
        desk.judge(each, due_with_successor(each))
    desk.judge(NEW, due(NEW)).run()
    links = links_of_lineage(desk.assessments.values(), desk.records(), "default")
    assert len(links[NEW.fingerprint]) == min(many, lineage.PREDECESSORS_SHOWN)
    assert all(len(links[each.fingerprint]) == 1 for each in olds)

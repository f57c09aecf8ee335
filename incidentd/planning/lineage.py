"""Lineage in words: by what a certificate is a successor, what is new about it, and the ticket of each that is due."""

from collections.abc import Iterable, Iterator, Mapping

from incidentd.model.assessment import Assessment
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentRecord, incident_key
from incidentd.model.inventory import Inventory
from incidentd.model.lineage import SuccessorBy
from incidentd.model.ticket import Link
from incidentd.planning.links import link_to
from incidentd.planning.phrases import counted, instant, listed, short
from incidentd.planning.sanitize import sanitize
from incidentd.policy.differences import differences
from incidentd.policy.stage import SHOWING_SUCCESSOR
from incidentd.policy.succession import NoSuccessor

NAMES_SHOWN = 5
NAME_CHARACTERS = 128
PREDECESSORS_SHOWN = 5
REPLACEMENTS_SHOWN = 3
BY = {
    SuccessorBy.SERVED_FOR_THE_NAME: "served in its place, for the name that is asked for",
    SuccessorBy.SERVED_FOR_AN_OWN_NAME: "served in its place, for one of its own names",
    SuccessorBy.CHAIN_WITHOUT_IT: "the chain that is served in the place of its own goes without it",
    SuccessorBy.SAME_OBJECT: "in the same store object",
    SuccessorBy.CROSS_SIGNED: "the same CA by subject and key, of another issuer",
    SuccessorBy.SAME_SUBJECT: "a CA of the same subject",
    SuccessorBy.COVERS_ALL_NAMES: "covers all its names, seen elsewhere",
}
WHY_NOT = {
    NoSuccessor.ENDS_NO_LATER: "it ends no later",
    NoSuccessor.SELF_SIGNED: "it is self-signed, and the old one was not",
    NoSuccessor.NOT_VALID_NOW: "it is not valid now",
    NoSuccessor.OTHER_NAME: "it does not answer for the name",
}
RULE = "of all that end later and answer for the name, the one that ends last; of several with one end the nearest"


def replacements(assessment: Assessment) -> tuple[str, ...]:
    """What stands in its place by now, in their order; where nothing does, the newest that could.

    The newest may be another than what was deployed (a wildcard in the store): a ticket says "deployed" of these alone.
    """
    members = (member for finding in assessment.findings if finding.blocks for member in finding.members)
    standing = {member.successor for member in members if member.successor and member.status in SHOWING_SUCCESSOR}
    newest = (assessment.successor,) if assessment.successor else ()
    return tuple(sorted(standing)) or newest


def replacements_words(assessment: Assessment) -> str:
    """The first of them by their fingerprints, and how many more there are."""
    return listed([short(each) for each in replacements(assessment)], REPLACEMENTS_SHOWN)


def news_words(old: Certificate, successor: str | None, inventory: Inventory) -> str:
    """What is new about a successor beside its end. Of the same two always the same, so a ticket may say it."""
    return ", ".join(_differences(inventory.certificates[successor], old)) if successor else ""


def _differences(new: Certificate, old: Certificate) -> Iterator[str]:
    found = differences(new, old)
    if found.new_key is not None:
        yield "new key" if found.new_key else "same key"
    if found.new_issuer:
        yield f"new issuer {sanitize(new.issuer, NAME_CHARACTERS) or 'without a name'}"
    for verb, names in (("adds", found.added), ("loses", found.lost)):
        if names:
            shown = [sanitize(name, NAME_CHARACTERS) for name in names[:NAMES_SHOWN]]
            yield f"{verb} {listed(shown, NAMES_SHOWN, len(names))}"


def answer(old: Certificate, assessment: Assessment, inventory: Inventory) -> str:
    """For `explain`: which certificate it is, until when, by what, and what is new about it.

    By what it is one changes with where it is seen, so this is for who asks: a ticket would be rewritten for it.
    """
    if assessment.successor is None or assessment.successor_by is None:
        return "none is known"
    end = instant(inventory.certificates[assessment.successor].not_after)
    news = news_words(old, assessment.successor, inventory) or "nothing else is new"
    return f"{short(assessment.successor)} until {end}: {BY[assessment.successor_by]}; {news}"


def replaced_words(replaced: Iterable[Assessment], inventory: Inventory) -> str:
    """For `explain` of a successor: what it takes the place of, and how far that is; the last end first."""
    known = inventory.certificates
    found = sorted(((known[one.fingerprint].not_after, one.fingerprint, one.stage) for one in replaced), reverse=True)
    words = [f"{short(fingerprint)} until {instant(end)} ({stage})" for end, fingerprint, stage in found]
    return listed(words, PREDECESSORS_SHOWN)


def dependents_words(assessment: Assessment, inventory: Inventory) -> str:
    """How many certificates outlive a CA certificate that they hang on, and the first of them by name."""
    leaves = (inventory.certificates[fingerprint] for fingerprint in assessment.dependents)
    names = sorted({sanitize(leaf.display_name, NAME_CHARACTERS) for leaf in leaves})
    many = len(assessment.dependents)
    return f"{counted(many, 'certificate')} that outlive it hang on it: {listed(names, NAMES_SHOWN, many)}."


def links_of_lineage(
    wanted: Iterable[Assessment], records: Mapping[str, IncidentRecord], instance: str
) -> dict[str, tuple[Link, ...]]:
    """By fingerprint, of those whose successor is due too: each names the other's ticket, once that is known.

    `wanted` are the assessments that want an incident.
    """
    due = {assessment.fingerprint: assessment.successor for assessment in wanted}
    pairs = sorted((new, old) for old, new in due.items() if new is not None and new in due)
    found: dict[str, list[Link]] = {}
    for new, old in pairs:
        _link(found, old, "ticket of its successor, which is due too:", records.get(incident_key(instance, new)))
        if len(found.get(new, ())) < PREDECESSORS_SHOWN:
            _link(found, new, "ticket of what it replaces:", records.get(incident_key(instance, old)))
    return {fingerprint: tuple(links) for fingerprint, links in found.items()}


def _link(found: dict[str, list[Link]], whose: str, what: str, record: IncidentRecord | None) -> None:
    if record is not None and record.ticket is not None and record.active:
        found.setdefault(whose, []).append(link_to(record, what))

"""Owning: whose incident it is. A label at its places says so, else the last rule that matches, else the default.

A rule's pattern is a glob over a whole name of the certificate, or over a place: its address, `host:port`, host, or
path. One that ends in `/` takes everything below it.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from incidentd.model.assessment import PlaceFinding
from incidentd.model.certificate import Certificate
from incidentd.model.owner import Owner, OwnerRule, Owners
from incidentd.planning.evidence import in_order
from incidentd.planning.labels import commonest
from incidentd.planning.sanitize import sanitize

NAME_CHARACTERS = 64
PLACE_CHARACTERS = 128
PATTERNS_KEPT = 2**19
"""More than a file of owners can hold. fnmatch itself keeps 256: of more rules each would be worked out every time."""


def owner_of(findings: Sequence[PlaceFinding], certificate: Certificate, owners: Owners) -> Owner:
    """The owner, and which rule won. Places that do not block have no say."""
    blocking = [finding for finding in in_order(findings) if finding.blocks]
    return (
        _by_label(blocking, owners)
        or _by_rule(blocking, certificate, owners)
        or _by_default(owners)
        or Owner(rule=_why_nobody(owners))
    )


def parsed_rules(text: str) -> tuple[OwnerRule, ...]:
    """The rules of a file: `PATTERN OWNER…` a line, `#` begins a comment, a pattern alone takes the owner away.

    The form is that of GitHub's CODEOWNERS ("About code owners"), with globs over names and places.
    """
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split() if not line.lstrip().startswith("#") else []
        if words:
            rules.append(OwnerRule(words[0], " ".join(words[1:]), number))
    return tuple(rules)


def _by_label(blocking: Sequence[PlaceFinding], owners: Owners) -> Owner | None:
    for label in owners.labels:
        value = commonest(blocking, label)
        if value:
            place = next(finding for finding in blocking if finding.location.label(label) == value)
            shown = sanitize(place.location.uri, PLACE_CHARACTERS)
            return Owner(sanitize(value, NAME_CHARACTERS), f"label {sanitize(label)}= on {shown}")
    return None


def _by_rule(blocking: Sequence[PlaceFinding], certificate: Certificate, owners: Owners) -> Owner | None:
    if not owners.rules:
        return None
    known = {name.casefold() for name in certificate.covered_names}
    known.update(form.casefold() for finding in blocking for form in _forms(finding.location.uri))
    won = next((rule for rule in reversed(owners.rules) if _matches(rule.pattern.casefold(), known)), None)
    if won is None:
        return None
    rule = f"rule {sanitize(won.pattern, NAME_CHARACTERS)} in {sanitize(owners.file)}, line {won.line}"
    return Owner(sanitize(won.owner, NAME_CHARACTERS), rule)


def _by_default(owners: Owners) -> Owner | None:
    return Owner(sanitize(owners.default, NAME_CHARACTERS), "owners.default") if owners.default else None


def _why_nobody(owners: Owners) -> str:
    labels = " or ".join(f"{sanitize(label)}=" for label in owners.labels)
    rules = f", and no rule in {sanitize(owners.file)} matches" if owners.file else ""
    return f"no label {labels} at its places{rules}"


def _forms(uri: str) -> Iterator[str]:
    """All that a pattern may mean by a place."""
    yield uri
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return
    yield from (form for form in (parts.netloc, host, unquote(parts.path)) if form)


def _matches(pattern: str, known: set[str]) -> bool:
    matches = worked_out(pattern).match
    return any(matches(form) for form in known)


@lru_cache(maxsize=PATTERNS_KEPT)
def worked_out(pattern: str) -> re.Pattern[str]:
    """What a rule's pattern means, as a regular expression; worked out once, since that takes longest."""
    return re.compile(translate(f"{pattern}*" if pattern.endswith("/") else pattern))

"""Hearsay: what others push decides about certificates that only they have. Of all others it is never proof of good.

It may open an incident, and keep one open. But whoever has a pusher's token could show any certificate at a place of
his own, and a successor there the next day: that must neither close an incident, nor let a certificate off, nor keep
its severity down, nor choose its tracker.
"""

from collections.abc import Collection, Sequence

from incidentd.model.assessment import PlaceFinding


def speaks(source: str, sources: Collection[str], pushed: Collection[str]) -> bool:
    """Whether a source has a say where all of these have a place: its looks are our own, or nobody else has one."""
    return source not in pushed or set(sources) <= {source}


def having_a_say(findings: Sequence[PlaceFinding], pushed: Collection[str]) -> list[PlaceFinding]:
    """The places whose sources have one."""
    sources = {finding.location.source for finding in findings if finding.production}
    return [finding for finding in findings if speaks(finding.location.source, sources, pushed)]


def heard_of_all(findings: Sequence[PlaceFinding], pushed: Collection[str]) -> Sequence[PlaceFinding]:
    """The same; all places, where no source that counts has one: of several pushers none is above the others."""
    having = having_a_say(findings, pushed)
    return having if any(finding.production for finding in having) else findings

"""How far our clock is from a tracker's, as its Date header tells: a judgement that every tracker shares. Pure."""

from datetime import datetime, timedelta

from incidentd.model.preflight import Check, Subject

NOTICED = timedelta(minutes=5)
"""Short of this nobody is harmed: answers take their time, and headers know whole seconds only."""
DISTRUSTED = timedelta(days=1)
"""Beyond this every opening, raise and closing is held."""

_FIX = "set the clock of this machine (chrony, systemd-timesyncd): `timedatectl` says whether it is synchronised"


def clock_check(subject: Subject, id: str, now: datetime, theirs: datetime | None) -> Check:
    """`now` is ours, `theirs` the Date header of an answer just read; None where it had none."""
    if theirs is None:
        return subject.unknown(id, "its answers carry no date to compare our clock with", _FIX)
    apart = abs(now - theirs)
    said = f"our clock is {_words(apart)} {'ahead of' if now > theirs else 'behind'} its own"
    if apart > DISTRUSTED:
        return subject.problem(id, f"{said}: it is not believed, and all is held", _FIX)
    if apart > NOTICED:
        return subject.warning(id, said, _FIX)
    return subject.ok(id, "our clock agrees with its own")


def _words(apart: timedelta) -> str:
    if apart >= timedelta(days=1):
        return f"{apart.days} d"
    minutes = int(apart.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"

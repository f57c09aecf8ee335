"""cert-manager: what it says of the certificates that it renews (cert-manager.io/v1, CertificateStatus). Pure.

Only what it says itself counts: reasons are words of its own, messages are left out, as they quote anybody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.model.location import Controller
from incidentd.policy.automation import LEAST_GRACE, grace
from incidentd.policy.holding import after
from incidentd.sources.kubernetes.exposed import Origin, origin_of
from incidentd.sources.kubernetes.inside import instant_at, number_at, objects_at, text_at, texts_at
from incidentd.sources.kubernetes.objects import Kind, Object

CERT_MANAGER = "cert-manager"
_ATTEMPTS = "failedIssuanceAttempts"
_REASON = re.compile(r"[A-Za-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Issuance:
    """One Certificate object: what is to be issued, where to, and how that stands."""

    origin: Origin
    secret: str
    """Name of the Secret, in the namespace of the object."""
    names: tuple[str, ...]
    """DNS names and addresses that it is for."""
    not_after: datetime | None
    """The end of the certificate that is in the Secret; None: there is none yet."""
    controller: Controller
    overdue_at: datetime | None
    """When its renewal is overdue; None: it does not say when it renews."""

    @property
    def words(self) -> str:
        """`cert-manager certificate/web/shop`."""
        return f"{CERT_MANAGER} {self.origin.words}"

    def wrong_at(self, now: datetime) -> str | None:
        """What is wrong with it, in words; None where it goes as it should."""
        if self.controller.trouble:
            return self.controller.trouble
        if self.not_after is not None and self.not_after < now:
            return f"expired on {_day(self.not_after)}"
        if self.overdue_at is not None and self.overdue_at < now and self.controller.renews_at is not None:
            return f"was to be renewed on {_day(self.controller.renews_at)} and was not"
        return None


def issuances_of(things: Iterable[Object]) -> tuple[Issuance, ...]:
    """All that name a Secret, sorted by where they are."""
    found = [one for thing in things if (one := _issuance(thing)) is not None]
    return tuple(sorted(found, key=lambda one: one.origin.words))


def worst(controllers: list[Controller]) -> Controller:
    """One that is not ready, else the one that renews first, and of those one that does not say when."""
    return min(controllers, key=lambda one: (one.ready, one.renews_at is not None, one.renews_at, one.trouble))


def _issuance(thing: Object) -> Issuance | None:
    origin, secret = origin_of(Kind.CERTIFICATES, thing), text_at(thing, "spec", "secretName")
    if origin is None or not secret:
        return None
    trouble = _trouble(thing)
    begins, ends = instant_at(thing, "status", "notBefore"), instant_at(thing, "status", "notAfter")
    renews_at = instant_at(thing, "status", "renewalTime")
    if renews_at is not None and ends is not None and renews_at >= ends:
        renews_at = None  # what comes when it is over renews nothing
    slack = grace(ends - begins) if begins is not None and ends is not None and begins < ends else LEAST_GRACE
    return Issuance(
        origin=origin,
        secret=secret,
        names=_names(thing),
        not_after=ends,
        controller=Controller(CERT_MANAGER, ready=not trouble, renews_at=renews_at, trouble=trouble),
        overdue_at=None if renews_at is None else after(renews_at, max(slack, timedelta())),
    )


def _names(thing: Object) -> tuple[str, ...]:
    common = text_at(thing, "spec", "commonName")
    named = (*texts_at(thing, "spec", "dnsNames"), *texts_at(thing, "spec", "ipAddresses"))
    return tuple(dict.fromkeys((*((common,) if common else ()), *named)))


def _trouble(thing: Object) -> str:
    """Empty where the condition Ready is True, and the last issuance did not fail.

    Ready alone does not say that: it stays True while a renewal fails, as the old certificate is still good.
    """
    ready = next((one for one in objects_at(thing, "status", "conditions") if text_at(one, "type") == "Ready"), None)
    if ready is None:
        return "does not say yet whether it is ready"
    if text_at(ready, "status") != "True":
        reason = text_at(ready, "reason")
        return f"not ready: {reason}" if _REASON.fullmatch(reason) else "not ready"
    # Without a number or a time: those change with each attempt, and this stands in tickets.
    failed = instant_at(thing, "status", "lastFailureTime") is not None
    return "its last issuance failed" if failed or (number_at(thing, "status", _ATTEMPTS) or 0) > 0 else ""


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"

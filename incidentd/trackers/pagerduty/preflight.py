"""PagerDuty's preflight: who we are there, what we may do, and what the service would do to our incidents. Reads only.

It goes on as far as it can: what cannot be read is said, and the rest is looked at all the same.
"""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.preflight import Check, Subject
from incidentd.ports import Clock
from incidentd.trackers.clocks import clock_check
from incidentd.trackers.exchange import MISSHAPEN, Secret, listed, revealed
from incidentd.trackers.pagerduty.client import API_URL, PagerDutyRest
from incidentd.trackers.pagerduty.deafness import WITH_DOORS, service_of
from incidentd.trackers.pagerduty.enqueue import EVENTS_URL
from incidentd.trackers.pagerduty.service import ORCHESTRATED, ROUTING_KEY_CHARACTERS, service_checks
from incidentd.trackers.pagerduty.wire import Json
from incidentd.transport import Transport

_REFUSALS = (TrackerFailure.UNAUTHORIZED, TrackerFailure.FORBIDDEN)
_FIRST = ("pagerduty.credentials", "pagerduty.reachable")
"""Where one of them is wrong, everything else would only say the same."""
_REACH = "check api_url, DNS and firewall from this machine; https://status.pagerduty.com says how they are"
_READ_ONLY = frozenset({"read_only_user", "read_only_limited_user", "observer", "restricted_access"})
_NO_LOOK = "give api_token (a REST API key) and from_email: then what people do is read back, and notes are written"
_TOKEN = "make a new REST API key (Integrations > API Access Keys), not read-only, and put it into api_token"  # noqa: S105 - advice
_FROM = "set from_email to the login address of a user of this account"
_SERVICE = "set service to the id at the end of the service's address (/service-directory/PXXXXXX)"


class PagerDutyPreflight:
    """One integration of one service. Without a token there is little to look at."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        clock: Clock,
        *,
        routing_key: Secret,
        api_token: Secret | None,
        from_email: str = "",
        service: str | None = None,
        events_url: str = EVENTS_URL,
        api_url: str = API_URL,
        priorities: Sequence[str] = (),
    ) -> None:
        """`priorities`: the names that are to be set, by severity."""
        self._subject = Subject(f"tracker {name}")
        self._clock = clock
        self._routing_key = routing_key
        self._rest = PagerDutyRest(transport, clock, api_token, from_email, api_url) if api_token else None
        self._from_email = from_email
        self._service = service
        self._urls = (events_url, api_url)
        self._priorities_wanted = tuple(dict.fromkeys(priorities))

    async def preflight(self) -> tuple[Check, ...]:
        """See trackers.interface.Preflight."""
        checks: list[Check] = []
        try:
            async for check in self._checks():
                checks.append(check)
        except MISSHAPEN:
            text = "an answer is of another shape than the vendor documents: what follows was not looked at"
            fix = "look for a proxy or a gateway in between"
            checks.append(self._subject.unknown("pagerduty.answers", text, fix))
        return tuple(checks)

    async def _checks(self) -> AsyncIterator[Check]:
        key = ""
        try:
            key = revealed(self._routing_key, "routing_key")
            yield routing_key_check(self._subject, key)
        except TrackerError as error:
            yield self._subject.problem("pagerduty.routing_key", error.what, error.hint)
        if self._rest is None:
            text = "write_only: what became of a page is not known, and every page stays unverified"
            yield self._subject.warning("pagerduty.write_only", text, _NO_LOOK)
            return
        yield region_check(self._subject, *self._urls)
        async for check in self._of_the_account(self._rest):
            yield check
            if check.id in _FIRST and check.fix:
                return
        async for check in self._of_the_service(self._rest, key):
            yield check

    async def _of_the_account(self, rest: PagerDutyRest) -> AsyncIterator[Check]:
        try:
            theirs = await rest.date()
        except TrackerError as error:
            yield _not_let_in(self._subject, error)
            return
        yield self._subject.ok("pagerduty.credentials", "it answers, and takes api_token")
        yield clock_check(self._subject, "pagerduty.clock", self._clock.now(), theirs)
        yield await self._requester(rest)
        yield await self._rights(rest)
        yield await self._priorities(rest)

    async def _requester(self, rest: PagerDutyRest) -> Check:
        id = "pagerduty.from_email"
        try:
            users = listed(await rest.look("/users", (("query", self._from_email),)), "users")
        except TrackerError as error:
            return _unlet(self._subject, id, error, _FROM)
        user = next((user for user in users if str(user.get("email")).casefold() == self._from_email.casefold()), None)
        if user is None:
            text = "no user of the account has the address in from_email: notes and set-backs would be refused"
            return self._subject.problem(id, text, _FROM)
        if user.get("role") in _READ_ONLY:
            text = f"the user of from_email may not act on incidents (role {user['role']})"
            return self._subject.problem(id, text, "give that user the role `Responder` or more, or name another one")
        return self._subject.ok(id, "from_email is a user of the account")

    async def _rights(self, rest: PagerDutyRest) -> Check:
        """A user's key may do what its user may; what an account's key may is told by no read (REST v2, /users/me)."""
        id = "pagerduty.token_scope"
        try:
            user = (await rest.look("/users/me")).get("user")
        except TrackerError as error:
            if error.kind is not TrackerFailure.REJECTED:
                return _unlet(self._subject, id, error, _TOKEN)
            text = "api_token is an account's key: whether it is read-only shows at the first note only"
            fix = "look at Integrations > API Access Keys: it must not say Read-only"
            return self._subject.unknown(id, text, fix)
        role = str(user.get("role")) if isinstance(user, dict) else ""
        if role in _READ_ONLY:
            return self._subject.problem(id, f"api_token is a key of a user who may only read (role {role})", _TOKEN)
        return self._subject.ok(id, f"api_token is a key of a user who may act on incidents (role {role})")

    async def _priorities(self, rest: PagerDutyRest) -> Check:
        id = "pagerduty.priorities"
        try:
            names = [str(one.get("name")) for one in listed(await rest.look("/priorities"), "priorities")]
        except TrackerError as error:
            if error.kind is not TrackerFailure.REJECTED:
                return _unlet(self._subject, id, error, _TOKEN)
            return self._subject.ok(id, "the account's plan has no priorities: none is missed")
        absent = [name for name in self._priorities_wanted if name not in names]
        if absent:
            text = f"the account has no priority called {', '.join(absent)}: it is not set"
            return self._subject.warning(id, text, f"use these names in `priorities`: {', '.join(names) or 'none'}")
        return self._subject.ok(id, f"the account's priorities: {', '.join(names) or 'none'}")

    async def _of_the_service(self, rest: PagerDutyRest, key: str) -> AsyncIterator[Check]:
        id = "pagerduty.service"
        try:
            service = await self._found(rest, key)
        except TrackerError as error:
            text = "the configured service is not there, or is not shown to this token"
            missing = error.kind is TrackerFailure.NOT_FOUND
            yield self._subject.problem(id, text, _SERVICE) if missing else _unlet(self._subject, id, error, _SERVICE)
            return
        if service is not None:
            yield self._subject.ok(id, f"the service is there ({service.get('id')})")
            for check in service_checks(self._subject, service, key):
                yield check
        elif key.startswith(ORCHESTRATED):
            yield self._subject.unknown(id, "the routing key is an orchestration's: its service is not known", _SERVICE)
        else:
            text = "no service that this token sees has an integration with this routing key"
            yield self._subject.problem(id, text, f"look at routing_key and the account; or {_SERVICE}")

    async def _found(self, rest: PagerDutyRest, key: str) -> Json | None:
        """The configured service, else the one whose integration the routing key opens. Raises TrackerError."""
        if self._service is not None:
            answer = (await rest.look(f"/services/{self._service}", (WITH_DOORS,))).get("service")
            if not isinstance(answer, dict):
                raise TrackerError(TrackerFailure.UNAVAILABLE, "the answer holds no service", "PagerDuty")
            return answer
        return await service_of(rest, key)


def routing_key_check(subject: Subject, key: str) -> Check:
    """By its shape alone: PagerDuty may accept a wrong key with a 202, so it is not asked (Events API v2)."""
    id = "pagerduty.routing_key"
    if len(key) != ROUTING_KEY_CHARACTERS or not key.isalnum():
        text = f"routing_key is no integration key: those are {ROUTING_KEY_CHARACTERS} letters and digits"
        return subject.problem(id, text, "copy the Integration Key of an `Events API V2` integration of the service")
    return subject.ok(id, "routing_key has the form of an integration key")


def region_check(subject: Subject, events_url: str, api_url: str) -> Check:
    """The vendor's two regions are separate accounts: events.eu and api.eu go together."""
    id = "pagerduty.region"
    hosts = [str(urlsplit(url).hostname) for url in (events_url, api_url)]
    theirs = [".eu." in host for host in hosts if host.endswith(".pagerduty.com")]
    if len(set(theirs)) > 1:
        text = f"events go to {hosts[0]} and are read back from {hosts[1]}: these are two regions"
        return subject.problem(id, text, "set events_url and api_url to one region: both with `.eu`, or both without")
    return subject.ok(id, "events are read back where they are sent to")


def _not_let_in(subject: Subject, error: TrackerError) -> Check:
    if error.kind in _REFUSALS:
        return subject.problem("pagerduty.credentials", f"it lets us not in: {error.what}", error.hint or _TOKEN)
    return subject.problem("pagerduty.reachable", f"it does not answer: {error.what}", error.hint or _REACH)


def _unlet(subject: Subject, id: str, error: TrackerError, fix: str) -> Check:
    """What could not be read: nothing is judged by it."""
    text = f"it could not be read: {error.what}"
    if error.kind in _REFUSALS:
        return subject.problem(id, text, error.hint or fix)
    return subject.unknown(id, text, "try again: PagerDuty did not answer this call as it should")

"""What people and machines do to incidents on their own, outside the APIs: for tests and the control interface."""

from __future__ import annotations

from incidentd.sandbox.pagerduty.records import Incident, Note, User
from incidentd.sandbox.pagerduty.world import World


class Peopled(World):
    """A world with people in it. `incident` arguments are ids; `user` is an id or e-mail, None the on-call person."""

    on_call: User

    def person(self, user: str | None = None) -> User:
        """The user meant; KeyError if there is none."""
        if user is None:
            return self.on_call
        found = self.user(user)
        if found is None:
            raise KeyError(f"no user {user!r}")
        return found

    def _seen(self, incident: str) -> Incident:
        return self.incidents[incident]

    def person_acknowledges(self, incident: str, user: str | None = None) -> None:
        """Somebody takes it."""
        self.acknowledge(self._seen(incident), self.person(user).agent, self.now())

    def person_resolves(self, incident: str, user: str | None = None) -> None:
        """Somebody closes it."""
        self.resolve(self._seen(incident), self.person(user).agent, self.now(), {"type": "website"})

    def person_reopens(self, incident: str, user: str | None = None) -> None:
        """Somebody opens it again."""
        self.trigger_again(self._seen(incident), self.person(user).agent, self.now())

    def machine_resolves(self, incident: str) -> None:
        """The service's own auto-resolve closes it."""
        seen = self._seen(incident)
        self.resolve(seen, self.services[seen.service_id].agent, self.now(), {"type": "timeout"})

    def person_reassigns(self, incident: str, to: str, user: str | None = None) -> None:
        """Somebody gives it to somebody."""
        seen, assignee = self._seen(incident), self.person(to)
        seen.assignees = [assignee]
        self.log(seen, "assign", self.person(user).agent, self.now(), f"Assigned to {assignee.name}.")

    def person_notes(self, incident: str, content: str, user: str | None = None) -> Note:
        """Somebody writes a note."""
        return self.annotate(self._seen(incident), self.person(user), content, self.now())

    def person_retitles(self, incident: str, title: str, user: str | None = None) -> None:
        """Somebody gives it another title."""
        seen = self._seen(incident)
        seen.title, seen.updated_at = title, self.now()
        self.log(seen, "field_value_change", self.person(user).agent, self.now(), f"Title: {title}")

    def person_prioritises(self, incident: str, priority: str | None, user: str | None = None) -> None:
        """Somebody sets a priority by name, or takes it away."""
        seen = self._seen(incident)
        wanted = [step.id for step in self.priorities if step.name == priority]
        seen.priority_id, seen.updated_at = (wanted[0] if wanted else None), self.now()

    def snooze(self, incident: str, seconds: int, user: str | None = None) -> None:
        """Somebody quiets it for a while; it comes back as triggered."""
        seen = self._seen(incident)
        self.quiet(seen, self.person(user).agent, seconds, self.now())

    def merge(self, source: str, target: str, user: str | None = None) -> None:
        """Somebody puts one incident into another: its alerts move, and it is resolved."""
        self.join(self._seen(source), self._seen(target), self.person(user).agent, self.now())

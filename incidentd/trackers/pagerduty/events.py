"""A ticket's content as an Events v2 event: pure, without the routing key, and always far below the size limit.

Limits (Events API v2): summary 1,024 characters, dedup_key 255, the whole event 512 KB; webhooks cut details at 55 KB.
Every text is cut, and places beyond the cap are counted instead of named, so that no content can break them.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from incidentd.model.ticket import Comment, PlaceLine, TicketContent, TicketRef

SUMMARY_CHARACTERS = 1024
DETAIL_CHARACTERS = 4000
FIELD_CHARACTERS = 255

_REASON = "4 why now"

Json = dict[str, Any]


def trigger(content: TicketContent, earlier: TicketRef | None = None, said: Sequence[Comment] = ()) -> Json:
    """The event that opens or updates; `earlier` is the incident that this one follows, `said` goes with the reason."""
    payload = {
        "summary": _cut(content.title, SUMMARY_CHARACTERS) or "certificate expiry",
        "source": _cut(content.source, FIELD_CHARACTERS) or "incidentd",
        "severity": content.severity.value,
        "component": _cut(content.component, FIELD_CHARACTERS),
        "group": _cut(content.group, FIELD_CHARACTERS),
        "class": content.topic.value,
        "custom_details": _details(content, earlier, said),
    }
    present = {name: value for name, value in payload.items() if value}
    return {"event_action": "trigger", "dedup_key": content.key, "payload": present}


def resolve(key: str) -> Json:
    """The event that resolves the alert of this dedup key; dropped in silence when there is none open."""
    return {"event_action": "resolve", "dedup_key": key}


def reason_of(alert: Json) -> str:
    """Why it is what it is, as the alert's latest event said it; empty where it does not tell."""
    body = alert.get("body")
    details = body.get("details") if isinstance(body, dict) else None
    return str(details.get(_REASON) or "") if isinstance(details, dict) else ""


def digest(content: TicketContent) -> str:
    """Equal for contents that would send the same event."""
    return hashlib.sha256(json.dumps(trigger(content), sort_keys=True).encode()).hexdigest()


def _details(content: TicketContent, earlier: TicketRef | None, said: Sequence[Comment]) -> dict[str, str]:
    """Numbered, so that they keep their order."""
    texts = {
        "1 what": content.what,
        "2 impact": content.impact,
        "3 do": content.action,
        _REASON: "\n".join((content.why_now, *(comment.text for comment in said))),
        "6 owner": content.owner,
        "7 check": "\n".join(content.commands),
        "8 seen at": _places(content.places, content.places_left_out),
        "9 history": f"follows {earlier.key} {earlier.url}".strip() if earlier else "",
    }
    return {name: _cut(text, DETAIL_CHARACTERS) for name, text in texts.items() if text}


def _places(places: tuple[PlaceLine, ...], left_out: int) -> str:
    named: list[str] = []
    room = DETAIL_CHARACTERS - len(" (+9999999999 more)")
    for line in places:
        room -= len(line.place) + len("; ")
        if room < 0:
            break
        named.append(line.place)
    more = len(places) - len(named) + left_out
    return f"{'; '.join(named)} (+{more} more)" if named or more else ""


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"

"""A ticket's content as an Events v2 event: pure, without the routing key, and always far below the size limit.

Limits (Events API v2): summary 1,024 characters, dedup_key 255, the whole event 512 KB; webhooks cut details at 55 KB.
Every text is cut, and places beyond the cap are counted instead of named, so that no content can break them.
"""

import hashlib
import json
from typing import Any

from incidentd.model.ticket import PlaceLine, TicketContent, TicketRef

SUMMARY_CHARACTERS = 1024
DETAIL_CHARACTERS = 4000
FIELD_CHARACTERS = 255

Json = dict[str, Any]


def trigger(content: TicketContent, earlier: TicketRef | None = None) -> Json:
    """The event that opens or updates; `earlier` is the incident that this one follows."""
    payload = {
        "summary": _cut(content.title, SUMMARY_CHARACTERS) or "certificate expiry",
        "source": _cut(content.source, FIELD_CHARACTERS) or "incidentd",
        "severity": content.severity.value,
        "component": _cut(content.component, FIELD_CHARACTERS),
        "group": _cut(content.group, FIELD_CHARACTERS),
        "class": "certificate-expiry",
        "custom_details": _details(content, earlier),
    }
    present = {name: value for name, value in payload.items() if value}
    return {"event_action": "trigger", "dedup_key": content.key, "payload": present}


def resolve(key: str) -> Json:
    """The event that resolves the alert of this dedup key; dropped in silence when there is none open."""
    return {"event_action": "resolve", "dedup_key": key}


def digest(content: TicketContent) -> str:
    """Equal for contents that would send the same event."""
    return hashlib.sha256(json.dumps(trigger(content), sort_keys=True).encode()).hexdigest()


def _details(content: TicketContent, earlier: TicketRef | None) -> dict[str, str]:
    """Numbered, so that they keep their order."""
    texts = {
        "1 what": content.what,
        "2 impact": content.impact,
        "3 do": content.action,
        "4 why now": content.why_now,
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

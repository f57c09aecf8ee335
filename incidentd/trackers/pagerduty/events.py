"""A ticket's content as an Events v2 event: pure, without the routing key, and always far below the size limits.

Limits (Events API v2): summary 1,024 characters, dedup_key 255, the whole event 512 KB; webhooks cut details at 55 KB.
Every text is cut, places beyond the cap are counted instead of named, and where it is too much all the same the least
useful detail goes first, so that no content can break them.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from incidentd.model.ticket import PlaceLine, TicketContent, TicketRef
from incidentd.trackers.board import page_of

SUMMARY_CHARACTERS = 1024
DETAIL_CHARACTERS = 4000
FIELD_CHARACTERS = 255
DETAILS_BYTES = 50_000

_REASON = "4 why now"
_SERVED, _STILL_THERE = "served", "this certificate"
"""As the evidence words it: what goes without saying."""
_LEAST_USEFUL_FIRST = ("9 history", "8 seen at", "6 owner", "7 check", _REASON)
"""What can be found elsewhere; what, impact and what to do are never dropped."""

Json = dict[str, Any]


def trigger(
    content: TicketContent, earlier: TicketRef | None = None, said: Sequence[str] = (), board: str | None = None
) -> Json:
    """The event that opens or updates; `earlier` is the incident that this one follows, `said` goes with the reason.

    `board` is where the board can be reached, for a link.
    """
    payload = {
        "summary": summary(content),
        "source": _cut(content.source, FIELD_CHARACTERS) or "incidentd",
        "severity": content.severity.value,
        "component": _cut(content.component, FIELD_CHARACTERS),
        "group": _cut(content.group, FIELD_CHARACTERS),
        "class": content.topic.value,
        "custom_details": _fitting(_details(content, earlier, said)),
    }
    present = {name: value for name, value in payload.items() if value}
    event = {"event_action": "trigger", "dedup_key": content.key, "client": "incidentd", "payload": present}
    page, links = page_of(board, content.key), _links(content, board)
    return {**event, **({"client_url": page} if page else {}), **({"links": links} if links else {})}


def summary(content: TicketContent) -> str:
    """What a phone shows, and the incident's title: name and date first."""
    return _cut(content.page or content.title, SUMMARY_CHARACTERS) or "certificate expiry"


def resolve(key: str) -> Json:
    """The event that resolves the alert of this dedup key; dropped in silence when there is none open."""
    return {"event_action": "resolve", "dedup_key": key}


def reason_of(alert: Json) -> str:
    """Why it is what it is, as the alert's latest event said it; empty where it does not tell."""
    body = alert.get("body")
    details = body.get("details") if isinstance(body, dict) else None
    return str(details.get(_REASON) or "") if isinstance(details, dict) else ""


def says(alert: Json, content: TicketContent) -> bool:
    """Whether the alert's latest event said how bad it is, and why, as this one would."""
    worded = reason_of(alert).partition("\n")[0] == _cut(content.why_now, DETAIL_CHARACTERS)
    return worded and alert.get("severity") == content.severity.value


def said_with(alert: Json, content: TicketContent) -> Sequence[str]:
    """What the alert's latest event said beside the reason: it is true for as long as the severity is the same."""
    same = alert.get("severity") == content.severity.value
    return reason_of(alert).splitlines()[1:] if same else ()


def digest(content: TicketContent) -> str:
    """Equal for contents that would send the same event, but for what is only true of the moment."""
    steady = replace(content, left="", history="", follows=None)
    return hashlib.sha256(json.dumps(trigger(steady), sort_keys=True).encode()).hexdigest()


def _details(content: TicketContent, earlier: TicketRef | None, said: Sequence[str]) -> dict[str, str]:
    """Numbered, so that they keep their order."""
    earlier = earlier or content.follows
    follows = f"follows {earlier.key} {earlier.url}".strip() if earlier else ""
    texts = {
        "1 what": f"{content.what} ({content.left})" if content.left else content.what,
        "2 impact": content.impact,
        "3 do": f"{content.action} Runbook: {content.runbook}" if content.runbook else content.action,
        _REASON: "\n".join((content.why_now, *said)),
        "5 release": content.release,
        "6 owner": content.owner,
        "7 check": "\n".join(content.commands),
        "8 seen at": _places(content.places, content.places_left_out),
        "9 history": "; ".join(filter(None, (follows, content.history))),
    }
    return {name: _cut(text, DETAIL_CHARACTERS) for name, text in texts.items() if text}


def _links(content: TicketContent, board: str | None) -> list[dict[str, str]]:
    """What to do, the ticket that it pages for, and the rest of what is known."""
    others = ((_cut(link.text, FIELD_CHARACTERS), link.url) for link in content.links)
    links = (*others, ("Runbook", content.runbook), ("Certificate on the board", page_of(board, content.key)))
    return [{"href": href, "text": text} for text, href in links if href]


def _places(places: tuple[PlaceLine, ...], left_out: int) -> str:
    named: list[str] = []
    room = DETAIL_CHARACTERS - len(" (+9999999999 more)")
    for line in places:
        place = _place(line)
        room -= len(place) + len("; ")
        if room < 0:
            break
        named.append(place)
    more = len(places) - len(named) + left_out
    return f"{'; '.join(named)} (+{more} more)" if named or more else ""


def _place(line: PlaceLine) -> str:
    """Its address; and how it stands, where it does not serve this certificate."""
    how = [line.role if line.role != _SERVED else "", line.state if line.state != _STILL_THERE else ""]
    told = ", ".join(filter(None, how))
    address = line.place.removeprefix("tls://")
    return f"{address} ({told})" if told else address


def _fitting(details: dict[str, str]) -> dict[str, str]:
    """Without the least useful ones, as far as it has to be."""
    fitting = dict(details)
    for name in _LEAST_USEFUL_FIRST:
        if len(json.dumps(fitting, ensure_ascii=False).encode(errors="surrogatepass")) <= DETAILS_BYTES:
            break
        fitting.pop(name, None)
    return fitting


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"

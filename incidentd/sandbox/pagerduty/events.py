"""Events API v2: what is refused at the door, with the vendor's words, and what is accepted for later.

Rules: developer.pagerduty.com, Events API v2 (send an alert event, send a change event, rate limits).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from incidentd.sandbox.pagerduty.rates import SlidingWindow
from incidentd.sandbox.pagerduty.records import ChangeEvent
from incidentd.sandbox.pagerduty.world import World

MAX_EVENT_BYTES = 512 * 1024
MAX_SUMMARY, MAX_DEDUP_KEY, ROUTING_KEY_LENGTH = 1024, 255, 32
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")


def enqueue(world: World, window: SlidingWindow) -> Callable[[Request], Any]:
    """POST /v2/enqueue."""

    async def endpoint(request: Request) -> Response:
        event, problems = _read(await request.body(), alert_problems)
        if problems:
            return _invalid(problems)
        if not window.admits(event["routing_key"], world.now()):
            return Response(status_code=429)
        if event["event_action"] == "trigger" and not event.get("dedup_key"):
            event["dedup_key"] = world.new_id().lower()
        world.accept(event)
        return _accepted("Event processed", dedup_key=event["dedup_key"])

    return endpoint


def enqueue_change(world: World, window: SlidingWindow) -> Callable[[Request], Any]:
    """POST /v2/change/enqueue."""

    async def endpoint(request: Request) -> Response:
        event, problems = _read(await request.body(), change_problems)
        if problems:
            return _invalid(problems)
        if not window.admits(event["routing_key"], world.now()):
            return Response(status_code=429)
        if world.integration(event["routing_key"]) is not None:
            summary = event["payload"]["summary"]
            world.change_events.append(ChangeEvent(event["routing_key"], world.now(), summary, event))
        return _accepted("Change event processed")

    return endpoint


def alert_problems(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with an alert event; empty where it is valid."""
    problems = _key_problems(event)
    action, key = event.get("event_action"), event.get("dedup_key")
    if action not in ACTIONS:
        problems.append("'event_action' is missing or invalid (must be one of 'trigger', 'acknowledge', 'resolve')")
    if action in ("acknowledge", "resolve") and not key:
        problems.append("'dedup_key' is missing or blank")
    if key is not None and (not isinstance(key, str) or len(key) > MAX_DEDUP_KEY):
        problems.append("Length of 'dedup_key' is incorrect (should be at most 255 characters)")
    if action == "trigger":
        problems += _payload_problems(event.get("payload")) + _link_problems(event)
    return problems


def change_problems(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with a change event; empty where it is valid."""
    problems, payload = _key_problems(event), event.get("payload")
    if not isinstance(payload, dict):
        return [*problems, "'payload' is missing or blank"]
    return problems + _summary_problems(payload)


def _key_problems(event: Mapping[str, Any]) -> list[str]:
    key = event.get("routing_key")
    if not isinstance(key, str) or not key:
        return ["'routing_key' is missing or blank"]
    if len(key) != ROUTING_KEY_LENGTH:
        return ["Length of 'routing_key' is incorrect (should be 32 characters)"]
    return []


def _payload_problems(payload: Any) -> list[str]:
    if not isinstance(payload, dict) or not payload:
        return ["'payload' is missing or blank"]
    problems = _summary_problems(payload)
    if not isinstance(payload.get("source"), str) or not payload["source"]:
        problems.append("'payload.source' is missing or blank")
    if payload.get("severity") not in SEVERITIES:
        known = "'critical', 'warning', 'error' or 'info'"
        problems.append(f"'payload.severity' is invalid (must be one of the following: {known})")
    if not isinstance(payload.get("custom_details", {}), dict | str):
        problems.append("'payload.custom_details' is invalid (must be an object)")
    return problems


def _summary_problems(payload: Mapping[str, Any]) -> list[str]:
    summary = payload.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        return ["'payload.summary' is missing or blank"]
    if len(summary) > MAX_SUMMARY:
        return ["Length of 'payload.summary' is incorrect (should be at most 1024 characters)"]
    return []


def _link_problems(event: Mapping[str, Any]) -> list[str]:
    links, images = event.get("links") or [], event.get("images") or []
    problems = ["'links.href' is missing or blank" for link in links if not link.get("href")]
    insecure = (image for image in images if not str(image.get("src", "")).startswith("https://"))
    return problems + ["'images.src' is invalid (must be an HTTPS URL)" for _ in insecure]


def _read(body: bytes, problems_of: Callable[[Mapping[str, Any]], list[str]]) -> tuple[dict[str, Any], list[str]]:
    if len(body) > MAX_EVENT_BYTES:
        return {}, ["Event object exceeds the maximum size of 512 KB"]
    try:
        event = json.loads(body)
    except ValueError:
        return {}, ["Event object is not valid JSON"]
    if not isinstance(event, dict):
        return {}, ["Event object is not a JSON object"]
    return event, problems_of(event)


def _invalid(problems: list[str]) -> Response:
    document = {"status": "invalid event", "message": "Event object is invalid", "errors": problems}
    return JSONResponse(document, status_code=400)


def _accepted(message: str, **more: str) -> Response:
    return JSONResponse({"status": "success", "message": message, **more}, status_code=202)

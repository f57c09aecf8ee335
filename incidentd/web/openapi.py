"""The API described for machines (OpenAPI 3.1). A test holds every answer against it."""

from importlib.metadata import version
from typing import Any

from incidentd.model.assessment import PlaceStatus, Severity, Stage, Step
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.location import Role
from incidentd.model.plan import ActionKind

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
TIME: Schema = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FINGERPRINT: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _one_of(words: Any) -> Schema:
    return {"type": "string", "enum": [word.value for word in words]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(properties: Schema) -> Schema:
    """Adding is free, so what is not listed may be there; what is listed always is."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _document(properties: Schema) -> Schema:
    return _object({"schema_version": {"type": "integer", "const": 1}, **properties})


ITEM = {
    "key": TEXT,
    "fingerprint": FINGERPRINT,
    "name": TEXT,
    "not_after": TIME,
    "severity": _one_of(Severity),
    "step": {"type": "string", "enum": [step.label for step in Step]},
    "stage": _one_of(Stage),
    "tracker": TEXT,
    "ticket": TEXT_OR_NULL,
    "duplicates": _list(TEXT),
    "owner": TEXT_OR_NULL,
    "owner_rule": TEXT_OR_NULL,
    "page": {**_object({"tracker": TEXT, "from": _one_of(Severity)}), "type": ["object", "null"]},
    "action": _one_of(ActionKind),
    "reasons": _list(TEXT),
    "text": TEXT,
}
LOCATION = {
    "location": TEXT,
    "role": _one_of(Role),
    "status": _one_of(PlaceStatus),
    "production": FLAG,
    "members": _list(_object({"address": TEXT, "status": _one_of(PlaceStatus), "unseen": FLAG})),
}
INCIDENT = {
    "key": TEXT,
    "fingerprint": FINGERPRINT,
    "name": TEXT,
    "not_after": TIME_OR_NULL,
    "severity": _one_of(Severity),
    "step": {"type": "string", "enum": [step.label for step in Step]},
    "stage": _one_of(Stage),
    "state": _one_of(IncidentState),
    "tracker": TEXT,
    "ticket": TEXT_OR_NULL,
    "url": TEXT_OR_NULL,
    "opened_at": TIME,
    "closed_at": TIME_OR_NULL,
    "reopenings": COUNT,
    "held_by": {"type": ["string", "null"], "enum": [*(word.value for word in HeldBy), None]},
    "held_until": TIME_OR_NULL,
    "snoozed_until": TIME_OR_NULL,
    "locations": _list(_reference("Location")),
    "unseen": _list(TEXT),
    "release": {
        **_object({"id": TEXT, "planned_at": TIME_OR_NULL, "shipped_at": TIME_OR_NULL, "late": FLAG}),
        "type": ["object", "null"],
    },
    "owner": TEXT_OR_NULL,
    "owner_rule": TEXT_OR_NULL,
    "history": _list(_object({"at": TIME, "what": TEXT, "text": TEXT})),
    "page": {
        **_object(
            {
                "tracker": TEXT,
                "ticket": TEXT_OR_NULL,
                "url": TEXT_OR_NULL,
                "state": _one_of(IncidentState),
                "held_by": {"type": ["string", "null"], "enum": [*(word.value for word in HeldBy), None]},
            }
        ),
        "type": ["object", "null"],
    },
}
SELF_INCIDENT = {
    "key": TEXT,
    "cause": TEXT,
    "name": TEXT,
    **{name: INCIDENT[name] for name in ("severity", "state", "tracker", "ticket", "url", "opened_at", "closed_at")},
    **{name: INCIDENT[name] for name in ("reopenings", "held_by", "held_until", "snoozed_until", "history")},
}
CAUSE = {"cause": TEXT, "since": TIME, "severity": _one_of(Severity), "text": TEXT}
CERTIFICATE = {
    "fingerprint": FINGERPRINT,
    "name": TEXT,
    "not_after": TIME,
    "locations": _list(_reference("Location")),
    "stage": _one_of(Stage),
    "reasons": _list(TEXT),
    "unseen": _list(TEXT),
    "successor": {**FINGERPRINT, "type": ["string", "null"]},
    "successor_by": TEXT_OR_NULL,
}
SELF_ACTION = {
    "key": TEXT,
    "cause": TEXT,
    "name": TEXT,
    **{name: ITEM[name] for name in ("severity", "tracker", "ticket", "action", "text")},
    "held": TEXT_OR_NULL,
}
PLAN = {
    "hash": TEXT,
    "open": _list(_reference("Item")),
    "update": _list(_reference("Item")),
    "close": _list(_reference("Item")),
    "hold": _list(_reference("Item")),
    "leave": COUNT,
    "self": _list(_object(SELF_ACTION)),
    "pages": _list(_reference("Item")),
    "moves": _list(_reference("Item")),
    "releases": _list(_reference("Item")),
}
PROMISED = {
    **{name: CERTIFICATE[name] for name in ("fingerprint", "name", "not_after", "stage")},
    "kept": FLAG,
    "incident": {
        **_object(
            {name: INCIDENT[name] for name in ("key", "state", "severity", "tracker", "ticket", "url", "opened_at")}
        ),
        "type": ["object", "null"],
    },
    "exemption": {
        **_object({"reason": TEXT, "proof": TEXT, "until": TIME_OR_NULL}),
        "type": ["object", "null"],
    },
}
GAP = {"location": TEXT, "member": TEXT, "unseen_since": TIME, "reason": TEXT, "text": TEXT}
HEALTH = {
    "ready": FLAG,
    "causes": _list(TEXT),
    "warnings": _list(TEXT),
    "instance": TEXT,
    "observes_only": FLAG,
    "started_at": TIME,
    "reconciled_at": TIME_OR_NULL,
    "outbox": _object({"waiting": COUNT, "oldest_at": TIME_OR_NULL}),
    "blind_to": _list(_object(CAUSE)),
    "heartbeat": _object({"heard_at": TIME_OR_NULL, "silent": TEXT, "problem": TEXT}),
    "sources": _list(_object({"source": TEXT, "swept_at": TIME_OR_NULL, "complete": FLAG, "failure": TEXT_OR_NULL})),
}
KNOWN = {"fingerprint": FINGERPRINT, "name": TEXT, "not_after": TIME}
RELEASE = {
    "id": TEXT,
    "service": TEXT,
    "state": {"type": "string", "enum": ["announced", "shipped", "abandoned"]},
    "announced_at": TIME,
    "planned_at": TIME_OR_NULL,
    "shipped_at": TIME_OR_NULL,
    "abandoned_at": TIME_OR_NULL,
    "ticket": TEXT_OR_NULL,
    "url": TEXT_OR_NULL,
    "added": _list(_object(KNOWN)),
    "changed": _list(_object({"old": _object(KNOWN), "new": _object(KNOWN)})),
    "removed": _list(_object(KNOWN)),
    "unread": _list(TEXT),
    "renews": _list(_object({**KNOWN, "late": TEXT_OR_NULL})),
}
PEM: Schema = {"type": "string", "description": "One certificate or a chain, leaf first, in PEM."}
TOLD: Schema = {
    "type": "object",
    "description": "What is left out stands as it was said before.",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}$"},
        "state": RELEASE["state"],
        "service": TEXT_OR_NULL,
        "planned_at": {"type": ["string", "null"], "description": "A day (its first moment, UTC) or RFC 3339."},
        "ticket": TEXT_OR_NULL,
        "url": TEXT_OR_NULL,
        "by": TEXT_OR_NULL,
        "certificates": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {
                "added": _list(PEM),
                "changed": _list(_object({"old": PEM, "new": PEM})),
                "removed": _list(PEM),
            },
        },
    },
}
SCHEMAS = {
    "Item": _object(ITEM),
    "Location": _object(LOCATION),
    "Incident": _object(INCIDENT),
    "Certificate": _object(CERTIFICATE),
    "SelfIncident": _object(SELF_INCIDENT),
    "Incidents": _document(
        {
            "incidents": _list(_reference("Incident")),
            "self_incidents": _list(_reference("SelfIncident")),
            "left_off": COUNT,
        }
    ),
    "Certificates": _document({"certificates": _list(_reference("Certificate")), "left_off": COUNT}),
    "Plan": _document(PLAN),
    "Promise": _document({"certificates": _list(_object(PROMISED)), "left_off": COUNT}),
    "Gaps": _document({"gaps": _list(_object(GAP))}),
    "Health": _document(HEALTH),
    "Releases": _document({"releases": _list(_object(RELEASE)), "left_off": COUNT}),
    "Release": _document(RELEASE),
    "Told": TOLD,
    "Error": _document({"error": TEXT}),
}
ADDRESSES = {
    "incidents": ("Incidents", "Open, held and closed incidents, newest first; beside them those of incidentd itself."),
    "certificates": ("Certificates", "The inventory, soonest end first."),
    "plan": ("Plan", "What the last reconcile planned, and what the guard holds."),
    "promise": ("Promise", "Every production certificate inside its window, with its incident or its exemption."),
    "gaps": ("Gaps", "Places that cannot be seen, since when and why."),
    "releases": ("Releases", "The releases of the last 90 days and all that are on their way."),
    "health": ("Health", "Whether incidentd is ready, what stops it, and each source."),
}


def openapi_document() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "incidentd", "version": version("incidentd")},
        "paths": {f"/api/v1/{name}": _path(name, *about) | _told(name) for name, about in ADDRESSES.items()},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _path(name: str, schema: str, summary: str) -> Schema:
    answers = {
        "200": _response(schema, "The document."),
        "401": {"description": "The token is missing or wrong."},
        "503": _response("Error", "Not known yet, or the state cannot be read: ask again."),
    }
    return {"get": {"operationId": name, "summary": summary, "responses": answers}}


def _told(name: str) -> Schema:
    """What can be written, where something can."""
    if name != "releases":
        return {}
    answers = {
        "200": _response("Release", "The release as it stands now."),
        "400": _response("Error", "It was not understood; nothing was changed."),
        "401": {"description": "The token is missing or wrong."},
        "404": _response("Error", "Nobody announced the release that is said to have shipped or been given up."),
        "413": _response("Error", "More than 2 MiB."),
        "415": _response("Error", "Not application/json."),
        "503": _response("Error", "The state cannot be written: try again."),
    }
    body = {"required": True, "content": {"application/json": {"schema": _reference("Told")}}}
    summary = "Announce a release with its certificates, or say that it shipped or was given up."
    return {"post": {"operationId": "tell_release", "summary": summary, "requestBody": body, "responses": answers}}


def _response(schema: str, description: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _reference(schema)}}}

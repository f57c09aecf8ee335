"""The API described for machines (OpenAPI 3.1). A test holds every answer against it."""

from importlib.metadata import version

from incidentd.model.assessment import PlaceStatus, Severity, Stage, Step
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.location import Role
from incidentd.model.plan import ActionKind
from incidentd.web.openapi_concentration import CONCENTRATION, CONCENTRATIONS
from incidentd.web.openapi_observations import OBSERVATIONS, PUSH_SCHEMAS, PUSHER
from incidentd.web.openapi_parts import (
    COUNT,
    FINGERPRINT,
    FLAG,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TIME_OR_NULL,
    Schema,
    document_of,
    list_of,
    object_of,
    one_of,
    reference,
    response,
)

ITEM = {
    "key": TEXT,
    "fingerprint": FINGERPRINT,
    "name": TEXT,
    "not_after": TIME,
    "severity": one_of(Severity),
    "step": {"type": "string", "enum": [step.label for step in Step]},
    "stage": one_of(Stage),
    "tracker": TEXT,
    "ticket": TEXT_OR_NULL,
    "duplicates": list_of(TEXT),
    "owner": TEXT_OR_NULL,
    "owner_rule": TEXT_OR_NULL,
    "page": {**object_of({"tracker": TEXT, "from": one_of(Severity)}), "type": ["object", "null"]},
    "action": one_of(ActionKind),
    "reasons": list_of(TEXT),
    "text": TEXT,
}
LOCATION = {
    "location": TEXT,
    "role": one_of(Role),
    "status": one_of(PlaceStatus),
    "production": FLAG,
    "members": list_of(object_of({"address": TEXT, "status": one_of(PlaceStatus), "unseen": FLAG})),
}
INCIDENT = {
    "key": TEXT,
    "fingerprint": FINGERPRINT,
    "name": TEXT,
    "not_after": TIME_OR_NULL,
    "severity": one_of(Severity),
    "step": {"type": "string", "enum": [step.label for step in Step]},
    "stage": one_of(Stage),
    "state": one_of(IncidentState),
    "tracker": TEXT,
    "ticket": TEXT_OR_NULL,
    "url": TEXT_OR_NULL,
    "opened_at": TIME,
    "closed_at": TIME_OR_NULL,
    "reopenings": COUNT,
    "held_by": {"type": ["string", "null"], "enum": [*(word.value for word in HeldBy), None]},
    "held_until": TIME_OR_NULL,
    "snoozed_until": TIME_OR_NULL,
    "locations": list_of(reference("Location")),
    "unseen": list_of(TEXT),
    "release": {
        **object_of({"id": TEXT, "planned_at": TIME_OR_NULL, "shipped_at": TIME_OR_NULL, "late": FLAG}),
        "type": ["object", "null"],
    },
    "owner": TEXT_OR_NULL,
    "owner_rule": TEXT_OR_NULL,
    "history": list_of(object_of({"at": TIME, "what": TEXT, "text": TEXT})),
    "page": {
        **object_of(
            {
                "tracker": TEXT,
                "ticket": TEXT_OR_NULL,
                "url": TEXT_OR_NULL,
                "state": one_of(IncidentState),
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
CAUSE = {"cause": TEXT, "since": TIME, "severity": one_of(Severity), "text": TEXT}
CERTIFICATE = {
    "fingerprint": FINGERPRINT,
    "name": TEXT,
    "not_after": TIME,
    "locations": list_of(reference("Location")),
    "stage": one_of(Stage),
    "reasons": list_of(TEXT),
    "unseen": list_of(TEXT),
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
    "open": list_of(reference("Item")),
    "update": list_of(reference("Item")),
    "close": list_of(reference("Item")),
    "hold": list_of(reference("Item")),
    "leave": COUNT,
    "self": list_of(object_of(SELF_ACTION)),
    "pages": list_of(reference("Item")),
    "moves": list_of(reference("Item")),
    "releases": list_of(reference("Item")),
}
PROMISED = {
    **{name: CERTIFICATE[name] for name in ("fingerprint", "name", "not_after", "stage")},
    "kept": FLAG,
    "incident": {
        **object_of(
            {name: INCIDENT[name] for name in ("key", "state", "severity", "tracker", "ticket", "url", "opened_at")}
        ),
        "type": ["object", "null"],
    },
    "exemption": {
        **object_of({"reason": TEXT, "proof": TEXT, "until": TIME_OR_NULL}),
        "type": ["object", "null"],
    },
}
GAP = {"location": TEXT, "member": TEXT, "unseen_since": TIME, "reason": TEXT, "text": TEXT}
SOURCE = {
    "source": TEXT,
    "swept_at": TIME_OR_NULL,
    "complete": FLAG,
    "failure": TEXT_OR_NULL,
    "pushed_at": TIME_OR_NULL,
}
HEALTH = {
    "ready": FLAG,
    "causes": list_of(TEXT),
    "warnings": list_of(TEXT),
    "instance": TEXT,
    "observes_only": FLAG,
    "started_at": TIME,
    "reconciled_at": TIME_OR_NULL,
    "outbox": object_of({"waiting": COUNT, "oldest_at": TIME_OR_NULL}),
    "blind_to": list_of(object_of(CAUSE)),
    "heartbeat": object_of({"heard_at": TIME_OR_NULL, "silent": TEXT, "problem": TEXT}),
    "sources": list_of(object_of(SOURCE)),
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
    "added": list_of(object_of(KNOWN)),
    "changed": list_of(object_of({"old": object_of(KNOWN), "new": object_of(KNOWN)})),
    "removed": list_of(object_of(KNOWN)),
    "unread": list_of(TEXT),
    "renews": list_of(object_of({**KNOWN, "late": TEXT_OR_NULL})),
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
                "added": list_of(PEM),
                "changed": list_of(object_of({"old": PEM, "new": PEM})),
                "removed": list_of(PEM),
            },
        },
    },
}
SCHEMAS = {
    "Item": object_of(ITEM),
    "Location": object_of(LOCATION),
    "Incident": object_of(INCIDENT),
    "Certificate": object_of(CERTIFICATE),
    "SelfIncident": object_of(SELF_INCIDENT),
    "Incidents": document_of(
        {
            "incidents": list_of(reference("Incident")),
            "self_incidents": list_of(reference("SelfIncident")),
            "left_off": COUNT,
        }
    ),
    "Certificates": document_of({"certificates": list_of(reference("Certificate")), "left_off": COUNT}),
    "Plan": document_of(PLAN),
    "Promise": document_of({"certificates": list_of(object_of(PROMISED)), "left_off": COUNT}),
    "Gaps": document_of({"gaps": list_of(object_of(GAP))}),
    "Concentration": object_of(CONCENTRATION),
    "Concentrations": document_of(CONCENTRATIONS),
    "Health": document_of(HEALTH),
    "Releases": document_of({"releases": list_of(object_of(RELEASE)), "left_off": COUNT}),
    "Release": document_of(RELEASE),
    "Told": TOLD,
    **PUSH_SCHEMAS,
    "Error": document_of({"error": TEXT}),
}
ADDRESSES = {
    "incidents": ("Incidents", "Open, held and closed incidents, newest first; beside them those of incidentd itself."),
    "certificates": ("Certificates", "The inventory, soonest end first."),
    "plan": ("Plan", "What the last reconcile planned, and what the guard holds."),
    "promise": ("Promise", "Every production certificate inside its window, with its incident or its exemption."),
    "gaps": ("Gaps", "Places that cannot be seen, since when and why."),
    "releases": ("Releases", "The releases of the last 90 days and all that are on their way."),
    "concentration": ("Concentrations", "What would fail together, and until when somebody accepted it."),
    "health": ("Health", "Whether incidentd is ready, what stops it, and each source."),
}


def openapi_document() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "incidentd", "version": version("incidentd")},
        "paths": {
            **{f"/api/v1/{name}": _path(name, *about) | _told(name) for name, about in ADDRESSES.items()},
            "/api/v1/observations": OBSERVATIONS,
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}, "pusher": PUSHER},
        },
        "security": [{"token": []}, {}],
    }


def _path(name: str, schema: str, summary: str) -> Schema:
    answers = {
        "200": response(schema, "The document."),
        "401": {"description": "The token is missing or wrong."},
        "503": response("Error", "Not known yet, or the state cannot be read: ask again."),
    }
    return {"get": {"operationId": name, "summary": summary, "responses": answers}}


def _told(name: str) -> Schema:
    """What can be written, where something can."""
    if name != "releases":
        return {}
    answers = {
        "200": response("Release", "The release as it stands now."),
        "400": response("Error", "It was not understood; nothing was changed."),
        "401": {"description": "The token is missing or wrong."},
        "404": response("Error", "Nobody announced the release that is said to have shipped or been given up."),
        "408": response("Error", "It was not said to its end within 20 seconds."),
        "413": response("Error", "More than 2 MiB."),
        "415": response("Error", "Not application/json."),
        "503": response("Error", "The state cannot be written: try again."),
    }
    body = {"required": True, "content": {"application/json": {"schema": reference("Told")}}}
    summary = "Announce a release with its certificates, or say that it shipped or was given up."
    return {"post": {"operationId": "tell_release", "summary": summary, "requestBody": body, "responses": answers}}

"""Concentrations in the API's description."""

from incidentd.model.concentration import ConcentrationKind
from incidentd.web.openapi_parts import (
    COUNT,
    FINGERPRINT,
    FLAG,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    Schema,
    list_of,
    object_of,
    one_of,
    reference,
)

SHARE: Schema = {"type": "number", "minimum": 0}
WAIVER: Schema = {"id": TEXT, "until": TIME, "owner": TEXT, "reason": TEXT}
WINDOW: Schema = {
    "begins_at": TIME,
    "ends_at": TIME,
    "certificates": COUNT,
    "unrenewed": COUNT,
    "expected": SHARE,
    "score": SHARE,
}
CONCENTRATION: Schema = {
    "id": TEXT,
    "kind": one_of(ConcentrationKind),
    "subject": list_of(TEXT),
    "fingerprints": list_of(FINGERPRINT),
    "certificates": COUNT,
    "regions": list_of(TEXT),
    "services": list_of(TEXT),
    "endpoints": COUNT,
    "first_end": TIME,
    "windows": list_of(object_of(WINDOW)),
    "accepted": FLAG,
    "waiver": {**object_of(WAIVER), "type": ["object", "null"]},
    "includes": list_of(reference("Concentration")),
    "text": TEXT,
}
UNJUDGED: Schema = {"without_service": COUNT, "without_region": COUNT, "endpoints": COUNT, "without_key": COUNT}
CONCENTRATIONS: Schema = {
    "findings": list_of(reference("Concentration")),
    "unjudged": object_of(UNJUDGED),
    "unknown_waivers": list_of(object_of({**WAIVER, "nearest": TEXT_OR_NULL})),
}

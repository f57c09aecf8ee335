"""Pushed sweeps in the API's description: the shapes are those that the lines are read by."""

from pydantic import BaseModel

from incidentd.sources.pushed.lines import Begun, Ended, Given, Known, Told
from incidentd.web.openapi_parts import COUNT, FLAG, TEXT, TIME, Schema, document_of, reference, response

_REFERENCES = "#/components/schemas/Pushed{model}"
_LINES = (Begun, Given, Told, Ended)
PUSHER: Schema = {"type": "http", "scheme": "bearer", "description": "The token of a source of the kind `pushed`."}


def _schemas(*models: type[BaseModel]) -> Schema:
    """Those of the models, and of all that they are made of."""
    found: Schema = {}
    for model in models:
        schema = model.model_json_schema(ref_template=_REFERENCES)
        parts = schema.pop("$defs", {})
        found |= {f"Pushed{name}": part for name, part in parts.items()} | {f"Pushed{model.__name__}": schema}
    return found


_RECEIVED = {"source": TEXT, "sequence": COUNT, "recorded_at": TIME, "complete": FLAG, "again": FLAG}
PUSH_SCHEMAS: Schema = {
    **_schemas(*_LINES, Known),
    "PushedLine": {"oneOf": [reference(f"Pushed{model.__name__}") for model in _LINES]},
    "Received": document_of(_RECEIVED),
}
_REFUSED = {"description": "It is no token of a pushed source."}
OBSERVATIONS: Schema = {
    "get": {
        "operationId": "known_observations",
        "summary": "What is known of the pusher's source: to be asked before it is swept.",
        "security": [{"pusher": []}],
        "responses": {
            "200": response("PushedKnown", "Its places, and which sweep the next push follows."),
            "401": _REFUSED,
            "503": response("Error", "The state cannot be read: ask again."),
        },
    },
    "post": {
        "operationId": "push_observations",
        "summary": "A whole sweep of the pusher's source, a JSON object a line, the last one `end`.",
        "security": [{"pusher": []}],
        "requestBody": {
            "required": True,
            "content": {"application/x-ndjson": {"schema": reference("PushedLine")}},
        },
        "responses": {
            "200": response("Received", "It is recorded; `again`: it was before, and changed nothing now."),
            "400": response("Error", "It was not understood; nothing was changed."),
            "401": _REFUSED,
            "408": response("Error", "It was not pushed to its end; nothing was changed."),
            "409": response("Error", "Another sweep was recorded since it was begun: begin anew."),
            "413": response("Error", "More than the source has places for (most_places)."),
            "415": response("Error", "Not application/x-ndjson."),
            "429": response(
                "Error", "Another push of it is being read, or there were too many in an hour: `retry-after`."
            ),
            "503": response("Error", "The state cannot be written: try again."),
        },
    },
}

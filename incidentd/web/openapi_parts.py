"""What the API's description is made of (JSON Schema 2020-12, as OpenAPI 3.1 takes it)."""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
TIME: Schema = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FINGERPRINT: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def one_of(words: Any) -> Schema:
    """One of the values of an enumeration."""
    return {"type": "string", "enum": [word.value for word in words]}


def list_of(items: Schema) -> Schema:
    """Any number of them."""
    return {"type": "array", "items": items}


def object_of(properties: Schema) -> Schema:
    """Adding is free, so what is not listed may be there; what is listed always is."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def reference(name: str) -> Schema:
    """One of the schemas, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def document_of(properties: Schema) -> Schema:
    """What stands at an address."""
    return object_of({"schema_version": {"type": "integer", "const": 1}, **properties})


def response(schema: str, description: str) -> Schema:
    """An answer that is such a document."""
    return {"description": description, "content": {"application/json": {"schema": reference(schema)}}}

"""Objects of a cluster, as an API server gives them out: written by hand, and read from the files beside this one."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from incidentd.sources.kubernetes.objects import Kind, Listing, name_of

_FOLDER = Path(__file__).parent / "objects"
_KINDS = {
    "Ingress": Kind.INGRESSES,
    "Gateway": Kind.GATEWAYS,
    "HTTPRoute": Kind.HTTPROUTES,
    "Service": Kind.SERVICES,
    "Certificate": Kind.CERTIFICATES,
}


@cache
def everything() -> tuple[dict[str, Any], ...]:
    """All objects of all files."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.yaml")))
    return tuple(one for text in texts for one in yaml.safe_load_all(text))


def named(name: str, kind: str) -> dict[str, Any]:
    """One object, by `namespace/name` and kind."""
    return next(one for one in everything() if one["kind"] == kind and "/".join(map(str, name_of(one))) == name)


def listings(*things: dict[str, Any]) -> dict[Kind, Listing]:
    """These objects, as they are listed: every kind was read whole."""
    return {kind: Listing(tuple(one for one in things if one["kind"] == word)) for word, kind in _KINDS.items()}

"""What objects hold: certificates in Secrets, ConfigMaps and caBundles, read once when the object comes. Pure.

A part is one place: a data key, or the caBundle of one webhook. Keys of parts without any certificate are remembered,
so that a certificate that gave way to something else is told apart from one that was removed.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from incidentd.sources.kubernetes.annotations import PREFIX
from incidentd.sources.kubernetes.inside import at, objects_at, text_at
from incidentd.sources.kubernetes.objects import Kind, Object, name_of
from incidentd.sources.kubernetes.public import KEYSTORE
from incidentd.x509.bundles import Blob, Parse, may_hold_certificates, read_blob

TLS_SECRET = "kubernetes.io/tls"  # noqa: S105 - the name of a type
CHAIN = "tls.crt"
"""Where a TLS Secret has the certificate with its chain."""
_TRUSTED = "ca.crt"
_BUNDLE = "caBundle"
_SNIFFED_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One place in an object, with what was found there; None for something that never was to hold a certificate."""

    name: str
    blob: Blob | None
    is_keystore: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """An object with everything in it that can hold certificates."""

    namespace: str | None
    name: str
    parts: tuple[Part, ...]
    passed_over: tuple[str, ...] = ()
    """Parts that are there, and that the configuration does not want to be looked at."""
    annotations: tuple[tuple[str, str], ...] = ()
    """What its annotations say to us."""

    @property
    def about(self) -> Object:
        """Its metadata, as far as it is kept. Made when it is asked for: most objects have nothing but a name."""
        named = {"name": self.name} if self.namespace is None else {"name": self.name, "namespace": self.namespace}
        return {"metadata": {**named, "annotations": dict(self.annotations)} if self.annotations else named}


Keep = Callable[[Object], Holding]
"""From an object as it was decoded to what is kept of it."""


def keeper(kind: Kind, parse: Parse, *, trust: bool) -> Keep:
    """How objects of a kind that holds certificates are read; `trust` reads the ca.crt of TLS Secrets too."""

    def keep(thing: Object) -> Holding:
        parts = tuple(_parts(kind, thing, parse, trust))
        read = {part.name for part in parts}
        others = tuple(name for name, _ in _texts(thing.get("data")) if name not in read)
        return Holding(*name_of(thing), parts, others, _own(thing))

    return keep


def _own(thing: Object) -> tuple[tuple[str, str], ...]:
    annotations = at(thing, "metadata", "annotations")
    return tuple((name, text) for name, text in _texts(annotations) if name.startswith(PREFIX))


def _parts(kind: Kind, thing: Object, parse: Parse, trust: bool) -> Iterator[Part]:
    if kind is Kind.SECRETS:
        for name, value in _texts(thing.get("data")):
            if thing.get("type") != TLS_SECRET or name == CHAIN or (trust and name == _TRUSTED):
                yield _part(name, _bytes(value), parse)
    elif kind is Kind.CONFIGMAPS:
        for name, value in _texts(thing.get("data")):
            yield _part(name, value.encode("utf-8", "replace"), parse)
        for name, value in _texts(thing.get("binaryData")):
            yield _part(name, _bytes(value), parse)
    else:
        for name, value in _bundles(kind, thing):
            yield _part(name, _bytes(value), parse)


def _part(name: str, value: bytes, parse: Parse) -> Part:
    if value == KEYSTORE:
        return Part(name, None, is_keystore=True)
    if not may_hold_certificates(value[:_SNIFFED_BYTES]):
        return Part(name, None)
    blob = read_blob(value, parse)
    return Part(name, blob if blob.certificates or blob.unread else None)


def _bundles(kind: Kind, thing: Object) -> Iterator[tuple[str, str]]:
    """caBundles by the name of their part; each webhook of a configuration has one of its own."""
    if kind in (Kind.MUTATING_WEBHOOKS, Kind.VALIDATING_WEBHOOKS):
        hooks = objects_at(thing, "webhooks")
        found = {text_at(one, "name"): text_at(one, "clientConfig", _BUNDLE) for one in hooks}
    elif kind is Kind.APISERVICES:
        found = {_BUNDLE: text_at(thing, "spec", _BUNDLE)}
    else:
        found = {_BUNDLE: text_at(thing, "spec", "conversion", "webhook", "clientConfig", _BUNDLE)}
    yield from ((name, bundle) for name, bundle in found.items() if name and bundle)


def _texts(values: object) -> Iterator[tuple[str, str]]:
    if isinstance(values, Mapping):
        yield from ((name, value) for name, value in values.items() if isinstance(value, str))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""

"""Lineage as a table: what is seen beside an old certificate, which one replaces it, and by what or why none does."""

from dataclasses import dataclass
from enum import Enum, auto

from incidentd.model.certificate import Certificate
from incidentd.model.lineage import SuccessorBy
from incidentd.policy.succession import NoSuccessor
from tests.policy.builders import DAY, authority, certificate

ASKED = "api.example.net"
By, No = SuccessorBy, NoSuccessor


class At(Enum):
    """Where the other one is seen."""

    THERE = auto()
    """In the place of the old one."""
    ELSEWHERE = auto()
    """In a file of another folder."""
    SERVED_ELSEWHERE = auto()


@dataclass(frozen=True)
class Case:
    """One row. The old one is served, asked for by a name, or stands in a file."""

    name: str
    old: Certificate
    others: tuple[tuple[At, Certificate], ...]
    why: SuccessorBy | NoSuccessor
    """Of the one that wins; where none does, of the last."""
    wins: int = 0
    """The place among the others of the one that wins."""
    asked: str | None = ASKED
    stored: bool = False


def old(*names: str, **more: object) -> Certificate:
    return certificate(*names, **{"ends": 30 * DAY, "key_id": "aa", **more})  # type: ignore[arg-type]  # by name


def new(*names: str, **more: object) -> Certificate:
    return certificate(*names, **{"ends": 400 * DAY, "key_id": "bb", **more})  # type: ignore[arg-type]  # by name


def ca(subject: str = "CN=Issuing CA", **more: object) -> Certificate:
    return authority(subject, **{"key_id": "ca", **more})  # type: ignore[arg-type]  # by name


def there(other: Certificate) -> tuple[tuple[At, Certificate], ...]:
    return ((At.THERE, other),)


def elsewhere(*others: Certificate) -> tuple[tuple[At, Certificate], ...]:
    return tuple((At.ELSEWHERE, other) for other in others)


BARE = {"names": (), "subject": ""}
BROKER = {"names": (), "subject": "CN=,O=Broker"}
LONG = 900 * DAY
EARLY = {"ends": 400 * DAY, "lasts": 395 * DAY}
IDN, IDN_ASCII = "bücher.example", "xn--bcher-kva.example"

SERVED = [
    Case("renewed for the same name", old(), there(new()), By.SERVED_FOR_THE_NAME),
    Case("issued again for the same key", old(), there(new(key_id="aa")), By.SERVED_FOR_THE_NAME),
    Case("from another issuer", old(), there(new(issuer="CN=Other")), By.SERVED_FOR_THE_NAME),
    Case("with names added", old(), there(new(ASKED, "b.example.net")), By.SERVED_FOR_THE_NAME),
    Case("with names lost", old(ASKED, "b.example.net"), there(new()), By.SERVED_FOR_THE_NAME),
    Case("a wildcard for a name", old(), there(new("*.example.net")), By.SERVED_FOR_THE_NAME),
    Case("a name for a wildcard", old("*.example.net"), there(new()), By.SERVED_FOR_THE_NAME),
    Case("a wildcard one label too deep", old(), there(new("*.api.example.net")), No.OTHER_NAME),
    Case("a wildcard of another domain", old(), there(new("*.example.org")), No.OTHER_NAME),
    Case("a wildcard in a part of a label", old(), there(new("a*.example.net")), No.OTHER_NAME),
    Case("another name", old(), there(new("parked.example.org")), No.OTHER_NAME),
    Case("another of the old names", old(ASKED, "b.example.net"), there(new("b.example.net")), No.OTHER_NAME),
    Case("issued again with the same end", old(), there(new(ends=30 * DAY)), No.ENDS_NO_LATER),
    Case("with an earlier end", old(), there(new(ends=20 * DAY)), No.ENDS_NO_LATER),
    Case("self-signed", old(), there(new(self_signed=True)), No.SELF_SIGNED),
    Case("self-signed after self-signed", old(self_signed=True), there(new(self_signed=True)), By.SERVED_FOR_THE_NAME),
    Case("issued after self-signed", old(self_signed=True), there(new()), By.SERVED_FOR_THE_NAME),
    Case("not valid yet, for some names", old(ASKED, "b.example"), there(new(**EARLY)), No.NOT_VALID_NOW),
    Case("not valid yet, of the lineage all the same", old(), there(new(**EARLY)), By.COVERS_ALL_NAMES),
    Case("in the other spelling", old(IDN), there(new(IDN_ASCII)), By.SERVED_FOR_THE_NAME, asked=IDN_ASCII),
    Case(
        "back in that spelling", old(IDN_ASCII), there(new("BÜCHER.example")), By.SERVED_FOR_THE_NAME, asked=IDN_ASCII
    ),
    Case(
        "an internationalised wildcard",
        old("www.xn--bcher-kva.example"),
        there(new("*.bücher.example")),
        By.SERVED_FOR_THE_NAME,
        asked="www.xn--bcher-kva.example",
    ),
    Case(
        "a sharp s in the other spelling",
        old("straße.example"),
        there(new("xn--strae-oqa.example")),
        By.SERVED_FOR_THE_NAME,
        asked="xn--strae-oqa.example",
    ),
    Case(
        "two s for a sharp one",
        old("straße.example"),
        there(new("strasse.example")),
        No.OTHER_NAME,
        asked="xn--strae-oqa.example",
    ),
    Case("in capitals, with the root's dot", old(), there(new("API.Example.NET.")), By.SERVED_FOR_THE_NAME),
    Case("for an address", old("192.0.2.7"), there(new("192.0.2.7")), By.SERVED_FOR_AN_OWN_NAME, asked=None),
    Case("for another address", old("192.0.2.7"), there(new("192.0.2.8")), No.OTHER_NAME, asked=None),
    Case(
        "for one of its names, none asked",
        old(ASKED, "b.example"),
        there(new("b.example")),
        By.SERVED_FOR_AN_OWN_NAME,
        asked=None,
    ),
    Case("for none of its names, none asked", old(), there(new("b.example")), No.OTHER_NAME, asked=None),
    Case("the cure of a wrong one", old("wrong.example"), there(new()), By.SERVED_FOR_THE_NAME),
    Case("as wrong as before", old("wrong.example"), there(new("wrong.example")), By.SERVED_FOR_AN_OWN_NAME),
    Case(
        "by its common name",
        old(names=(), common_name=ASKED),
        there(new(names=(), common_name=ASKED)),
        By.SERVED_FOR_THE_NAME,
    ),
    Case("by its common name alone, after a name", old(), there(new(names=(), common_name=ASKED)), No.OTHER_NAME),
    Case("by a name, after its common name", old(names=(), common_name=ASKED), there(new()), By.SERVED_FOR_THE_NAME),
    Case("with a beginning that nobody can read", old(), there(new(not_before=None)), By.COVERS_ALL_NAMES),
    Case("the same, for some names", old(ASKED, "b.example"), there(new(not_before=None)), No.NOT_VALID_NOW),
    Case("by its subject alone", old(**BROKER), there(new(**BROKER)), By.SERVED_FOR_AN_OWN_NAME, asked=None),
    Case("without name or subject", old(**BARE), there(new(**BARE)), No.OTHER_NAME, asked=None),
]

STORED = [
    Case("in the same file", old(), there(new()), By.SAME_OBJECT, stored=True),
    Case("in the same file, not valid yet", old(), there(new(**EARLY)), By.SAME_OBJECT, stored=True),
    Case(
        "in the same file, by its common name alone",
        old(),
        there(new(names=(), common_name=ASKED)),
        No.OTHER_NAME,
        stored=True,
    ),
    Case("in the same file, names lost", old(ASKED, "b.example"), there(new("b.example")), By.SAME_OBJECT, stored=True),
    Case("another in the same file", old(), there(new("b.example")), No.OTHER_NAME, stored=True),
    Case("self-signed in the same file", old(), there(new(self_signed=True)), No.SELF_SIGNED, stored=True),
    Case("its issuer in the same file", old(), there(ca(ends=LONG)), No.OTHER_NAME, stored=True),
    Case("the next CA in the same file", ca(), there(ca("CN=Next CA", ends=LONG)), By.SAME_OBJECT, stored=True),
    Case("a leaf in the file of a CA", ca(), there(new()), No.OTHER_NAME, stored=True),
]

ACROSS = [
    Case("stored elsewhere", old(), elsewhere(new()), By.COVERS_ALL_NAMES),
    Case("stored elsewhere, no name", old(), elsewhere(new(names=(), common_name=ASKED)), No.OTHER_NAME),
    Case("stored elsewhere, a wildcard", old(), elsewhere(new("*.example.net")), By.COVERS_ALL_NAMES),
    Case("stored elsewhere, a name missing", old(ASKED, "b.example"), elsewhere(new()), No.OTHER_NAME),
    Case("stored elsewhere, ends sooner", old(), elsewhere(new(ends=9 * DAY)), No.ENDS_NO_LATER),
    Case("stored elsewhere, self-signed", old(), elsewhere(new(self_signed=True)), No.SELF_SIGNED),
    Case("stored elsewhere, a name of a wildcard", old("*.example.net"), elsewhere(new()), No.OTHER_NAME),
    Case("the same key for other names", old(), elsewhere(new("b.example", key_id="aa")), No.OTHER_NAME),
    Case("no names elsewhere", old(**BARE), elsewhere(new(**BARE)), No.OTHER_NAME),
    Case("served elsewhere", old(), ((At.SERVED_ELSEWHERE, new()),), By.COVERS_ALL_NAMES),
    Case("in the other spelling elsewhere", old(IDN), elsewhere(new(IDN_ASCII)), By.COVERS_ALL_NAMES, asked=IDN_ASCII),
    Case("a CA renewed", ca(), elsewhere(ca(ends=LONG, key_id="cb")), By.SAME_SUBJECT, stored=True),
    Case("a CA renewed by its key", ca(), elsewhere(ca(ends=LONG)), By.SAME_SUBJECT, stored=True),
    Case("a cross-sign", ca(), elsewhere(ca(ends=LONG, issuer="CN=Other Root")), By.CROSS_SIGNED, stored=True),
    Case(
        "the root of a cross-sign",
        ca(),
        elsewhere(ca(ends=LONG, issuer="CN=Issuing CA", self_signed=True)),
        By.CROSS_SIGNED,
        stored=True,
    ),
    Case(
        "a root of the same name and another key",
        ca(),
        elsewhere(ca(ends=LONG, issuer="CN=Issuing CA", self_signed=True, key_id="cb")),
        No.SELF_SIGNED,
        stored=True,
    ),
    Case(
        "a cross-sign that ends sooner", ca(), elsewhere(ca(ends=9 * DAY, issuer="CN=X")), No.ENDS_NO_LATER, stored=True
    ),
    Case("another CA", ca(), elsewhere(ca("CN=Next CA", ends=LONG)), No.OTHER_NAME, stored=True),
]

SEVERAL = [
    Case("the last end wins", old(), elsewhere(new(), new(ends=LONG), new()), By.COVERS_ALL_NAMES, wins=1),
    Case(
        "the last end wins, also elsewhere",
        old(),
        (*there(new()), *elsewhere(new(ends=LONG))),
        By.COVERS_ALL_NAMES,
        wins=1,
    ),
    Case("of one end the nearest", old(), (*elsewhere(new(), new()), *there(new())), By.SERVED_FOR_THE_NAME, wins=2),
    Case("of one end, in its own file", old(), (*elsewhere(new()), *there(new())), By.SAME_OBJECT, wins=1, stored=True),
    Case(
        "a stranger in its place",
        old(),
        (*there(new("parked.example.org", ends=LONG)), *elsewhere(new())),
        By.COVERS_ALL_NAMES,
        wins=1,
    ),
    Case(
        "a self-made one that ends last",
        old(),
        elsewhere(new(self_signed=True, ends=LONG), new()),
        By.COVERS_ALL_NAMES,
        wins=1,
    ),
]

CASES = [*SERVED, *STORED, *ACROSS, *SEVERAL]

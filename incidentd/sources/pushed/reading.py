"""Reading a push, line by line, as far as it goes: nothing of it counts before its last line was read.

Certificates are read here, from their bytes: whatever else the other side makes of them is not asked for.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn, assert_never

from pydantic import ValidationError

from incidentd.errors import UsageError
from incidentd.model.certificate import Certificate
from incidentd.sources.pushed.lines import LINE, LINE_BYTES, Begun, Ended, Given, Told
from incidentd.x509.parse import parse_certificate
from incidentd.x509.unreadable import Unreadable

PLACE_BYTES = 4096
"""So much a place may take with its certificate, on average."""
FREE_BYTES = 1024 * 1024


def most_bytes(most_places: int) -> int:
    """What a push may have, whatever is in it."""
    return FREE_BYTES + most_places * PLACE_BYTES


@dataclass(frozen=True, slots=True)
class Pushed:
    """A whole push."""

    begun: Begun
    places: tuple[Told, ...]
    certificates: Mapping[str, Certificate | Unreadable]
    """What came with it, by the fingerprint of its bytes."""
    failure: str | None


class PushReader:
    """Takes the lines of one push. Raises UsageError for the first that it does not understand."""

    def __init__(self, most_places: int) -> None:
        self._most_places = most_places
        self._begun: Begun | None = None
        self._ended: Ended | None = None
        self._places: dict[str, Told] = {}
        self._certificates: dict[str, Certificate | Unreadable] = {}
        self._lines = 0

    def take_all(self, lines: Iterable[bytes]) -> None:
        """Some more lines, without their ends; empty ones say nothing."""
        for line in lines:
            if line:
                self._take(line)

    def _take(self, line: bytes) -> None:
        self._lines += 1
        if len(line) > LINE_BYTES:
            self._refuse(f"a line has {LINE_BYTES} bytes at most")
        try:
            read = LINE.validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"]))
            self._refuse(f"{where}: {first['msg']}" if where else str(first["msg"]))
        if self._ended is not None:
            self._refuse("it comes after the end")
        if (self._begun is None) is not isinstance(read, Begun):
            self._refuse("the first line, and no other, says which sweep it is")
        self._keep(read)

    def whole(self) -> Pushed:
        """All that was said. Raises UsageError where its end is missing."""
        if self._begun is None or self._ended is None:
            raise UsageError("the push has no end: nothing of it counts")
        return Pushed(self._begun, tuple(self._places.values()), self._certificates, self._ended.failure)

    def _keep(self, read: Begun | Given | Told | Ended) -> None:
        match read:
            case Begun():
                self._begun = read
            case Given():
                self._read_certificate(read)
            case Told():
                self._add(read)
            case Ended():
                self._ended = read
            case never:
                assert_never(never)

    def _read_certificate(self, given: Given) -> None:
        try:
            der = base64.b64decode(given.der, validate=True)
        except (binascii.Error, ValueError):
            self._refuse("der: no base64")
        parsed = parse_certificate(der)
        read = parsed.fingerprint if isinstance(parsed, Certificate) else hashlib.sha256(der).hexdigest()
        self._certificates[read] = parsed

    def _add(self, told: Told) -> None:
        if told.uri in self._places:
            self._refuse("uri: this place was told already")
        if len(self._places) >= self._most_places:
            self._refuse(f"there are more than {self._most_places} places (most_places)")
        if any(not _are_positions(seen.others, len(seen.chain)) for seen in told.seen):
            self._refuse("others: these are no positions in the chain")
        self._places[told.uri] = told

    def _refuse(self, why: str) -> NoReturn:
        raise UsageError(why, where=f"line {self._lines}")


def _are_positions(others: tuple[int, ...], length: int) -> bool:
    """Where further chains begin: behind the first certificate, each behind the one before."""
    bounds = (0, *others, length)
    return all(earlier < later for earlier, later in pairwise(bounds))

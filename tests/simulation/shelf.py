"""The shelf: a folder of certificates, a file each, that the daemon sweeps too; what is there, and what is only unseen.

What leaves a folder is gone only where somebody took it away: an emptied folder, a folder that is not there, a file
that is torn or spoilt show nothing, and prove nothing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from incidentd.sandbox.ca import Issued
from tests.simulation.fleet import SUCCESSOR_ENDS
from tests.simulation.issuing import Issuer

FIRST_ENDS_IN_MINUTES = 41 * 24 * 60
"""Due from the beginning, and far from every step. Each ends a day after the one before it."""
SHELF = "shelf"
"""The source's name."""
MANY = 5
"""Of more than so many, a fifth that is lost at once is suspicious (faults.md, 4)."""
STRAY = "stray.pem"
WRITTEN = "shelf.new"


@dataclass
class Shelf:
    """`files` certificates in a folder, each in a file of its own."""

    issuer: Issuer
    folder: Path
    files: int
    now: Callable[[], datetime]
    held: dict[str, Issued] = field(default_factory=dict)
    """What stands, or should stand, in each file; what somebody took away stands in none."""
    unseen: set[str] = field(default_factory=set)
    """Files that show nothing, though nobody took away what they hold."""
    down: bool = False
    """A mount that did not come up, whole or in part: nobody writes to it meanwhile."""

    def __post_init__(self) -> None:
        self.held = {f"{number}.pem": self.old(number) for number in range(self.files)}
        if self.files:
            self.folder.mkdir()
            self.put_back()

    # What happens to it

    def renew(self, number: int) -> None:
        """A successor is written in its place."""
        name = self._name(number)
        if name in self.held:
            self.add(name, self.issuer.certificate(SUCCESSOR_ENDS + number, name_of(number)))

    def add(self, name: str, issued: Issued) -> None:
        """Something is stored in a file, where the folder can be written to."""
        if self.down:
            return
        self.held[name] = issued
        self._write(name, issued.certificate_pem)
        self.unseen.discard(name)

    def remove(self, number: int) -> None:
        """Somebody deletes it."""
        name = self._name(number)
        self.held.pop(name, None)
        self.unseen.discard(name)
        (self.folder / name).unlink(missing_ok=True)

    def spoil(self, number: int) -> None:
        """A file is there whole, and what it holds cannot be read."""
        self._damage(number, spoilt)

    def tear(self, number: int) -> None:
        """A file is half written."""
        self._damage(number, lambda pem: pem[: len(pem) // 2])

    def stray(self) -> None:
        """Something that is no certificate, and claims to be one, lies among them."""
        self._write(STRAY, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

    def empty(self) -> None:
        """The folder is there, and nothing in it: a mount that did not come up."""
        self.folder.mkdir(exist_ok=True)
        for path in self.folder.iterdir():
            path.unlink()
        self._goes_down(self.held)

    def halve(self) -> None:
        """Every other file is missing: half of an answer. Of few files so many may well be deleted: nothing happens."""
        if len(self.held) <= MANY:
            return
        missing = sorted(self.held)[::2]
        for name in missing:
            (self.folder / name).unlink(missing_ok=True)
        self._goes_down(missing)

    def vanish(self) -> None:
        """The folder is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._goes_down(self.held)

    def put_back(self) -> None:
        """All is as it should be."""
        self.down = False
        self.folder.mkdir(exist_ok=True)
        for name, issued in self.held.items():
            self._write(name, issued.certificate_pem)
        self.unseen.clear()

    # What is true of it

    def old(self, number: int) -> Issued:
        """The certificate that a file holds in the beginning."""
        return self.issuer.certificate(FIRST_ENDS_IN_MINUTES + number * 24 * 60, name_of(number))

    def stands(self, number: int) -> bool:
        """Whether the old certificate of a file was neither replaced nor taken away."""
        return self.held.get(self._name(number)) is self.old(number)

    def is_unseen(self, number: int) -> bool:
        """Whether its file shows nothing."""
        return self._name(number) in self.unseen

    def _name(self, number: int) -> str:
        return f"{number % self.files}.pem"

    def _goes_down(self, missing: Iterable[str]) -> None:
        self.unseen.update(missing)
        self.down = True

    def _damage(self, number: int, damaged: Callable[[bytes], bytes]) -> None:
        name = self._name(number)
        if name in self.held and not self.down:
            self._write(name, damaged(self.held[name].certificate_pem))
            self.unseen.add(name)

    def _write(self, name: str, content: bytes) -> None:
        if self.down:
            return
        path, at, written = self.folder / name, self.now().timestamp(), self.folder.with_name(WRITTEN)
        written.write_bytes(content)
        os.utime(written, (at, at))
        # Another file in its place, as who writes with care does it. In place, two changes within one tick of the
        # system's clock would look alike, and a life would depend on how fast it is lived.
        written.rename(path)


def spoilt(pem: bytes) -> bytes:
    """As long as it was, and nothing of it left: what lost a few bytes only may still be read as a certificate."""
    first, *lines, last = pem.splitlines(keepends=True)
    return b"".join((first, *(re.sub(rb"[^=\n]", b"A", line) for line in lines), last))


def name_of(number: int) -> str:
    """What the certificate of a file is for."""
    return f"stored{number}.example.test"

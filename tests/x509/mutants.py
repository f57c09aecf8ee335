"""Mutants of real certificates: flipped, cut, lengthened, spliced. None may crash the reader or be told a later end.

A long run: `python -m tests.x509.mutants --count 100000`, with INCIDENTD_CORPORA for more certificates to start from.
"""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from OpenSSL import crypto

from incidentd.model.certificate import Certificate
from incidentd.x509.bundles import Blob, read_blob
from incidentd.x509.parse import parse_certificate
from incidentd.x509.unreadable import Unreadable
from tests.x509.corpora import corpora_path, corpus_ders
from tests.x509.samples import certificate_der, pem_block

_WHOLE_TIME = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z")
_TIME = re.compile(rb"[\x17\x18][\x0b-\x15]\d{10}")


@dataclass
class Tally:
    """What became of the mutants."""

    mutants: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    dated_by_openssl: int = 0
    equal: int = 0
    later: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0

    @property
    def agreement(self) -> float:
        """The share of the mutants dated by OpenSSL to which we gave the same end."""
        return self.equal / self.dated_by_openssl if self.dated_by_openssl else 1.0


def seeds() -> list[bytes]:
    """The certificates that are mutated: our own, and those of the corpora where they are."""
    own = [
        certificate_der(),
        certificate_der("ca", is_ca=True, names=()),
        certificate_der(addresses=("192.0.2.7", "2001:db8::1")),
        certificate_der(not_after=datetime(2057, 1, 1, tzinfo=UTC)),
        certificate_der(not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ]
    root = corpora_path()
    return own + ([der for der in corpus_ders(root) if len(der) < 20_000] if root else [])


def mutate(der: bytes, other: bytes, chance: Random) -> bytes:
    """One to three changes."""
    mutant = bytearray(der)
    for _ in range(chance.randint(1, 3)):
        chance.choice(_CHANGES)(mutant, other, chance)
    return bytes(mutant)


def run(count: int, seed: int, starts: Sequence[bytes]) -> Tally:
    """Make and judge `count` mutants; the same arguments give the same mutants."""
    tally = Tally()
    for number in range(count):
        chance = Random(f"{seed}:{number}")
        _judge(mutate(chance.choice(starts), chance.choice(starts), chance), chance, tally)
    return tally


def openssl_not_after(der: bytes) -> datetime | None:
    """OpenSSL's notAfter where it reads the certificate and the time is a whole one in the years 1 to 9999."""
    try:
        text = crypto.load_certificate(crypto.FILETYPE_ASN1, der).get_notAfter()
    except (crypto.Error, ValueError):
        return None
    match = _WHOLE_TIME.fullmatch(text or b"")
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _flip(mutant: bytearray, other: bytes, chance: Random) -> None:
    for _ in range(chance.randint(1, 4)):
        if mutant:
            mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)


def _overwrite(mutant: bytearray, other: bytes, chance: Random) -> None:
    at = chance.randint(0, len(mutant))
    mutant[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x30\x80\x30\x80", b"\x84"))


def _cut(mutant: bytearray, other: bytes, chance: Random) -> None:
    del mutant[chance.randint(0, len(mutant)) :]


def _drop(mutant: bytearray, other: bytes, chance: Random) -> None:
    at = chance.randint(0, len(mutant))
    del mutant[at : at + chance.randint(1, 16)]


def _lengthen(mutant: bytearray, other: bytes, chance: Random) -> None:
    at = chance.choice((chance.randint(0, len(mutant)), len(mutant)))
    mutant[at:at] = chance.randbytes(chance.randint(1, 64))


def _splice(mutant: bytearray, other: bytes, chance: Random) -> None:
    at, start = chance.randint(0, len(mutant)), chance.randint(0, len(other))
    length = chance.randint(1, 200)
    mutant[at : at + length] = other[start : start + length]


def _change_length(mutant: bytearray, other: bytes, chance: Random) -> None:
    """An octet after what looks like a constructed tag: where lengths stand."""
    places = [at for at in range(min(len(mutant) - 1, 400)) if mutant[at] in (0x30, 0x31, 0xA0, 0xA3)]
    if places:
        mutant[chance.choice(places) + 1] = chance.choice((0, 1, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF))


def _change_time(mutant: bytearray, other: bytes, chance: Random) -> None:
    """A character of a time: where the danger is."""
    places = [match.start() for match in _TIME.finditer(mutant)]
    if places:
        at = chance.choice(places) + chance.randint(0, 15)
        mutant[at : at + 1] = chance.choice((b"0", b"9", b"Z", b"+", b"-", b".", b"5", b" ", b"\x17", b"\x18"))


_CHANGES: tuple[Callable[[bytearray, bytes, Random], None], ...] = (
    _flip,
    _overwrite,
    _cut,
    _drop,
    _lengthen,
    _splice,
    _change_length,
    _change_time,
    _change_time,
)


def _judge(mutant: bytes, chance: Random, tally: Tally) -> None:
    tally.mutants += 1
    started = time.process_time()
    try:
        parsed = parse_certificate(mutant)
        blob = read_blob(mutant)
        armoured = bytearray(pem_block(mutant))
        _flip(armoured, b"", chance)
        text_blob = read_blob(bytes(armoured))
    except BaseException as error:  # a crash is what is looked for, a panic included
        tally.crashes.append(f"{error!r} on {mutant.hex()}")
        return
    tally.slowest_seconds = max(tally.slowest_seconds, time.process_time() - started)
    tally.outcomes[_outcome(parsed)] += 1
    for one in (blob, text_blob):
        tally.outcomes[f"blob {one.kind}{' torn' if one.torn else ''}"] += 1
        assert _is_classified(one)
    _compare(mutant, parsed, tally)


def _outcome(parsed: Certificate | Unreadable) -> str:
    if isinstance(parsed, Unreadable):
        return parsed.reason.value
    return "certificate, with unread fields" if parsed.unread else "certificate"


def _is_classified(blob: Blob) -> bool:
    return bool(blob.certificates or blob.unread) or blob.kind.value in ("no_certificate", "empty")


def _compare(mutant: bytes, parsed: Certificate | Unreadable, tally: Tally) -> None:
    expected = openssl_not_after(mutant)
    if expected is None:
        return
    tally.dated_by_openssl += 1
    if isinstance(parsed, Unreadable):
        tally.missed.append(mutant.hex())
    elif parsed.not_after == expected:
        tally.equal += 1
    elif parsed.not_after > expected:
        tally.later.append(mutant.hex())


def main() -> int:
    """A long run; says what became of the mutants, and exits 1 on a crash or a later end."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    asked = arguments.parse_args()
    starts = seeds()
    tally = run(asked.count, asked.seed, starts)
    print(f"{tally.mutants} mutants of {len(starts)} certificates, {len(tally.crashes)} crashes")
    for outcome, number in tally.outcomes.most_common():
        print(f"  {number:8}  {outcome}")
    print(f"dated by OpenSSL: {tally.dated_by_openssl}, equal {tally.agreement:.3%}, later {len(tally.later)}")
    print(f"slowest: {tally.slowest_seconds:.3f} s")
    for example in [*tally.crashes[:3], *tally.later[:3], *tally.missed[:3]]:
        print(example[:4000])
    return 1 if tally.crashes or tally.later else 0


if __name__ == "__main__":
    sys.exit(main())

"""Certificates and archives for the tests of scanning. Everything is made here, byte by byte, the same in every run."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from incidentd.artefacts.caps import Caps
from incidentd.artefacts.scan import Build, scan
from incidentd.artefacts.scanned import Scanned, UnreadReason
from incidentd.model.certificate import Certificate
from incidentd.x509.parse import parse_certificate
from tests.x509.samples import NOT_AFTER, certificate_der, pem_block

SMALL = Caps(total_bytes=4_000_000, expansion=100, free_expansion_bytes=1_000_000, members=50, certificates=20)
"""Caps that a test can meet."""
KEY = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
KEY += b"-----END PRIVATE KEY-----\n"
Entries = Sequence[tuple[str, bytes | str | None]]
"""Names with a content, the target of a hard link, or nothing: a folder."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A certificate as it stands in files."""

    der: bytes

    @property
    def pem(self) -> bytes:
        return pem_block(self.der)

    @property
    def certificate(self) -> Certificate:
        parsed = parse_certificate(self.der)
        assert isinstance(parsed, Certificate)
        return parsed

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint


def sample(name: str, serial: int = 1, days: int = 0, *, is_ca: bool = False, is_root: bool = False) -> Sample:
    """A certificate for one name that ends so many days after the others."""
    names = () if is_ca else (name,)
    issuer = name if is_root else "Sandbox Issuing CA"
    not_after = NOT_AFTER + timedelta(days=days)
    return Sample(certificate_der(name, names=names, serial=serial, not_after=not_after, is_ca=is_ca, issuer=issuer))


BLOB, QUEUE, TABLE = sample("blob.test"), sample("queue.test"), sample("table.test")
NEW_BLOB = sample("blob.test", serial=2, days=365)
ROOTS = [sample(f"Root {n}", serial=n, is_ca=True, is_root=True) for n in range(1, 8)]
ISSUER = sample("Intermediate CA", is_ca=True)


def tar_of(files: Mapping[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive, as the library writes it."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode, format=form) as archive:  # type: ignore[call-overload] # any mode
        for name, content in files.items():
            archive.addfile(header(name, len(content)), io.BytesIO(content))
    return written.getvalue()


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """The header of one member."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, target
    return info


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def scanned(path: Path, caps: Caps | None = None, *, ignored: tuple[str, ...] = ()) -> Scanned:
    """What one artefact carries."""
    build = Build(artefacts=(str(path),), ignored=ignored)
    return scan(build, caps) if caps else scan(build)


def scanned_bytes(folder: Path, content: bytes, name: str = "build.tar", caps: Caps | None = None) -> Scanned:
    """What a file of these bytes carries."""
    path = folder / name
    path.write_bytes(content)
    return scanned(path, caps)


def found(result: Scanned) -> set[str]:
    """The fingerprints of what is carried."""
    return {one.certificate.fingerprint for one in result.added}


def places(result: Scanned, folder: Path) -> dict[str, list[str]]:
    """By first name, where each carried certificate is, without the folder of the test."""
    prefix = f"{folder}/"
    return {one.certificate.display_name: [place.removeprefix(prefix) for place in one.places] for one in result.added}


def reasons(result: Scanned) -> list[UnreadReason]:
    """Why something was not read."""
    return [one.reason for one in result.unread]


def layer_of(*entries: tuple[str, bytes | str | None]) -> bytes:
    """One layer, as a builder packs it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in entries:
            if content is None:
                archive.addfile(header(name, 0, tarfile.DIRTYPE))
            elif isinstance(content, str):
                archive.addfile(header(name, 0, tarfile.LNKTYPE, content))
            else:
                archive.addfile(header(name, len(content)), io.BytesIO(content))
    return out.getvalue()

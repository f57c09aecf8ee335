"""Public corpora of broken and hostile certificates: nothing crashes, and notAfter is OpenSSL's."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from incidentd.model.certificate import Certificate
from incidentd.x509.bundles import Blob, BlobKind, read_blob
from incidentd.x509.field_by_field import Refusal, attempt
from incidentd.x509.fields import FieldReader
from incidentd.x509.lenient import LenientReader
from incidentd.x509.library import LibraryReader
from incidentd.x509.parse import parse_certificate
from incidentd.x509.pem import Holds, blocks, decoded
from incidentd.x509.skeleton import read_skeleton
from tests.x509.corpora import OracleRow, corpus_ders, corpus_files, oracle_rows, required_corpora

_LEAST_AGREEMENT = 0.995
_FIELDS = ("not_before", "not_after", "serial", "subject", "issuer", "common_name", "names", "is_ca")


@dataclass
class _Comparison:
    compared: int = 0
    equal: int = 0
    later: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def add(self, row: OracleRow, found: Certificate | None) -> None:
        """Count one certificate that OpenSSL gives a notAfter."""
        assert row.not_after is not None
        self.compared += 1
        if found is not None and found.not_after == row.not_after:
            self.equal += 1
            return
        self.different.append(f"{row.path}#{row.block}: {found and found.not_after} for {row.not_after}")
        if found is not None and found.not_after > row.not_after:
            self.later.append(row.path)


def test_every_file_of_the_corpora_is_classified() -> None:
    """Whatever a file holds, reading it gives a kind, and an unread block has a reason and a text."""
    kinds: set[BlobKind] = set()
    for path in corpus_files(required_corpora()):
        blob = read_blob(path.read_bytes())
        kinds.add(blob.kind)
        assert all(one.text and one.reason for one in blob.unread), path
        assert blob.certificates or blob.unread or blob.kind is BlobKind.NO_CERTIFICATE, path
    assert kinds == {BlobKind.PEM, BlobKind.DER, BlobKind.PKCS7, BlobKind.KEYSTORE, BlobKind.NO_CERTIFICATE}


def test_not_after_equals_openssl_and_is_never_later() -> None:
    """Where OpenSSL dates a certificate of the corpora, so do we, in 99.5 % of them, and never with a later time."""
    root = required_corpora()
    comparison = _Comparison()
    for row in oracle_rows(root):
        if row.not_after is not None:
            comparison.add(row, _found(root, row))
    share = comparison.equal / comparison.compared
    figure = f"{comparison.equal} of {comparison.compared} equal ({share:.2%}); {comparison.different[:20]}"
    assert comparison.compared > 2_000, figure
    assert share >= _LEAST_AGREEMENT, figure
    assert comparison.later == [], figure


def test_keystores_are_recognised() -> None:
    """Each keystore of the corpora is named as one, with what to do."""
    root = required_corpora()
    keystores = [path for path in corpus_files(root) if path.suffix in {".p12", ".jks", ".jceks", ".bksv1", ".bksv2"}]
    blobs: list[Blob] = [read_blob(path.read_bytes()) for path in keystores]
    assert len(blobs) > 400
    assert {blob.kind for blob in blobs} == {BlobKind.KEYSTORE}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_our_walk_agrees_with_the_library() -> None:
    """What both readers can read of the corpora they read alike, in more than 99.8 % of the fields."""
    read, differences = 0, []
    for der in corpus_ders(required_corpora()):
        for name, ours, theirs in _both(der):
            read += 1
            if ours != theirs:
                differences.append(f"{name}: {ours!r} for {theirs!r}")
    assert read > 15_000
    assert len(differences) < read * 0.002, differences


def _both(der: bytes) -> list[tuple[str, object, object]]:
    """Each field that the library reads: its name, our reading, the library's."""
    skeleton = attempt(lambda: read_skeleton(der))
    if isinstance(skeleton, Refusal):
        return []
    library = attempt(lambda: LibraryReader(skeleton.der))
    if isinstance(library, Refusal):
        return []
    read = [(name, _field(LenientReader(skeleton), name), _field(library, name)) for name in _FIELDS]
    return [(name, ours, theirs) for name, ours, theirs in read if not isinstance(theirs, Refusal)]


def _field(reader: FieldReader, name: str) -> object:
    return attempt(getattr(reader, name))


def _found(root: Path, row: OracleRow) -> Certificate | None:
    """What we make of the same block: the oracle counts those labelled as certificates, and hashes their bytes."""
    data = (root / row.path).read_bytes()
    if row.block is None:
        certificates = read_blob(data).certificates
        return certificates[0] if certificates else None
    labelled = [block for block in blocks(data) if block.holds in (Holds.CERTIFICATE, Holds.TRUSTED_CERTIFICATE)]
    parsed = parse_certificate(decoded(labelled[row.block].body))
    return parsed if isinstance(parsed, Certificate) else None

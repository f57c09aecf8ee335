"""What a blob may cost: the caps are kept, and said, and nothing grows faster than the blob."""

import pytest

from incidentd.x509.bundles import MAX_BLOB_BYTES, MAX_BLOCKS, BlobKind, read_blob
from incidentd.x509.unreadable import UnreadableReason
from tests.x509.samples import certificate_der, handmade, indefinite, pem_block

LEAF = certificate_der("leaf")
SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"


def test_a_file_over_the_cap_is_unread_as_a_whole() -> None:
    """10 MiB are read, one byte more is not."""
    assert read_blob(b"x" * MAX_BLOB_BYTES).unread == ()
    blob = read_blob(pem_block(LEAF) + b"x" * MAX_BLOB_BYTES)
    assert (blob.kind, [one.reason for one in blob.unread], blob.torn) == (
        BlobKind.TOO_LARGE,
        [UnreadableReason.BLOB_TOO_LARGE],
        False,
    )


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(handmade(), id="certificates in DER"),
        pytest.param(pem_block(handmade()), id="certificates in PEM"),
        pytest.param(b"-----BEGIN X-----\n-----END X-----\n", id="other blocks"),
    ],
)
def test_blocks_beyond_the_cap_are_said(block: bytes) -> None:
    """Exactly 10,000 are all read; of one more it is said that it was not."""
    assert read_blob(block * MAX_BLOCKS).unread == ()
    assert [one.reason for one in read_blob(block * (MAX_BLOCKS + 1)).unread] == [UnreadableReason.TOO_MANY_BLOCKS]


@pytest.mark.parametrize(
    "data",
    [
        LEAF + b"\x30\x00" * 1_000_000,
        b"-----BEGIN CERTIFICATE-----\n" * 300_000,
        b"\n" * MAX_BLOB_BYTES,
        b"\n-----BEGIN" + b" " * 5_000_000,
        indefinite(0x30, SIGNED_DATA, indefinite(0xA0, indefinite(0x30, indefinite(0xA0, b"\xa1\x00" * 500_000)))),
        b"\x30\x80" * 1_000_000,
    ],
    ids=["empty elements", "BEGINs", "newlines", "spaces", "other choices", "open elements"],
)
@pytest.mark.timeout(60)  # seconds under a coverage tracer, hours for a walk that is quadratic
def test_hostile_blobs_end_in_time(data: bytes) -> None:
    """Nothing in the walk grows faster than the blob, and the cap ends it."""
    assert read_blob(data).certificates in ((), read_blob(LEAF).certificates)

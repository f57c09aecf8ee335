"""The sandbox's CA issues exactly what it is asked for."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.sandbox.ca import CertificateAuthority, KeyType, self_signed
from incidentd.x509.bundles import read_blob

FROM = datetime(2012, 2, 22, 20, 29, 53, tzinfo=UTC)
UNTIL = datetime(2013, 2, 22, 20, 29, 53, tzinfo=UTC)


@pytest.fixture(scope="module")
def root() -> CertificateAuthority:
    return CertificateAuthority(not_before=FROM, not_after=UNTIL + timedelta(days=3650))


@pytest.mark.parametrize("key_type", ["ec", "rsa"])
def test_names_and_dates_are_those_that_were_asked_for(root: CertificateAuthority, key_type: KeyType) -> None:
    """To the second, with the first name as the common name, and never a CA."""
    names = ["blob.test", "*.blob.test", "192.0.2.7"]
    issued = root.issue(names, not_before=FROM, not_after=UNTIL, key_type=key_type)
    (certificate,) = read_blob(issued.chain_pem).certificates
    assert (certificate.not_before, certificate.not_after) == (FROM, UNTIL)
    assert (certificate.names, certificate.common_name) == (tuple(names), "blob.test")
    assert certificate.fingerprint == issued.fingerprint
    assert (certificate.is_ca, certificate.self_signed) == (False, False)


@pytest.mark.parametrize(
    "not_after", [datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]
)
def test_any_date_can_be_had(root: CertificateAuthority, not_after: datetime) -> None:
    """The end of the calendar and the beginning of the epoch."""
    issued = root.issue(["a.test"], not_before=datetime(1951, 1, 1, tzinfo=UTC), not_after=not_after)
    (certificate,) = read_blob(issued.der).certificates
    assert certificate.not_after == not_after


def test_a_chain_has_its_intermediates_and_not_its_root(root: CertificateAuthority) -> None:
    """Nearest first, each signed by the next, all CAs."""
    upper = root.intermediate("Upper", not_before=FROM, not_after=UNTIL)
    lower = upper.intermediate("Lower", not_before=FROM, not_after=UNTIL)
    issued = lower.issue(["a.test"], not_before=FROM, not_after=UNTIL)
    leaf, *above = read_blob(issued.chain_pem).certificates
    assert [one.fingerprint for one in above] == [lower.issued.fingerprint, upper.issued.fingerprint]
    assert [leaf.issuer, above[0].issuer] == [above[0].subject, above[1].subject]
    assert all(one.is_ca for one in above)


def test_a_certificate_can_vouch_for_itself_or_share_a_key(root: CertificateAuthority) -> None:
    """Self-signed ones, and a renewal that keeps its key."""
    alone = self_signed(["a.test"], not_before=FROM, not_after=UNTIL)
    renewed = root.issue(["a.test"], not_before=FROM, not_after=UNTIL, key=alone.key)
    first, second = (read_blob(one.der).certificates[0] for one in (alone, renewed))
    assert (first.self_signed, second.self_signed) == (True, False)
    assert first.key_id == second.key_id
    assert first.fingerprint != second.fingerprint


def test_a_key_fits_its_certificate_and_shows_nowhere(
    root: CertificateAuthority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A server takes the pair, and a repr has no key in it."""
    issued = root.issue(["a.test"], not_before=FROM, not_after=UNTIL)
    path = tmp_path_factory.mktemp("served") / "pair.pem"
    path.write_bytes(issued.key_pem + issued.chain_pem)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
    assert "key" not in repr(issued).lower()

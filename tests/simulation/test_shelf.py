"""What befalls a file of the shelf is what its name says, whatever the bytes of its certificate are."""

from __future__ import annotations

import pytest

from incidentd.x509.bundles import read_blob
from tests.simulation.issuing import Issuer
from tests.simulation.shelf import name_of, spoilt

OTHERS = 300


@pytest.mark.parametrize("days", (1, 41, 360))
def test_a_spoilt_file_holds_no_certificate(days: int) -> None:
    """A referee who takes it for unreadable would be wrong one time in a few hundred, were only some bytes gone."""
    for seed in range(OTHERS):
        pem = Issuer(seed).certificate(days * 24 * 60, name_of(seed % 9)).certificate_pem
        assert read_blob(pem).certificates
        assert len(spoilt(pem)) == len(pem)
        assert not read_blob(spoilt(pem)).certificates
        assert read_blob(spoilt(pem)).unread

"""A network with short deadlines, and a clock that stands still."""

from collections.abc import Iterator

import pytest

from incidentd.sources.tls.network import ProbeLimits, TlsNetwork
from tests.sources.world import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def network() -> Iterator[TlsNetwork]:
    """Deadlines long enough for a busy machine."""
    network = TlsNetwork(ProbeLimits(connect_seconds=20, probe_seconds=20, resolve_seconds=20))
    yield network
    network.close()


@pytest.fixture
def hasty_network() -> Iterator[TlsNetwork]:
    """Deadlines for peers that never answer."""
    network = TlsNetwork(ProbeLimits(connect_seconds=0.2, probe_seconds=0.3, everywhere=16))
    yield network
    network.close()

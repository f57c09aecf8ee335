"""What the tests of the kubernetes source stand on."""

import pytest

from tests.sources.kubernetes.standin import Cluster


@pytest.fixture
def cluster() -> Cluster:
    """A cluster with nothing in it."""
    return Cluster()

"""Production unless said otherwise."""

import pytest

from incidentd.model.location import labels_of
from incidentd.model.policy import Policy
from incidentd.policy.production import is_production


@pytest.mark.parametrize(
    ("labels", "production"),
    [
        ({}, True),
        ({"env": "prod"}, True),
        ({"env": "whatever"}, True),
        ({"env": ""}, True),
        ({"region": "dev"}, True),
        ({"env": "dev"}, False),
        ({"env": "DEV"}, False),
        ({"env": "Staging", "region": "eu"}, False),
    ],
)
def test_only_a_listed_value_takes_a_location_out(labels: dict[str, str], production: bool) -> None:
    """Unknown and missing values are production; case does not matter."""
    assert is_production(labels_of(labels), Policy()) is production


def test_the_policy_says_which_label_and_which_values() -> None:
    """Any label may say it, in the policy's own case too."""
    policy = Policy(non_production=(("tier", ("Lab",)), ("env", ("x",))))
    assert not is_production(labels_of({"tier": "lab"}), policy)
    assert is_production(labels_of({"env": "dev"}), policy)

"""What a command waits for is had, and not put into words."""

import pytest

from incidentd.cli.ending import to_its_end
from incidentd.errors import ConfigError


class Large:
    """Something that nobody should write down; who does may forgive any error."""

    written = 0

    def __repr__(self) -> str:
        self.written += 1
        return "a fleet"


def test_the_result_is_handed_over_as_it_is() -> None:
    """However large: a whole inventory may hang on it."""
    large = Large()

    async def found() -> Large:
        return large

    assert to_its_end(found()) is large
    assert large.written == 0


def test_what_is_raised_arrives() -> None:
    """As it was raised."""

    async def fails() -> None:
        raise ConfigError("no")

    with pytest.raises(ConfigError, match="no"):
        to_its_end(fails())

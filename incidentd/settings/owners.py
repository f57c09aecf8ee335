"""The rule file of owners: read with the configuration; a change of it is a change of the configuration."""

from pathlib import Path

from incidentd.errors import ConfigError
from incidentd.model.owner import OwnerRule
from incidentd.planning.owning import parsed_rules

LARGEST_BYTES = 1_000_000


def read_rules(path: Path) -> tuple[OwnerRule, ...]:
    """Its rules, in its order. Raises ConfigError where it cannot be read, or holds none: more often it was cut short.

    Nothing in it is a secret, but nothing of it is shown either.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the file of owners cannot be read: {error.strerror}", where=str(path)) from None
    if len(content) > LARGEST_BYTES:
        raise ConfigError("the file of owners is larger than 1 MB", where=str(path))
    rules = parsed_rules(content.decode("utf-8", "replace"))
    if not rules:
        raise ConfigError("the file of owners holds no rule", where=str(path), hint="a line is PATTERN OWNER")
    return rules

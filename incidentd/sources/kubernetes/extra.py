"""Whether what the extra `kubernetes` installs is there: asked before anything that needs it is imported."""

from importlib.util import find_spec

from incidentd.errors import ConfigError


def needs_extra(source: str) -> None:
    """Raises ConfigError where the source cannot work here."""
    if find_spec("lightkube") is None:
        raise ConfigError(
            "a source of kind kubernetes needs lightkube, which is not installed",
            where=f"sources.{source}",
            hint="install it: pip install 'incidentd[kubernetes]'",
        )

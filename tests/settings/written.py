"""A configuration written to disk and loaded, with an environment of the test's own."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from incidentd.errors import ConfigError
from incidentd.settings import Loaded, load_settings

EDGE = "sources: {edge: {kind: tls, targets: [a.example]}}\n"
HOME = {"HOME": "/home/someone"}


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    """The text as `incidentd.yaml` in a folder."""
    path = folder / "incidentd.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def load(folder: Path, text: str, variables: Mapping[str, str] | None = None, mode: int = 0o600) -> Loaded:
    """The settings that a text and variables come to."""
    return load_settings(write(folder, text, mode), {**HOME, **(variables or {})})


def refusal(folder: Path, text: str, variables: Mapping[str, str] | None = None, mode: int = 0o600) -> list[str]:
    """The lines of the error that a text and variables come to; the folder is left out of them."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text, variables, mode)
    return str(caught.value).replace(f"{folder}/", "").splitlines()

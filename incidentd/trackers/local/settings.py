"""Settings of the built-in queue: it needs none, since it lives in the state database."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class LocalSettings(BaseModel):
    """The built-in queue."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["local"]

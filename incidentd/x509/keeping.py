"""Keeping: the bytes of the certificates that are read, for those who have to pass them on. Nobody else keeps any."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Keep = Callable[[str, bytes], None]
_keep: ContextVar[Keep | None] = ContextVar("keep", default=None)


@contextmanager
def keeping() -> Iterator[Mapping[str, bytes]]:
    """DER by fingerprint, of every certificate that is parsed inside, in this task and whatever it starts."""
    kept: dict[str, bytes] = {}

    def keep(fingerprint: str, der: bytes) -> None:
        kept.setdefault(fingerprint, der)

    token = _keep.set(keep)
    try:
        yield kept
    finally:
        _keep.reset(token)


def noted(fingerprint: str, der: bytes) -> None:
    """One was parsed."""
    keep = _keep.get()
    if keep is not None:
        keep(fingerprint, der)

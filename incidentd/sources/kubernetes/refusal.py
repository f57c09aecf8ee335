"""Why the API server did not answer a question: a stable reason, and whether asking again from the start may help."""

from http import HTTPStatus

from incidentd.errors import SourceError
from incidentd.model.observation import GapReason


class Refusal(SourceError):
    """A question without an answer; `status` is None where there was none at all."""

    def __init__(self, reason: GapReason, what: str, status: int | None = None, about: str = "") -> None:
        super().__init__(what)
        self.reason = reason
        self.status = status
        self.about = about
        """The name of the object that the API server says it is about; empty where it says none."""

    @property
    def is_gone(self) -> bool:
        """True where what was asked for is too old: only a new list helps."""
        return self.status == HTTPStatus.GONE

    @property
    def is_missing(self) -> bool:
        """True where there is no such thing, by the word of whoever answered."""
        return self.status == HTTPStatus.NOT_FOUND


_REASONS: dict[int, tuple[GapReason, str]] = {
    HTTPStatus.UNAUTHORIZED: (GapReason.PERMISSION, "the API server does not accept the credentials"),
    HTTPStatus.FORBIDDEN: (GapReason.PERMISSION, "the rights do not suffice"),
    HTTPStatus.NOT_FOUND: (GapReason.MISSING_FOLDER, "there is no such thing"),
    HTTPStatus.GONE: (GapReason.NOT_LOOKED_AT, "the list changed under our hands, again and again"),
    HTTPStatus.TOO_MANY_REQUESTS: (GapReason.UNREACHABLE, "the API server has too much to do"),
}


def refusal_of_status(status: int, message: str = "", about: str = "") -> Refusal:
    """What a status other than 200 says; `message` and the name it is `about` are the API server's own."""
    reason, text = _REASONS.get(status, (GapReason.UNREACHABLE, f"the API server answers {status}"))
    return Refusal(reason, f"{text}: {message}" if message else text, status, about)

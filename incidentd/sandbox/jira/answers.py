"""What Jira says when it does not do what was asked, in its own words (Jira Cloud REST v3, error collection)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

UNSEEN = "Issue does not exist or you do not have permission to see it."
NOT_ADF = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
SEARCH_IS_GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


class Refusal(Exception):
    """Stops a call: a status, messages, errors by field, and headers."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        """The whole answer."""
        document = {"errorMessages": list(self.messages), "errors": self.errors}
        return JSONResponse(document, status_code=self.status, headers=self.headers)


def unseen() -> Refusal:
    """404: not there, or not for our eyes; nobody can tell."""
    return Refusal(404, UNSEEN)


def wrong(**errors: str) -> Refusal:
    """400 with errors by field."""
    return Refusal(400, errors=errors)


def not_on_screen(field: str) -> str:
    """The text for a field that cannot be set."""
    return f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."


def unauthenticated() -> Refusal:
    """401: the credentials are missing or wrong."""
    text = "Client must be authenticated to access this resource."
    return Refusal(401, text, headers={"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})


def locked() -> Refusal:
    """403 to whatever credentials, while a CAPTCHA waits for somebody with a browser."""
    return Refusal(403, "CAPTCHA challenge.", headers={"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"})


def not_allowed(text: str = "You do not have permission to edit issues in this project.") -> Refusal:
    """403."""
    return Refusal(403, text)

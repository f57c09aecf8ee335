"""What REST v2 says when it does not do what was asked (developer.pagerduty.com, REST: errors)."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse


class Refusal(Exception):
    """Stops a REST call: a status, the vendor's code, a message, and the particular errors."""

    def __init__(self, status: int, code: int, message: str, *errors: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def document(self) -> dict[str, Any]:
        """The body."""
        return {"error": {"message": self.message, "code": self.code, "errors": list(self.errors)}}

    def response(self) -> JSONResponse:
        """The whole answer."""
        return JSONResponse(self.document(), status_code=self.status)


def invalid(*errors: str) -> Refusal:
    """400, code 2001."""
    return Refusal(400, 2001, "Invalid Input Provided", *errors)


def not_found(what: str = "Not Found") -> Refusal:
    """404, code 2100."""
    return Refusal(404, 2100, what)


def bad_credentials() -> Refusal:
    """401, code 2006."""
    return Refusal(401, 2006, "Authentication failed", "The provided API key is not valid")


def forbidden() -> Refusal:
    """403: a read-only key, or one without the ability."""
    return Refusal(403, 2010, "Access Denied", "The API key may not do this")


def unknown_requester() -> Refusal:
    """400, code 1008: the From header names nobody."""
    return Refusal(400, 1008, "Requester User Not Found")


def already_resolved() -> Refusal:
    """400, code 1001."""
    return Refusal(400, 1001, "Incident Already Resolved", "Incident Already Resolved")

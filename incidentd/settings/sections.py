"""The sections of the configuration that belong to no source and no tracker. Each default is the product's promise."""

import ipaddress
import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from incidentd.durations import PositiveDuration
from incidentd.model.assessment import Severity
from incidentd.trackers.settings import is_loopback

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name is lower-case letters, digits and _, and begins with a letter")
    return text


Name = Annotated[str, AfterValidator(_name)]
"""Name of a source or a tracker: fit for environment variables and file names."""

Matches = dict[str, Annotated[str, StringConstraints(min_length=1)]]
"""Globs by field or label; all must match."""


class Section(BaseModel):
    """Unknown keys are errors, values are never shown in them, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


_MASK = "**********"
_SERVERS = ("postgresql:", "postgresql+")
_SHOWN_PARAMETER = re.compile(
    "host|hostaddr|port|user|dbname|passfile|service|options|application_name|client_encoding|connect_timeout"
    "|tcp_user_timeout|keepalives.*|target_session_attrs|load_balance_hosts|channel_binding|require_auth|ssl(?!password).*"
)
"""What is no secret; what nobody has heard of may be one."""


def without_password(url: str) -> str:
    """The address of a state as it may be shown: a password in it is masked, wherever it stands."""
    scheme, mark, rest = url.partition("://")
    if not url.startswith(_SERVERS):
        return url
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    place, question, query = place.partition("?")
    asked = "&".join(map(_without_secret, query.split("&")))
    return f"{scheme}{mark}{user}{f':{_MASK}' if colon else ''}{at}{place}{question}{asked}"


def _without_secret(asked: str) -> str:
    """One parameter of a connection: postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS."""
    name, equals, _ = asked.partition("=")
    return asked if not equals or _SHOWN_PARAMETER.fullmatch(name) else f"{name}={_MASK}"


def _database_url(text: str) -> str:
    if not text.startswith(_DATABASES) or text == "sqlite:///":
        raise ValueError(
            "state is sqlite:///PATH (an absolute path has four slashes) or postgresql://USER@HOST/DATABASE"
        )
    try:
        urlsplit(text)
    except ValueError:
        raise ValueError("this is no address: it looks like postgresql://USER@HOST/DATABASE") from None
    return text


def _web_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("this is no address: it looks like https://host/path")
    return text


def _heartbeat_url(text: str) -> str:
    """Its path or query is what only the right caller knows, so it is kept as a token is."""
    parts = urlsplit(_web_url(text))
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address that is called holds no user and no password: its path or query is the secret")
    if parts.scheme == "http" and not is_loopback(str(parts.hostname)):
        raise ValueError("plain http would show the address to anybody: use https (http is allowed on loopback only)")
    return text


def _board_url(text: str) -> str:
    """It stands in tickets, so it holds no secret; links go on from it, so it has no query."""
    parts = urlsplit(_web_url(text))
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("the board's address holds no user, password, query or fragment")
    return text.rstrip("/")


def without_path(url: str) -> str:
    """The address as it may be shown: whose it is, and nothing of what follows."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{_MASK}"


Shown = PlainSerializer(without_password, when_used="json")
DatabaseUrl = Annotated[str, AfterValidator(_database_url), Shown]
HeartbeatUrl = Annotated[
    str, AfterValidator(_heartbeat_url), PlainSerializer(without_path, when_used="json-unless-none")
]


class Mode(StrEnum):
    """Whether anything is written to trackers."""

    ACT = "act"
    OBSERVE = "observe"


class StateSettings(Section):
    """Where incidentd remembers."""

    url: DatabaseUrl = Field(
        default="sqlite:///incidentd.db",
        repr=False,
        description="Default: incidentd.db in $STATE_DIRECTORY, else in $XDG_STATE_HOME/incidentd.",
    )


class ScheduleSettings(Section):
    """How often."""

    sweep_every: PositiveDuration = Field(default=timedelta(hours=1), description="Unless a source says otherwise.")
    reconcile_every: PositiveDuration = timedelta(minutes=1)


class GuardSettings(Section):
    """How fast and how far a plan may go by itself."""

    open_per_hour: int = Field(default=50, ge=1, description="New incidents an hour, soonest expiry first.")
    urgent_per_hour: int = Field(default=20, ge=1, description="Beyond these: what has 14 days left or less.")
    close_share: float = Field(default=0.2, ge=0, le=1, description="Removals in one pass, of the open incidents.")


class PageSettings(Section):
    """A page beside the ticket, once it is bad enough."""

    tracker: Name
    from_severity: Severity = Field(default=Severity.ERROR, alias="from", description="The first step that pages.")


class RouteSettings(Section):
    """The first route whose globs all match names the tracker."""

    match: Matches = Field(
        default_factory=dict, description="Globs by label, `source` or `owner`; without any, it takes all."
    )
    tracker: Name
    page: PageSettings | None = None


class OwnersSettings(Section):
    """Whose an incident is: by label, else by the last rule that matches, else the default; or nobody's."""

    labels: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = Field(
        default=("owner", "team"), description="Labels that name the owner; the first that any place carries decides."
    )
    file: Annotated[str, StringConstraints(pattern=r"^[^\x00]+$")] | None = Field(
        default=None,
        description="Rules as in CODEOWNERS, `PATTERN OWNER` a line, the last match wins: globs over names of the "
        "certificate, and over addresses, hosts and paths of its places. Relative to the configuration file.",
    )
    default: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None, description="Whose it is where neither says; without it, it is unowned."
    )


class HeartbeatSettings(Section):
    """A dead daemon cannot speak: something else must miss its heartbeat."""

    url: HeartbeatUrl | None = Field(
        default=None,
        repr=False,
        description="Called by GET after each complete pass: the clock is believed, each source's last sweep ended in "
        "time without failing, none hangs, no tracker has been unreadable and nothing waiting in the outbox for more "
        "than 15 minutes; `run --once`: it exits 0. https, or http on loopback; never shown.",
    )


class ReleaseSettings(Section):
    """What may be done to a release's own ticket."""

    edit_tickets: bool = Field(default=False, description="true: label, priority and due date too, not only a comment.")


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[::1]:port`. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or (":" in bare and bare == host) or not re.fullmatch(r"[0-9]{1,5}", port):
        raise ValueError("listen is an address and a port, as in 127.0.0.1:8580 or [::1]:8580")
    if int(port) > 65535:
        raise ValueError("a port is at most 65535")
    return bare, int(port)


def _listen(text: str) -> str:
    parse_listen(text)
    return text


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise ValueError("a trusted proxy is named by its address or network, as in 10.0.0.7 or 10.0.0.0/24") from None


class WebSettings(Section):
    """The board, the API and the hooks: one port."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8580"
    token_file: Annotated[str, StringConstraints(pattern=r"^[^\x00]+$")] | None = Field(
        default=None, description="A file with the token; needed off loopback unless a proxy is trusted."
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        default=(), description="Addresses or networks of proxies that have already asked who it is."
    )

    public_url: Annotated[str, AfterValidator(_board_url)] | None = Field(
        default=None, description="Where people reach the board, as in https://certs.example.net: tickets link to it."
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host (without brackets) and port."""
        return parse_listen(self.listen)

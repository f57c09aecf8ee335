"""The words of a configuration to begin with: what `init` writes, each line explained to whoever sees it first. Pure.

Secrets never stand in it: it names files, and says what to put into them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import yaml

EXAMPLE_TARGET = "example.com"
SECRETS = "secrets"
"""Folder of the secret files, beside the configuration."""
_ONE_LINE = 10_000_000
_CLOUD = ".atlassian.net"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to begin with; all of it was judged already."""

    targets: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Absolute."""
    jira: str | None = None
    """The site's address."""
    pagerduty: bool = False

    @property
    def secret_files(self) -> tuple[tuple[str, str], ...]:
        """Each with what to put into it."""
        of_pagerduty = (
            (f"{SECRETS}/pagerduty_routing_key", "the Integration Key of an `Events API V2` integration"),
            (f"{SECRETS}/pagerduty_token", "a REST API key that is not read-only"),
        )
        token = "an API token of the account in `email`" if self.is_cloud else "a personal access token"
        return (*(of_pagerduty if self.pagerduty else ()), *(((f"{SECRETS}/jira_token", token),) if self.jira else ()))

    @property
    def is_cloud(self) -> bool:
        """Whether the Jira is Atlassian's own, as far as its address tells."""
        return str(urlsplit(self.jira or "").hostname).endswith(_CLOUD)


def starter(wishes: Wishes) -> str:
    """The whole text, YAML."""
    parts = (_head(), _sources(wishes), _trackers(wishes), _routes(wishes), _rest(wishes))
    return "\n".join(line for part in parts for line in part) + "\n"


def _head() -> Iterator[str]:
    yield "# incidentd: exactly one incident for each certificate that runs out."
    yield "# Every key with its default: config/incidentd.example.yaml, and `incidentd config show --origin`."
    yield "# Relative paths begin at the folder of this file."
    yield ""
    yield "# Part of every incident's key. Another installation that sees the same certificates needs another name;"
    yield "# once incidents are open, leave it as it is."
    yield "instance: default"
    yield ""
    yield "# act: tickets are opened, updated and closed. observe: everything is shown, and no tracker is written to."
    yield "mode: act"


def _sources(wishes: Wishes) -> Iterator[str]:
    yield ""
    yield "# Where certificates are. The names (edge, disk) are yours: lower-case letters, digits and _."
    yield "sources:"
    if wishes.targets or not wishes.paths:
        yield "  # Endpoints: what clients really get. Only a certificate seen here closes an incident."
        yield "  edge:"
        yield "    kind: tls"
        yield from _labels()
        yield "    # host (port 443), host:port, or smtp://host:25, imap://host where TLS begins with STARTTLS"
        yield "    targets:"
        yield from (f"      - {_quoted(target)}" for target in wishes.targets or (EXAMPLE_TARGET,))
    if wishes.paths:
        yield "  # Files, folders (with all beneath them) and globs such as /etc/pki/**/*.pem"
        yield "  disk:"
        yield "    kind: files"
        yield from _labels()
        yield "    # stored: a copy, whose renewal closes nothing by itself. served: clients get these very files."
        yield "    role: stored"
        yield "    paths:"
        yield from (f"      - {_quoted(path)}" for path in wishes.paths)


def _labels() -> Iterator[str]:
    yield "    # All is production unless `env` says otherwise (dev, test, staging…): only production opens incidents."
    yield "    labels: {env: prod}"


def _trackers(wishes: Wishes) -> Iterator[str]:
    yield ""
    if not wishes.jira and not wishes.pagerduty:
        yield "# Where tickets live. Until a tracker is named here, they stay in a queue of incidentd's own, and nobody"
        yield "# is told. `incidentd init --pagerduty`, or `--jira URL`, with another --config, shows how to name one."
        yield "# trackers: {}"
        return
    yield "# Where tickets live. Secrets stand in files of their own (mode 0600), read again when they change."
    yield "trackers:"
    if wishes.pagerduty:
        yield from _pagerduty()
    if wishes.jira:
        yield from _jira(wishes, wishes.jira)


def _pagerduty() -> Iterator[str]:
    yield "  oncall:"
    yield "    kind: pagerduty"
    yield "    # The Integration Key: service > Integrations > Events API V2."
    yield f"    routing_key_file: {SECRETS}/pagerduty_routing_key"
    yield "    # A REST API key, not read-only: Integrations > API Access Keys. What people do is read back with it."
    yield f"    api_token_file: {SECRETS}/pagerduty_token"
    yield "    # CHANGE: the login address of a user of the account; notes are written in this name."
    yield "    from_email: oncall@example.com"
    yield "    # The service's id (the end of its address); without it, it is found by the Integration Key."
    yield "    # service: PXXXXXX"
    yield "    # An account in Europe: https://events.eu.pagerduty.com and https://api.eu.pagerduty.com"
    yield "    # events_url: https://events.pagerduty.com"
    yield "    # api_url: https://api.pagerduty.com"


def _jira(wishes: Wishes, url: str) -> Iterator[str]:
    yield "  queue:"
    yield "    kind: jira"
    yield f"    base_url: {_quoted(url)}"
    if wishes.is_cloud:
        yield "    flavour: cloud"
        yield "    # CHANGE: an account of its own, so that its tickets can be told from people's."
        yield "    email: bot@example.com"
        yield "    # Its API token: id.atlassian.com > Security > API tokens. It ends after a year at the latest."
    else:
        yield "    flavour: datacenter"
        yield "    # A personal access token of an account of its own: profile > Personal Access Tokens."
    yield f"    api_token_file: {SECRETS}/jira_token"
    yield "    # CHANGE: the key of the project, as in OPS-123."
    yield "    project: OPS"
    yield "    # The type of the issues; `incidentd doctor --live` says which there are."
    yield "    issue_type: Task"


def _routes(wishes: Wishes) -> Iterator[str]:
    if not (wishes.jira and wishes.pagerduty):
        return
    yield ""
    yield "# Which certificate goes to which tracker: by the first route that matches. Here each has a ticket in the"
    yield "# queue, and a page beside it from `error` on (14 days left)."
    yield "routes:"
    yield "  - {tracker: queue, page: {tracker: oncall, from: error}}"


def _rest(wishes: Wishes) -> Iterator[str]:
    yield ""
    yield "# Its own troubles (a source that fails, a tracker out of reach) as tickets: a tracker's name."
    named = "queue" if wishes.jira else "oncall" if wishes.pagerduty else None
    yield f"self_tracker: {named or 'null'}"
    yield ""
    yield "# Called after each complete pass. Let a dead-man's switch expect the call: a dead daemon cannot speak."
    yield "# heartbeat: {url: https://beat.example.com/ping/…}"
    yield ""
    yield "# The board. An address that others can reach needs token_file, too."
    yield 'web: {listen: "127.0.0.1:8580"}'
    yield ""
    yield "# What is remembered, in one file; `incidentd run` says at its start where that is. To choose it:"
    yield "# state: {url: sqlite:////var/lib/incidentd/incidentd.db}"


def _quoted(text: str) -> str:
    """In quotes and in ASCII, on one line: no letter of it can mean anything else."""
    return yaml.safe_dump(text, default_style='"', width=_ONE_LINE).strip()


def next_steps(wishes: Wishes, command: Sequence[str]) -> Iterator[str]:
    """What to do after it is written; `command` is how incidentd is called with this configuration."""
    called = " ".join(command)
    if wishes.secret_files:
        yield "Put the secrets into files that nobody else can read (chmod 600), beside it:"
        yield from (f"  {file}: {what}" for file, what in wishes.secret_files)
        yield "Change the lines that say CHANGE. Then:"
        yield f"  {called} doctor --live"
    else:
        yield "Next:"
        yield f"  {called} doctor"
    yield f"  {called} plan"

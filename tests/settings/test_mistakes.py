"""Every mistake is named by file, line and key, says what would be right, and never repeats a value."""

from pathlib import Path

import pytest

from tests.settings.written import refusal

PAGER = "trackers: {oncall: {kind: pagerduty, routing_key: k, "
END = "an end is a day, as in 2027-01-31 (its first moment, UTC), or a time with its zone"
JIRA = "trackers: {queue: {kind: jira, base_url: 'https://jira.example', api_token: t, project: OPS, "

MISTAKES = {
    # keys
    "polcy: {}": ["incidentd.yaml:1: polcy: unknown key (did you mean policy?)"],
    "sources:\n  edge:\n    kind: tls\n    targets: [a.example]\n    intervall: 1h\n": [
        "incidentd.yaml:5: sources.edge.intervall: unknown key (did you mean interval?)"
    ],
    "sources:\n  edge:\n    kind: tls\n    targets:\n      - a.example\n      - {host: b.example, prot: 1}\n": [
        "incidentd.yaml:6: sources.edge.targets[1].prot: unknown key (did you mean port?)"
    ],
    "heartbeat: {interval: 1h}": ["incidentd.yaml:1: heartbeat.interval: unknown key (known here: url)"],
    # kinds and choices
    "sources:\n  edge: {kind: tsl, targets: [a.example]}\n": [
        "incidentd.yaml:2: sources.edge: `kind` must be tls, files, kubernetes or pushed (did you mean tls?)"
    ],
    "sources:\n  edge: {targets: [a.example]}\n": [
        "incidentd.yaml:2: sources.edge: `kind` is missing (there are: files, kubernetes, pushed, tls)"
    ],
    "trackers: {a: {}}": ["incidentd.yaml:1: trackers.a: `kind` is missing (there are: jira, local, pagerduty)"],
    "mode: actt": ["incidentd.yaml:1: mode: must be act or observe (did you mean act?)"],
    # types
    "instance: 12": ["incidentd.yaml:1: instance: must be text (put it in quotes)"],
    "web: {listen: 8580}": ["incidentd.yaml:1: web.listen: must be text (put it in quotes)"],
    "sources: [edge]": ["incidentd.yaml:1: sources: must be a mapping of keys"],
    "sources: {edge: null}": ["incidentd.yaml:1: sources.edge: must be a mapping of keys"],
    "sources:\n  disk:\n    kind: files\n    paths: /etc\n": [
        'incidentd.yaml:4: sources.disk.paths: must be a list (write [a, b], or in the environment ["a", "b"])'
    ],
    "sources: {disk: {kind: files, paths: [/etc], trust: sometimes, labels: {v: 1.0}}}": [
        "incidentd.yaml:1: sources.disk.labels.v: must be text (put it in quotes)",
        "incidentd.yaml:1: sources.disk.trust: must be true or false",
    ],
    "guard: {open_per_hour: many, close_share: 2}": [
        "incidentd.yaml:1: guard.open_per_hour: must be a whole number",
        "incidentd.yaml:1: guard.close_share: must be at most 1",
    ],
    "guard: {open_per_hour: 0}": ["incidentd.yaml:1: guard.open_per_hour: must be at least 1"],
    # names
    "sources:\n  Edge-1: {kind: tls, targets: [a.example]}\n": [
        "incidentd.yaml:2: sources.Edge-1: a name is lower-case letters, digits and _, and begins with a letter"
    ],
    "instance: Not Fine": ["incidentd.yaml:1: instance: an instance is 1 to 40 lower-case letters, digits and hyphens"],
    f"instance: {'a' * 41}": [
        "incidentd.yaml:1: instance: an instance is 1 to 40 lower-case letters, digits and hyphens"
    ],
    # spans of time
    "schedule: {sweep_every: 0s, reconcile_every: 60}": [
        "incidentd.yaml:1: schedule.sweep_every: must be at least 1s",
        "incidentd.yaml:1: schedule.reconcile_every: a duration needs a unit, as in 30s, 10m, 24h or 7d",
    ],
    "policy: {threshold: 3}": [
        "incidentd.yaml:1: policy.threshold: a threshold is a whole number of calendar months or of days, "
        "as in 3mo or 90d"
    ],
    # policy
    "policy:\n  close_after: {observations: 0}\n": [
        "incidentd.yaml:2: policy.close_after.observations: must be at least 1"
    ],
    "policy:\n  severities:\n    - {severity: warning, at: 20d}\n": [
        "incidentd.yaml:2: policy.severities: warning begins with the opening, so write `at: open`"
    ],
    "policy: {severities: [{severity: error, at: 9d}, {severity: error, at: 8d}]}": [
        "incidentd.yaml:1: policy.severities: names one severity twice"
    ],
    "policy:\n  severities:\n    - {severity: eror, at: soon}\n": [
        "incidentd.yaml:3: policy.severities[0].severity: must be warning, error or critical (did you mean error?)",
        "incidentd.yaml:3: policy.severities[0].at: must be `open`, or a time left as in 14d",
    ],
    "policy: {automated: [{}]}": ["incidentd.yaml:1: policy.automated[0]: must not be empty"],
    "policy:\n  exemptions:\n    - {fingerprint: abc, until: 2027-02-30, reason: '', owner: x}\n": [
        "incidentd.yaml:3: policy.exemptions[0].fingerprint: a fingerprint is the SHA-256 of the certificate: "
        "64 hex digits",
        f"incidentd.yaml:3: policy.exemptions[0].until: {END}",
        "incidentd.yaml:3: policy.exemptions[0].reason: must not be empty",
    ],
    "policy: {exemptions: [{fingerprint: " + "ab" * 32 + ", until: 2027-01-31T12:00:00, reason: x, owner: x}]}": [
        f"incidentd.yaml:1: policy.exemptions[0].until: {END}"
    ],
    "policy: {exemptions: [{fingerprint: " + "ab" * 32 + ", until: 2027, reason: x, owner: x}]}": [
        f"incidentd.yaml:1: policy.exemptions[0].until: {END}"
    ],
    "policy:\n  waivers:\n    - {id: same_windw-1, until: soon, reason: '', owner: x}\n": [
        "incidentd.yaml:3: policy.waivers[0].id: the id of a concentration, as `incidentd concentration` shows it, "
        "looks like same_window-0123456789ab",
        f"incidentd.yaml:3: policy.waivers[0].until: {END}",
        "incidentd.yaml:3: policy.waivers[0].reason: must not be empty",
    ],
    "policy: {waivers: [{id: issuer, until: 2027-01-31, reason: x, owner: x}]}": [
        "incidentd.yaml:1: policy.waivers[0].id: the id of a concentration, as `incidentd concentration` shows it, "
        "looks like same_window-0123456789ab"
    ],
    # trackers
    "trackers: {oncall: {kind: pagerduty}}": [
        "incidentd.yaml:1: trackers.oncall: a pagerduty tracker needs routing_key or routing_key_file"
    ],
    PAGER + "}}": [
        "incidentd.yaml:1: trackers.oncall: without an api_token nothing can be read back: give api_token or "
        "api_token_file, or say `write_only: true`"
    ],
    PAGER + "api_token: t}}": [
        "incidentd.yaml:1: trackers.oncall: api_token needs from_email, a user of the account that notes are written as"
    ],
    PAGER + "write_only: true, routing_key_file: f}}": [
        "incidentd.yaml:1: trackers.oncall: routing_key and routing_key_file are both given: keep one"
    ],
    PAGER + "write_only: true, earlier_routing_keys_file: gone, earlier_routing_keys: [k]}}": [
        "incidentd.yaml:1: trackers.oncall: earlier_routing_keys and earlier_routing_keys_file are both given: keep one"
    ],
    PAGER + "write_only: true, api_url: 'http://api.example'}}": [
        "incidentd.yaml:1: trackers.oncall.api_url: plain http would send the token in the clear: use https "
        "(http is allowed on loopback only)"
    ],
    PAGER + "write_only: true, api_url: 'https://u:p@api.example'}}": [
        "incidentd.yaml:1: trackers.oncall.api_url: an address holds no user, password, query or fragment: "
        "credentials have settings of their own"
    ],
    PAGER + "write_only: true, api_token_file: nowhere, from_email: a@b}}": [
        "incidentd.yaml:1: trackers.oncall.api_token_file: the secret file cannot be read: "
        "No such file or directory: nowhere"
    ],
    "trackers: {queue: {kind: jira}}": [
        "incidentd.yaml:1: trackers.queue.base_url: is missing (https://acme.atlassian.net, or with a path on "
        "Data Center)",
        "incidentd.yaml:1: trackers.queue.project: is missing (Key of the project: letters, digits and _, as in OPS)",
    ],
    JIRA + "flavour: server, index_lag: 5}}": [
        "incidentd.yaml:1: trackers.queue.flavour: must be cloud or datacenter",
        "incidentd.yaml:1: trackers.queue.index_lag: a duration needs a unit, as in 30s, 10m, 24h or 7d",
    ],
    # what only shows between settings
    "trackers:\n  a: {kind: local}\n  b: {kind: local}\n": [
        "incidentd.yaml:1: trackers: there are several trackers and no routes "
        "(add routes; the last one may be `- {tracker: NAME}`)"
    ],
    "routes:\n  - {tracker: locl}\n": [
        "incidentd.yaml:2: routes[0].tracker: there is no tracker locl (did you mean local?)"
    ],
    "routes:\n  - {tracker: local, page: {tracker: local}}\n": [
        "incidentd.yaml:2: routes[0].page.tracker: the page goes to the tracker of the ticket itself"
    ],
    "routes:\n  - {tracker: local, page: {tracker: pager}}\n": [
        "incidentd.yaml:2: routes[0].page.tracker: there is no tracker pager (there are: local)"
    ],
    "routes:\n  - {}\n": ["incidentd.yaml:2: routes[0].tracker: is missing"],
    "self_tracker: nobody": ["incidentd.yaml:1: self_tracker: there is no tracker nobody (there are: local)"],
    # the door
    "web: {listen: '0.0.0.0:8580'}": [
        "incidentd.yaml:1: web.listen: others could reach this address without a token "
        "(set web.token_file or web.trusted_proxies, or listen on 127.0.0.1)"
    ],
    "web: {listen: '0.0.0.0:8580', token_file: nowhere}": [
        "incidentd.yaml:1: web.token_file: the secret file cannot be read: No such file or directory: nowhere"
    ],
    "web: {listen: '::1:8580'}": [
        "incidentd.yaml:1: web.listen: listen is an address and a port, as in 127.0.0.1:8580 or [::1]:8580"
    ],
    "web: {public_url: 'https://user:pass@certs.example.net'}": [
        "incidentd.yaml:1: web.public_url: the board's address holds no user, password, query or fragment"
    ],
    "web: {listen: '127.0.0.1:99999', trusted_proxies: [proxy.example]}": [
        "incidentd.yaml:1: web.listen: a port is at most 65535",
        "incidentd.yaml:1: web.trusted_proxies[0]: a trusted proxy is named by its address or network, "
        "as in 10.0.0.7 or 10.0.0.0/24",
    ],
    "state: {url: 'mysql://h/d'}": [
        "incidentd.yaml:1: state.url: state is sqlite:///PATH (an absolute path has four slashes) or "
        "postgresql://USER@HOST/DATABASE"
    ],
    "state: {url: 'postgresql://[::1/d'}": [
        "incidentd.yaml:1: state.url: this is no address: it looks like postgresql://USER@HOST/DATABASE"
    ],
    "heartbeat: {url: 'https://[::1/'}": [
        "incidentd.yaml:1: heartbeat.url: this is no address: it looks like https://host/path"
    ],
    "heartbeat: {url: 'https://u:p@beat.example/x'}": [
        "incidentd.yaml:1: heartbeat.url: an address that is called holds no user and no password: "
        "its path or query is the secret"
    ],
    "heartbeat: {url: 'http://beat.example/x'}": [
        "incidentd.yaml:1: heartbeat.url: plain http would show the address to anybody: "
        "use https (http is allowed on loopback only)"
    ],
    "heartbeat: {url: nowhere}": [
        "incidentd.yaml:1: heartbeat.url: this is no address: it looks like https://host/path"
    ],
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_by_line_and_key_and_what_would_be_right(tmp_path: Path, text: str) -> None:
    """The whole message, word by word: people and scripts read it."""
    assert refusal(tmp_path, text) == MISTAKES[text]


def test_all_mistakes_are_named_in_one_go_in_the_order_of_their_lines(tmp_path: Path) -> None:
    """Nobody mends one line only to be told of the next."""
    text = "web: {lisen: x}\nmode: 3\nsources:\n  edge: {kind: tls}\ninstence: a\n"
    lines = refusal(tmp_path, text)
    assert [line.split(":")[1] for line in lines] == ["1", "2", "4", "5"]


def test_a_mistake_in_a_variable_is_named_by_the_variable(tmp_path: Path) -> None:
    """A value that came from elsewhere must not send anyone to the file."""
    found = refusal(tmp_path, "guard: {open_per_hour: 5}", {"INCIDENTD_GUARD__OPEN_PER_HOUR": "lots"})
    assert found == ["environment INCIDENTD_GUARD__OPEN_PER_HOUR: guard.open_per_hour: must be a whole number"]

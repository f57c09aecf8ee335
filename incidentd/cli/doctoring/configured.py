"""What the configuration says, and leaves unsaid: labels that decide about production, who is told, who may look."""

import ipaddress
from collections.abc import Iterator, Mapping

from incidentd.model.location import labels_of
from incidentd.model.preflight import Check, Subject
from incidentd.planning.phrases import counted
from incidentd.policy.production import is_production
from incidentd.settings import Loaded, Settings, policy_of
from incidentd.sources import SourceSettings, TlsSettings
from incidentd.trackers.settings import is_loopback

PRODUCTION = frozenset({"prod", "production", "prd", "live"})
"""What production is called; every other value that is not listed counts as production too, and is named."""
LIKE_ENV = frozenset({"environment", "stage", "tier", "env"})
"""Labels that look as if they were to say it."""
SHOWN = 20

_LIST = "list it under policy.non_production if it is none; else nothing is to be done"


def configuration_checks(loaded: Loaded) -> Iterator[Check]:
    """Everything that stands in the configuration alone."""
    subject = Subject("configuration")
    yield subject.ok("config.loads", f"{loaded.path or 'the environment'} can be used")
    for warning in loaded.warnings:
        fix = "change it, or leave it where it is meant; `incidentd config validate` says it too"
        yield subject.warning("config.warning", warning, fix)
    yield from _told(Subject("who is told"), loaded.settings)
    yield from _exposed(Subject("board"), loaded.settings)
    for name, source in loaded.settings.sources.items():
        yield from label_checks(Subject(f"source {name}"), source, loaded.settings)


def _told(subject: Subject, settings: Settings) -> Iterator[Check]:
    if settings.mode.value == "observe":
        yield subject.warning("config.mode", "mode: observe: no tracker is written to", "say `mode: act` when it may")
    if settings.self_tracker is None:
        text = "self_tracker is not set: incidentd's own troubles stand on stderr, metrics, /readyz and the board only"
        yield subject.warning("config.self_tracker", text, "set self_tracker to a tracker's name")
    else:
        yield subject.ok("config.self_tracker", f"incidentd's own troubles go to {settings.self_tracker}")
    if settings.heartbeat.url is None:
        text = "heartbeat.url is not set: when the daemon is dead, nobody hears of it"
        fix = "set heartbeat.url to a dead-man's switch that expects a call after each pass"
        yield subject.warning("config.heartbeat", text, fix)
    else:
        yield subject.ok("config.heartbeat", "heartbeat.url is called after each complete pass")


def _exposed(subject: Subject, settings: Settings) -> Iterator[Check]:
    id, web = "web.exposure", settings.web
    wide = [text for text in web.trusted_proxies if ipaddress.ip_network(text).prefixlen == 0]
    if wide:
        text = f"web.trusted_proxies trusts everybody ({', '.join(wide)}): the board asks nobody who it is"
        yield subject.problem(id, text, "name the proxy's own address, or set web.token_file instead")
    elif is_loopback(web.address[0]):
        yield subject.ok(id, f"{web.listen} is reached from this machine only")
    else:
        guard = "with a token" if web.token_file is not None else "through trusted proxies"
        yield subject.ok(id, f"{web.listen} is reached by others {guard} only")


def label_checks(subject: Subject, source: SourceSettings, settings: Settings) -> Iterator[Check]:
    """Which values of env-like labels count as production, although nobody may have meant it."""
    policy, sets = policy_of(settings), _label_sets(source)
    names = dict(policy.non_production)
    unlisted = sorted(
        {
            f"{name}: {labels[name]}"
            for labels in sets
            for name in names
            if name in labels and labels[name].casefold() not in PRODUCTION and is_production(labels_of(labels), policy)
        }
    )
    unread = sorted({f"{name}: {value}" for labels in sets for name, value in labels.items() if _looks(name, names)})
    bare = sum(not set(names) & set(labels) for labels in sets)
    if unlisted:
        yield subject.warning("policy.unknown_values", f"counts as production: {_few(unlisted)}", _LIST)
    if unread:
        text = f"no rule reads {_few(unread)}: it is production all the same"
        yield subject.warning("policy.unread_labels", text, "add the label's name to policy.non_production")
    if bare:
        text = f"{counted(bare, 'place')} without a label of {', '.join(names) or 'policy.non_production'}: production"
        yield subject.warning(
            "policy.missing_label", text, f"label them, as in labels: {{{min(names, default='env')}: prod}}"
        )
    if not (unlisted or unread or bare):
        yield subject.ok("policy.production", "every place says whether it is production")


def _looks(name: str, names: Mapping[str, object]) -> bool:
    return name not in names and name.casefold() in LIKE_ENV


def _label_sets(source: SourceSettings) -> list[Mapping[str, str]]:
    """Of each configured place; those in a targets_file have the source's own."""
    if isinstance(source, TlsSettings) and source.targets:
        return [{**source.labels, **target.labels} for target in source.targets]
    return [source.labels]


def _few(texts: list[str]) -> str:
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return f"{', '.join(texts[:SHOWN])}{more}"

"""Settings as the values that judgement and decision work on."""

from datetime import timedelta
from pathlib import Path

from incidentd.model.assessment import Severity, Step
from incidentd.model.owner import Owners
from incidentd.model.policy import (
    DEFAULT_SEVERITIES,
    CloseAfter,
    Exemption,
    GuardLimits,
    Page,
    Policy,
    Route,
    SeverityRule,
    Waiver,
)
from incidentd.settings.judgement import OPENING, PolicySettings
from incidentd.settings.owners import read_rules
from incidentd.settings.schema import Settings
from incidentd.settings.sections import PageSettings
from incidentd.sources import PushedSettings, TlsSettings

_STEPS = {Severity.ERROR: Step.ERROR, Severity.CRITICAL: Step.CRITICAL}
_FIRST_STEP = {Severity.WARNING: Step.WARNING, **_STEPS}


def policy_of(settings: Settings) -> Policy:
    """The policy that the settings describe."""
    sources = settings.sources.items()
    trusting = (name for name, source in sources if not isinstance(source, TlsSettings) and source.trust)
    pushed = (name for name, source in sources if isinstance(source, PushedSettings))
    return policy_in(settings.policy, tuple(trusting), tuple(pushed))


def policy_in(
    policy: PolicySettings, trusting_sources: tuple[str, ...], pushed_sources: tuple[str, ...] = ()
) -> Policy:
    """The policy that one section describes, for these sources: whose trust bundles count, and that others sweep."""
    return Policy(
        threshold=policy.threshold,
        non_production=tuple(policy.non_production.items()),
        automated=tuple(tuple(sorted(matcher.items())) for matcher in policy.automated),
        close_after=CloseAfter(policy.close_after.observations, policy.close_after.apart),
        blind_after=policy.blind_after,
        release_within=policy.release_within,
        severities=_ladder(policy),
        exemptions=tuple(
            Exemption(listed.fingerprint, listed.until, listed.reason, listed.owner) for listed in policy.exemptions
        ),
        waivers=tuple(Waiver(listed.id, listed.until, listed.reason, listed.owner) for listed in policy.waivers),
        trusting_sources=trusting_sources,
        pushed_sources=pushed_sources,
    )


def _ladder(policy: PolicySettings) -> tuple[SeverityRule, ...]:
    """Steps that are set are exact; those that are not keep their default."""
    if "severities" not in policy.model_fields_set:
        return DEFAULT_SEVERITIES
    given = {
        _STEPS[rule.severity]: timedelta.max if rule.at == OPENING else rule.at
        for rule in policy.severities
        if rule.severity in _STEPS
    }
    return tuple(
        SeverityRule(rule.step, given[rule.step], exact=True) if rule.step in given else rule
        for rule in DEFAULT_SEVERITIES
    )


def guard_limits_of(settings: Settings) -> GuardLimits:
    """The guard's limits."""
    guard = settings.guard
    return GuardLimits(guard.open_per_hour, guard.urgent_per_hour, guard.close_share)


def routes_of(settings: Settings) -> tuple[Route, ...]:
    """The routes, or all to the only tracker there is."""
    return tuple(
        Route(tuple(sorted(route.match.items())), route.tracker, _page(route.page)) for route in settings.routes_in_use
    )


def owners_of(settings: Settings, folder: Path) -> Owners:
    """How owners are found; the rule file is read now, relative to `folder`. Raises ConfigError."""
    owners = settings.owners
    rules = read_rules(folder / owners.file) if owners.file else ()
    return Owners(owners.labels, owners.file or "", rules, owners.default or "")


def _page(page: PageSettings | None) -> Page | None:
    return Page(page.tracker, _FIRST_STEP[page.from_severity]) if page else None

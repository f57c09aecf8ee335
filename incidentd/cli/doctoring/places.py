"""Whether what the sources name is there: files, globs, lists, credentials; and, live, whether it answers."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import assert_never

from incidentd.cli.doctoring.secrets import private_check
from incidentd.errors import ConfigError
from incidentd.model.observation import Gap, GapReason, Sweep
from incidentd.model.preflight import Check, Subject
from incidentd.planning.phrases import counted
from incidentd.planning.sanitize import sanitize
from incidentd.settings import Loaded
from incidentd.sources import FilesSettings, KubernetesSettings, PushedSettings, SourceSettings, TlsSettings
from incidentd.sources.files.expand import Expansion, expand
from incidentd.sources.interface import Remarking, Source
from incidentd.sources.kubernetes.extra import needs_extra
from incidentd.sources.tls.targets_file import read_targets

LEFT_OUT_CHARACTERS = 2_000
SHOWN = 10
"""So many places are named; the others are counted."""
MISSING_EXTRA = "source.extra"
"""The id of what keeps every source, and the trackers too, from being asked."""
_ON_THE_NETWORK = "check name, port and firewall from this machine: `incidentd check HOST:PORT` says more"
_IN_A_CLUSTER = {
    GapReason.PERMISSION: "give it that right, and no other: the README's table under `Rights` names the rung",
    GapReason.MISSING_FOLDER: "mend the name, or take it out of the configuration",
}


def place_checks(loaded: Loaded) -> Iterator[Check]:
    """What each source names on disk. Blocking."""
    for name, source in loaded.settings.sources.items():
        yield from _of_source(Subject(f"source {name}"), source, loaded.folder)


def _of_source(subject: Subject, source: SourceSettings, folder: Path) -> Iterator[Check]:
    match source:
        case FilesSettings():
            for path in source.paths:
                yield path_check(subject, path, expand(path, str(folder)))
        case TlsSettings():
            yield from _targets_file(subject, source.targets_file, folder)
        case KubernetesSettings():
            yield from _extra(subject)
            yield from _credentials(subject, source, folder)
        case PushedSettings():
            return  # nothing of it is here
        case never:
            assert_never(never)


def _targets_file(subject: Subject, file: str | None, folder: Path) -> Iterator[Check]:
    if file is None:
        return
    read = read_targets(folder / file)
    if read.trouble is not None:
        fix = "mend that line: until then no absence in this source is believed"
        yield subject.problem("source.targets_file", read.trouble, fix)
    else:
        yield subject.ok("source.targets_file", f"{file} names {counted(len(read.targets), 'target')}")


def _extra(subject: Subject) -> Iterator[Check]:
    try:
        needs_extra(subject.name)
    except ConfigError as error:
        yield subject.problem(MISSING_EXTRA, error.what, f"{error.hint}; nothing can be asked live until then")


def _credentials(subject: Subject, source: KubernetesSettings, folder: Path) -> Iterator[Check]:
    """Whether there is something to ask a cluster with; what it may read is said by a live look only."""
    id, path = "source.credentials", source.credentials_file(folder)
    if source.kubeconfig is None and not path.is_file():
        fix = "run it in a pod whose token is mounted (automountServiceAccountToken), or set kubeconfig"
        yield subject.problem(id, f"no service account is mounted: {path} is not there", fix)
    elif not path.is_file():
        yield subject.problem(
            id, f"{path} is not there", "mend kubeconfig; it is relative to the configuration's folder"
        )
    elif source.kubeconfig is not None:
        yield private_check(subject, id, path)
    else:
        yield subject.ok(id, f"{path} is there")


def path_check(subject: Subject, written: str, found: Expansion) -> Check:
    """One configured path, as the disk has it."""
    id = "source.paths"
    if found.failed:
        place, trouble = next(iter(found.failed.items()))
        more = f", and {len(found.failed) - 1} more" if len(found.failed) > 1 else ""
        return subject.problem(
            id, f"{written}: {place}: {trouble.text}{more}", f"make {place} readable, or mend the path"
        )
    if found.missing or not found.files:
        fix = "put the certificates there, or mend the path; relative ones begin at the configuration's folder"
        return subject.warning(id, f"{written}: no file is there", fix)
    return subject.ok(id, f"{written}: {counted(len(found.files), 'file')}")


async def endpoint_checks(loaded: Loaded, sources: Mapping[str, Source]) -> tuple[Check, ...]:
    """One sweep of each source that is not of files, remembered by nobody."""
    chosen = [name for name, source in loaded.settings.sources.items() if not isinstance(source, FilesSettings)]
    checks: list[Check] = []
    for name in chosen:
        subject, source = Subject(f"source {name}"), sources[name]
        checks += [reach_check(subject, await source.sweep(())), *left_out_checks(subject, source)]
    return tuple(checks)


def left_out_checks(subject: Subject, source: Source) -> Iterator[Check]:
    """What the last sweep came upon and did not look at."""
    left_out = source.remarks if isinstance(source, Remarking) else ()
    if left_out:
        named = "; ".join(f"{one.about}: {one.text}" for one in left_out[:SHOWN])
        more = f"; and {len(left_out) - SHOWN} more" if len(left_out) > SHOWN else ""
        fix = "allow what is yours under targets.allow; what has no name to ask for may be a target of a tls source"
        yield subject.warning("source.left_out", f"left out: {sanitize(named, LEFT_OUT_CHARACTERS)}{more}", fix)


def reach_check(subject: Subject, sweep: Sweep) -> Check:
    """Whether every target showed a certificate."""
    id, seen = "source.reachable", len({look.location.uri for look in sweep.observations})
    if sweep.failure:
        return subject.problem(id, sweep.failure, "mend what it says; nothing of the source is seen until then")
    if not sweep.gaps:
        return subject.ok(id, f"{counted(seen, 'target')} answered with a certificate")
    named = "; ".join(map(_told, sweep.gaps[:SHOWN]))
    more = f"; and {len(sweep.gaps) - SHOWN} more" if len(sweep.gaps) > SHOWN else ""
    text = f"{counted(len(sweep.gaps), 'place')} could not be seen: {named}{more}"
    fix = "; ".join(dict.fromkeys(map(_fix, sweep.gaps)))
    return subject.warning(id, text, fix) if seen else subject.problem(id, text, fix)


def _fix(gap: Gap) -> str:
    if not gap.location.uri.startswith("k8s:"):
        return _ON_THE_NETWORK
    return _IN_A_CLUSTER.get(gap.reason, "mend what is said of it")


def _told(gap: Gap) -> str:
    return f"{gap.location.uri}: {gap.text or gap.reason}"

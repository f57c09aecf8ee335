"""What the configuration wants read, and one attempt at all of it: what each list showed, or why it did not."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from incidentd.model.observation import GapReason
from incidentd.ports import Clock, Worker
from incidentd.sources.kubernetes.asking import Api
from incidentd.sources.kubernetes.decode import read_one
from incidentd.sources.kubernetes.holdings import Holding, Keep, keeper
from incidentd.sources.kubernetes.objects import Failure, Kind, Listing, Object, kind_uri, object_uri
from incidentd.sources.kubernetes.reflector import Beat, Name, Pace, Reflector, Wanted
from incidentd.sources.kubernetes.refusal import Refusal
from incidentd.sources.kubernetes.scrub import Broken
from incidentd.sources.kubernetes.settings import KubernetesSettings
from incidentd.sources.kubernetes.wiping import Page
from incidentd.x509.reader import CertificateReader

T = TypeVar("T")

HOLDING = (
    Kind.SECRETS,
    Kind.CONFIGMAPS,
    Kind.MUTATING_WEBHOOKS,
    Kind.VALIDATING_WEBHOOKS,
    Kind.APISERVICES,
    Kind.CUSTOM_RESOURCES,
)
"""Kinds whose objects have certificates in them; of the others, the objects themselves are looked at."""
_LISTS_AT_ONCE = 4
_TLS_SECRETS = ("fieldSelector", "type=kubernetes.io/tls")
_OTHER_SECRETS = ("fieldSelector", "type!=kubernetes.io/tls")


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What one list, or one object asked for by name, showed; nothing counts where it was refused."""

    wanted: Wanted
    shown: Mapping[Name, T]
    refusal: Refusal | None = None
    only: Name | None = None
    """The one object that was asked for."""

    def covers(self, kind: Kind, namespace: str | None, name: str) -> bool:
        """True where an object of this name would have turned up, if there is one."""
        if kind is not self.wanted.kind:
            return False
        if self.only is not None:
            return self.only == (namespace, name)
        return self.wanted.namespace in (None, namespace)

    def shows(self, kind: Kind, name: Name) -> bool:
        """True where an object of this name turned up."""
        return kind is self.wanted.kind and name in self.shown

    def uri(self, cluster: str) -> str:
        """The address of what was asked for."""
        if self.only is not None:
            return object_uri(cluster, self.wanted.kind, *self.only)
        return kind_uri(cluster, self.wanted.kind, self.wanted.namespace)


@dataclass(frozen=True, slots=True)
class Everything:
    """One attempt at everything."""

    holdings: tuple[Read[Holding], ...]
    objects: tuple[Read[Object], ...]

    @property
    def reads(self) -> tuple[Read[Holding] | Read[Object], ...]:
        """All of them."""
        return (*self.holdings, *self.objects)

    def listing(self, kind: Kind) -> Listing:
        """One of the kinds that are looked at as they are."""
        reads = [one for one in self.objects if one.wanted.kind is kind]
        objects = tuple(thing for one in reads for thing in one.shown.values())
        return Listing(objects, tuple(_failure(one.wanted, one.refusal) for one in reads if one.refusal))


def wanted_lists(settings: KubernetesSettings) -> Iterator[Wanted]:
    """The lists to ask for: each kind once, or once in each namespace."""
    for kind in dict.fromkeys(settings.read):
        for namespace in _namespaces(kind, settings):
            for selectors in _selectors(kind, settings):
                yield Wanted(kind, namespace, selectors)


def _namespaces(kind: Kind, settings: KubernetesSettings) -> Iterable[str | None]:
    return dict.fromkeys(settings.namespaces) if kind.resource.namespaced and settings.namespaces else (None,)


def _selectors(kind: Kind, settings: KubernetesSettings) -> Iterator[tuple[tuple[str, str], ...]]:
    if kind is Kind.SECRETS:
        yield (_TLS_SECRETS,)
        if settings.secrets.selector is not None:
            yield (_OTHER_SECRETS, ("labelSelector", settings.secrets.selector))
    elif kind is Kind.CONFIGMAPS and settings.configmaps_selector is not None:
        yield (("labelSelector", settings.configmaps_selector),)
    else:
        yield ()


def _failure(wanted: Wanted, refusal: Refusal) -> Failure:
    return Failure(wanted.namespace, refusal.reason, str(refusal))


@dataclass(slots=True)
class Lists:
    """Everything that is wanted of one cluster, and the watches that keep it true."""

    settings: KubernetesSettings
    api: Api
    clock: Clock
    worker: Worker
    pace: Pace
    _holdings: list[Reflector[Holding]] = field(init=False)
    _objects: list[Reflector[Object]] = field(init=False)
    _keep_secret: Keep = field(init=False)

    def __post_init__(self) -> None:
        parse = CertificateReader().parse
        lists, trust = tuple(wanted_lists(self.settings)), self.settings.trust
        self._keep_secret = keeper(Kind.SECRETS, parse, trust=trust)
        self._holdings = [
            self._reflector(one, keeper(one.kind, parse, trust=trust)) for one in lists if one.kind in HOLDING
        ]
        self._objects = [self._reflector(one, _as_it_is) for one in lists if one.kind not in HOLDING]

    async def read(self, *, watches: bool, beat: Beat) -> Everything:
        """One attempt at all of it; never raises for what the API server does. `beat` is called at each step."""
        slots = asyncio.Semaphore(_LISTS_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            holdings = [group.create_task(_shown(one, slots, watches, beat)) for one in self._holdings]
            objects = [group.create_task(_shown(one, slots, watches, beat)) for one in self._objects]
            named = group.create_task(self._named(beat))
        listed = [one.result() for one in holdings]
        # Who is listed, too, is seen once.
        others = (
            one
            for one in named.result()
            if one.only is None or not any(each.shows(Kind.SECRETS, one.only) for each in listed)
        )
        return Everything((*listed, *others), tuple(one.result() for one in objects))

    async def close(self) -> None:
        """Ends every watch, and gives the connections back."""
        for holdings in self._holdings:
            await holdings.close()
        for objects in self._objects:
            await objects.close()
        await self.api.close()

    def _reflector(self, wanted: Wanted, keep: Callable[[Object], T]) -> Reflector[T]:
        return Reflector(wanted, self.api, keep, self.clock, self.worker, self.pace)

    async def _named(self, beat: Beat) -> Sequence[Read[Holding]]:
        """Each Secret of which only the name is configured: one after the other, on one page."""
        page = Page(self.pace.most_page_bytes)
        return [await self._one(written, page, beat) for written in dict.fromkeys(self.settings.secrets.names)]

    async def _one(self, written: str, page: Page, beat: Beat) -> Read[Holding]:
        namespace, _, name = written.partition("/")
        wanted, only = Wanted(Kind.SECRETS, namespace), (namespace, name)
        try:
            await self.api.read(Kind.SECRETS.resource.path(namespace, name), {}, page)
            return Read(wanted, {only: self._keep_secret(read_one(Kind.SECRETS, page.view))}, only=only)
        except Broken as broken:
            return Read(wanted, {}, Refusal(GapReason.UNREADABLE, str(broken)), only)
        except Refusal as refusal:
            # Anybody can answer 404, a proxy in between too: only the API server says which Secret is not there.
            is_gone = refusal.is_missing and refusal.about == name
            return Read(wanted, {}, None if is_gone else refusal, only)
        finally:
            beat()
            page.wipe()


async def _shown(reflector: Reflector[T], slots: asyncio.Semaphore, watches: bool, beat: Beat) -> Read[T]:
    async with slots:
        try:
            return Read(reflector.wanted, await reflector.show(watches=watches, beat=beat))
        except Refusal as refusal:
            return Read(reflector.wanted, {}, refusal)


def _as_it_is(thing: Object) -> Object:
    return thing

"""Locations of what is stored: an address, with the labels of its object and the word of what renews it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.inventory import Place
from incidentd.model.location import NAMESPACE, Controller, Location, Role, labels_of
from incidentd.sources.kubernetes.annotations import object_labels
from incidentd.sources.kubernetes.objects import Object, name_of
from incidentd.sources.kubernetes.tenants_settings import Trusted


@dataclass(frozen=True, slots=True)
class Naming:
    """All that locations are made of in one sweep."""

    source: str
    labels: Mapping[str, str]
    """Of the source; those of an object win."""
    trusted: tuple[Trusted, ...]
    places: Mapping[str, Place]
    """By address, as they are known."""
    at: datetime

    def location(self, uri: str, thing: Object, controller: Controller | None = None) -> Location:
        """Of a part of an object. The object's metadata is enough."""
        known = self.places.get(uri)
        own = object_labels(thing, self.trusted, known.location.labels if known else (), self.at)
        namespace, _ = name_of(thing)
        where = {NAMESPACE: namespace} if namespace else {}
        labels = labels_of({**self.labels, **where, **own})
        location = Location(uri, self.source, Role.STORED, labels, controller=controller)
        # Nearly all stand where they stood: then nothing is held twice.
        return known.location if known is not None and known.location == location else location

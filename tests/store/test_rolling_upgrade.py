"""While programs are upgraded one by one, those of before run on: what is new stands where they do not look."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from incidentd.errors import StoreError
from incidentd.model.certificate import KeyType
from incidentd.model.inventory import Member, Run
from incidentd.model.release import Carried, Release
from incidentd.store.releases import change_release
from incidentd.store.schema import bring_up
from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import memory_engine
from tests.store.examples import FINGERPRINT, NOW, certificate, leased, place, swept

OF_A_CERTIFICATE = {"fingerprint", "not_before", "not_after", "subject", "names", "common_name", "issuer", "serial"}
OF_A_RUN = {"chain", "first_at", "last_at", "looks", "absence", "suspect", "cut", "word"}
"""What programs of schema 0007 know. They refuse what they do not know."""
TEXTS = ("runs FROM members", "body FROM certificates", "body FROM releases")
FOUND = certificate(key_type=KeyType.RSA)
RUNS = (Run((FINGERPRINT,), NOW, NOW, 1), Run((FINGERPRINT, "cd" * 32), NOW, NOW, 2, others=(1,), share=(2, 5)))
PLACE = replace(place("tls://a:443"), members=(Member("192.0.2.1", RUNS),))


@pytest.fixture
def engine() -> Engine:
    """A state in which a server with two types of keys was seen, and a release of the RSA one announced."""
    engine = memory_engine()
    bring_up(engine)
    store = SqlStore(engine, "one")
    store.record(swept(1, PLACE, certificates=(FOUND,)), leased(store), NOW)
    carried = Carried((FOUND,), ((FOUND, FOUND),), (FOUND,))
    with engine.begin() as connection:
        change_release(connection, "R", lambda _: Release("R", NOW, NOW, carried=carried), ())
    return engine


def test_a_program_of_before_finds_nothing_that_it_does_not_know(engine: Engine) -> None:
    """In no text that it reads."""
    with engine.connect() as connection:
        texts = [connection.exec_driver_sql(f"SELECT {column}").scalar_one() for column in TEXTS]
    runs, body, release = map(json.loads, texts)
    carried = release["carried"]
    for one in (body, *carried["added"], *carried["changed"][0], *carried["removed"]):
        assert set(one) <= OF_A_CERTIFICATE
    assert all(set(run) <= OF_A_RUN for run in runs)


def test_what_a_program_of_before_wrote_is_read(engine: Engine) -> None:
    """It writes the rows of a place anew, without what it does not know: that is seen again by the next look."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET details = NULL")
        connection.exec_driver_sql("UPDATE certificates SET key_type = NULL")
    inventory = SqlStore(engine, "two").inventory()
    (member,) = inventory.places[PLACE.key].members
    assert member.runs == tuple(replace(run, others=(), share=None) for run in RUNS)
    assert inventory.certificates[FINGERPRINT] == certificate()


def test_details_of_other_runs_are_refused(engine: Engine) -> None:
    """Never guessed at."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET details = '[{}]'")
    with pytest.raises(StoreError, match="a stored Run cannot be read"):
        SqlStore(engine, "two").inventory()


def test_what_is_new_is_read_as_it_was_written(engine: Engine) -> None:
    """By programs of now."""
    inventory = SqlStore(engine, "two").inventory()
    assert inventory.places[PLACE.key] == PLACE
    assert inventory.certificates[FINGERPRINT] == FOUND

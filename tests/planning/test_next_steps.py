"""What to do next, and what to paste."""

import pytest

from incidentd.model.assessment import Assessment, Reason, Stage
from incidentd.model.location import Location, Role
from incidentd.planning import next_steps

FINGERPRINT = "5f3a91c0" + "0" * 56


@pytest.mark.parametrize(
    ("uri", "asked", "command"),
    [
        (
            "tls://api.example.com:443",
            "api.example.com",
            "openssl s_client -connect api.example.com:443 -servername api.example.com </dev/null",
        ),
        (
            "tls://192.0.2.7:8443?sni=queue.example.net",
            "queue.example.net",
            "openssl s_client -connect 192.0.2.7:8443 -servername queue.example.net </dev/null",
        ),
        ("tls://192.0.2.7:443", None, "openssl s_client -connect 192.0.2.7:443 -noservername </dev/null"),
        (
            "smtp://mx.example.com:25",
            "mx.example.com",
            "openssl s_client -connect mx.example.com:25 -servername mx.example.com -starttls smtp </dev/null",
        ),
        ("file:///etc/pki/a.pem", None, "incidentd check file:///etc/pki/a.pem"),
    ],
)
def test_a_look_can_be_pasted(uri: str, asked: str | None, command: str) -> None:
    """The tool that is everywhere, with the name that is asked for."""
    role = Role.STORED if uri.startswith("file") else Role.SERVED
    look, explain = next_steps.commands(Location(uri, "edge", role, asked_name=asked), FINGERPRINT)
    assert look.partition(" | ")[0] == command
    assert explain == "incidentd explain 5f3a91c0"


def test_a_hostile_address_stays_an_argument() -> None:
    """Whatever stands in a configuration, a paste runs nothing of it."""
    look, _ = next_steps.commands(Location("tls://a;reboot:443", "edge", Role.SERVED), FINGERPRINT)
    assert "-connect 'a;reboot:443'" in look


@pytest.mark.parametrize("stage", [Stage.PARTLY_DEPLOYED, Stage.EXPIRED])
def test_what_is_deployed_everywhere_asks_for_nothing(stage: Stage) -> None:
    """Only the proof is wanting, and that comes by itself."""
    done = Assessment(FINGERPRINT, stage, (Reason.PROOF_PENDING,), deployed=3, deployable=3)
    assert next_steps.action(done, expired=False) == next_steps.WAIT
    assert "Deploy it." not in next_steps.tasks(done)


def test_a_place_that_is_left_is_asked_for() -> None:
    """Two of three are not all."""
    partly = Assessment(FINGERPRINT, Stage.PARTLY_DEPLOYED, (Reason.PARTLY_DEPLOYED,), deployed=2, deployable=3)
    assert next_steps.action(partly, expired=False) == next_steps.ACTION[Stage.PARTLY_DEPLOYED]
    assert next_steps.action(partly, expired=True) == next_steps.ACTION[Stage.EXPIRED]
    assert "Deploy it." in next_steps.tasks(partly)


def test_what_was_never_seen_served_is_replaced_where_it_is_stored() -> None:
    """Nobody is sent to a server that is not known."""
    stored = Assessment(FINGERPRINT, Stage.DUE, (Reason.THRESHOLD_PASSED,), deployable=1)
    assert next_steps.action(stored, expired=False, served=False) == next_steps.REPLACE


@pytest.mark.parametrize(
    ("stage", "successor", "first"),
    [
        (Stage.DUE, None, "Find out why renewal has not happened."),
        (Stage.EXPIRED, None, "Find out why renewal has not happened."),
        (Stage.EXPIRED, "a" * 64, "Find out why the newer certificate is not deployed."),
        (Stage.RENEWED_NOT_DEPLOYED, "a" * 64, "Find out why the newer certificate is not deployed."),
        (Stage.MISMATCH, None, "Find out what stands in its place."),
    ],
)
def test_a_newer_certificate_is_asked_for_only_where_there_is_one(
    stage: Stage, successor: str | None, first: str
) -> None:
    """Who reads of an expired certificate that nobody renewed is not sent to look for the new one."""
    assessment = Assessment(FINGERPRINT, stage, (Reason.THRESHOLD_PASSED,), successor=successor, deployable=2)
    assert next_steps.tasks(assessment)[0] == first
    assert next_steps.tasks(assessment)[-1] == next_steps.LEAVE

"""What stays of a Secret: its certificates, under whatever names, and nothing else of its data."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.sources.kubernetes.decode import EventType, read_event, read_list, read_one
from incidentd.sources.kubernetes.objects import Kind
from incidentd.sources.kubernetes.public import KEYSTORE, public_part
from incidentd.sources.kubernetes.scrub import Broken, scrub
from tests.sources.kubernetes.stage import SHOP, WEB, coded

CANARY = "canary" * 6
NAMES = st.sampled_from(
    ["tls.crt", "tls.key", "ca.crt", "a.pem", 'qu"ote', "back\\slash", "data", "annotations", "ünï"]
)
PRIVATE = st.sampled_from(
    [
        CANARY.encode(),
        b"-----BEGIN PRIVATE KEY-----\n" + CANARY.encode() + b"\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE REQUEST-----\n" + CANARY.encode() + b"\n-----END CERTIFICATE REQUEST-----\n",
        b"\x30\x82\x01\x00" + CANARY.encode() * 10,
        b"\xfe\xed\xfe\xed" + CANARY.encode(),
        b"users: [{user: {client-key-data: " + base64.b64encode(CANARY.encode()) + b"}}]",
        WEB.certificate_pem + WEB.key_pem + CANARY.encode(),
        b"\x30",
        b"",
    ]
)


def document(*things: dict[str, Any]) -> bytearray:
    """A list, as an answer has it."""
    return bytearray(json.dumps({"kind": "SecretList", "metadata": {"resourceVersion": "7"}, "items": things}).encode())


def secret(data: dict[str, bytes], **more: Any) -> dict[str, Any]:
    """A Secret of that name."""
    values = {name: coded(value) for name, value in data.items()}
    return {"metadata": {"name": "web", "namespace": "shop", **more}, "type": "Opaque", "data": values}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(NAMES, PRIVATE, max_size=4), max_size=3), st.booleans())
def test_nothing_private_stays_and_everything_else_does(many: list[dict[str, bytes]], ascii_only: bool) -> None:
    """However keys are called and escaped; the answer stays as long as it was, and is JSON."""
    copy = {"kubectl.kubernetes.io/last-applied-configuration": CANARY, "incidentd.io/owner": "shop"}
    answer = {"kind": "SecretList", "items": [secret(data, annotations=copy, labels={"data": "kept"}) for data in many]}
    page = bytearray(json.dumps(answer, ensure_ascii=ascii_only).encode())
    length = len(page)
    scrub(memoryview(page))
    assert len(page) == length
    private = (CANARY.encode(), base64.b64encode(CANARY.encode() * 2)[8:40], coded(WEB.key_pem)[40:80].encode())
    assert not any(text in bytes(page) for text in private)
    after = json.loads(page)["items"]
    assert [sorted(one["data"]) for one in after] == [sorted(data) for data in many]
    for one in after:
        assert one["metadata"]["annotations"]["incidentd.io/owner"] == "shop"
        assert one["metadata"]["labels"] == {"data": "kept"}


PUBLIC = {
    "a chain": (WEB.chain_pem + SHOP.chain_pem, WEB.chain_pem.strip() + b"\n" + SHOP.chain_pem.strip()),
    "with its key": (WEB.key_pem + WEB.certificate_pem, WEB.certificate_pem.strip()),
    "whole DER": (WEB.der, WEB.der),
    "DER that is no certificate": (b"\x30\x03\x02\x01\x00", b""),
    "DER that is cut": (WEB.der[:-5], b""),
    "PKCS#12": (bytes.fromhex("30820008020103300306010030"), None),
    "JKS": (b"\xfe\xed\xfe\xed\0\0\0\2" + bytes(100), KEYSTORE),
    "cut within a block": (WEB.certificate_pem[:-60], WEB.certificate_pem[:-60]),
    "text": (b"hunter2", b""),
    "a kubeconfig": (
        b'{"certificate-authority-data": "%b", "client-key-data": "%b"}'
        % (base64.b64encode(WEB.certificate_pem), base64.b64encode(WEB.key_pem)),
        WEB.certificate_pem.strip(),
    ),
    "a kubeconfig with rubbish": (b"client-certificate-data: AAAAA\ncertificate-authority-data: A", b""),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_in_a_value(name: str) -> None:
    """Certificates as they stand; of a keystore, that it is one."""
    value, public = PUBLIC[name]
    if public is not None:
        assert public_part(value) == public
    assert len(public_part(value)) <= len(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"items": []}}',
        '{"kind": "KIND", "metadata": {}, "items": {}}',
        '{"kind": "KIND", "items": []}',
        '{"kind": "KIND", "metadata": {}, "items": [{"metadata": {}}]}',
        '{"kind": "KIND", "metadata": {}, "items": [{}]}',
        '{"kind": "KIND", "metadata": {}, "items": [7]}',
        '{"metadata": {}, "items": [{"data": {"tls.key": "secret}}]}',
        '{"metadata": {}, "items": ]}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_an_answer_that_is_not_what_the_api_promises_is_refused(text: str) -> None:
    """And nothing of it is quoted."""
    for kind in (Kind.SECRETS, Kind.CONFIGMAPS):
        with pytest.raises(Broken) as broken:
            page = text.replace("KIND", f"{kind.resource.singular}List")
            read_list(kind, memoryview(bytearray(page.encode("latin-1"))))
        assert "secret" not in str(broken.value)
        assert broken.value.__cause__ is None


def test_an_empty_list_may_be_null() -> None:
    """As Go writes a slice that was never filled."""
    text = b'{"kind": "SecretList", "metadata": {"resourceVersion": "7", "continue": "x"}, "items": null}'
    page = memoryview(bytearray(text))
    answer = read_list(Kind.SECRETS, page)
    assert (answer.objects, answer.version, answer.token) == ((), "7", "x")


def test_one_object_and_its_bulk() -> None:
    """Who wrote which field, and kubectl's copy, are not kept."""
    thing = secret(
        {}, managedFields=[{}], annotations={"kubectl.kubernetes.io/last-applied-configuration": "x", "a": "b"}
    )
    read = read_one(Kind.CONFIGMAPS, memoryview(bytearray(json.dumps(thing).encode())))
    assert read["metadata"] == {"name": "web", "namespace": "shop", "annotations": {"a": "b"}}


@pytest.mark.parametrize(
    ("line", "type"),
    [
        ('{"type": "DELETED", "object": {"metadata": {"name": "web", "resourceVersion": "9"}}}', EventType.DELETED),
        ('{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}}', EventType.BOOKMARK),
        ('{"type": "ERROR", "object": {"metadata": {"resourceVersion": "9"}, "code": 410}}', EventType.ERROR),
        ('{"type": "GONE", "object": {}}', None),
        ('{"type": "ADDED", "object": {}}', None),
        ('{"type": "ADDED"}', None),
        ("{}", None),
    ],
)
def test_events_of_a_watch(line: str, type: EventType | None) -> None:
    """What no watch says is refused: only a new list helps then."""
    page = memoryview(bytearray(line.encode()))
    if type is None:
        with pytest.raises(Broken):
            read_event(Kind.SECRETS, page)
    else:
        event = read_event(Kind.SECRETS, page)
        assert (event.type, event.version) == (type, "9")

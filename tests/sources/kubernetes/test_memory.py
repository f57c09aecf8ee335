"""5,000 TLS Secrets: little memory, and not a byte of a private key in it, freed memory included."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from incidentd.ports import SystemClock
from incidentd.sources.kubernetes.objects import Kind
from tests.sources.kubernetes.stage import coded, write_kubeconfig
from tests.sources.kubernetes.standin import Cluster, serving_cluster
from tests.sources.world import VALID_FROM, VALID_UNTIL, authority
from tests.transport.authority import Authority

MANY = 5_000
MOST_RSS_KIB = 120 * 1024
CANARY = os.urandom(12).hex().encode()
"""24 bytes: 32 in base64, whatever stands before it in multiples of three."""

_ROOT = Path(__file__).parents[3]
_SEEN = b"k8s://test/ns-49/secret/web-4999#tls.crt"

pytestmark = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="memory is looked at through Linux' /proc")


def _crowded() -> Cluster:
    """5,000 Secrets as they are issued: two certificates, an RSA key, what kubectl and the fields' owners leave."""
    cluster = Cluster()
    above = authority().intermediate(not_before=VALID_FROM, not_after=VALID_UNTIL, key_type="rsa")
    leaf = above.issue(["web.test"], not_before=VALID_FROM, not_after=VALID_UNTIL, key_type="rsa")
    serial = leaf.certificate.serial_number.to_bytes(20, "big").lstrip(b"\0")
    der_then_issuer = leaf.chain_pem
    key = coded(CANARY * 71)
    owners = [{"manager": "m", "fieldsV1": {"f:data": {f"f:{n}": {} for n in range(20)}}}]
    for number in range(MANY):
        chain = coded(_with_serial(leaf.der, serial, number) + der_then_issuer)
        data = {"tls.crt": chain, "tls.key": key, "ca.crt": ""}
        copy = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"data": {"tls.key": key}})}
        metadata = {"managedFields": owners, "annotations": copy}
        name = f"web-{number}"
        cluster.put(Kind.SECRETS, f"ns-{number % 50}", name, type="kubernetes.io/tls", data=data, metadata=metadata)
    return cluster


def _with_serial(der: bytes, serial: bytes, number: int) -> bytes:
    """The same certificate, with another serial number; its signature is not looked at."""
    changed = der.replace(serial, serial[:-4] + number.to_bytes(4, "big"), 1)
    return b"-----BEGIN CERTIFICATE-----\n" + coded(changed).encode() + b"\n-----END CERTIFICATE-----\n"


@asynccontextmanager
async def _child(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", "tests.sources.kubernetes.sweeping", str(folder))
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=_ROOT)
    try:
        yield child
    finally:
        assert child.stdin is not None
        child.stdin.close()
        await child.wait()


def _memory(pid: int) -> Iterator[bytes]:
    """Every readable byte of a process, in pieces that overlap."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            begin, end = (int(part, 16) for part in span.split("-"))
            if rights[0] != "r" or "[v" in line:
                continue
            for at in range(begin, end, 8 * 1024 * 1024):
                memory.seek(at)
                try:
                    yield memory.read(min(8 * 1024 * 1024 + 256, end - at))
                except OSError:
                    break


def _found(pid: int, *texts: bytes) -> dict[bytes, int]:
    counts = dict.fromkeys(texts, 0)
    for piece in _memory(pid):
        for text in texts:
            counts[text] += piece.count(text)
    return counts


def _peak_rss_kib(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1))


async def test_five_thousand_secrets_leave_no_key_behind_and_fit_in_little(tmp_path: Path) -> None:
    """Listed over TLS, watched, let go: then all memory of the process is searched for what stood in every key."""
    vouching, cluster = Authority(), _crowded()
    secrets = cluster.things[Kind.SECRETS]
    async with serving_cluster(cluster, vouching.server("127.0.0.1")) as url:
        write_kubeconfig(tmp_path, url, roots=vouching.pem)
        async with _child(tmp_path) as child:
            everything = await _said(child)
            (_, last) = secrets.popitem()
            secrets.clear()
            await _tell(child)
            nothing = await _said(child)
            while not cluster.watchers:
                await SystemClock().sleep(0.01)
            kept = {"annotations": last["metadata"]["annotations"]}
            cluster.put(Kind.SECRETS, "ns-49", "web-4999", type=last["type"], data=last["data"], metadata=kept)
            one = await _said(child)
            peak_kib = _peak_rss_kib(child.pid)
            found = await asyncio.to_thread(_found, child.pid, CANARY, coded(CANARY).encode(), _SEEN)
    print(f"peak RSS {peak_kib} KiB, {found}")
    assert everything == {"observations": MANY, "complete": True, "failure": None}
    assert (nothing, one, len(cluster.requests("watch"))) == ({"observations": 0}, {"observations": 1}, 1)
    assert found.pop(_SEEN) > 0, "the search finds what is there"
    assert set(found.values()) == {0}
    assert peak_kib <= MOST_RSS_KIB


async def _said(child: asyncio.subprocess.Process) -> dict[str, object]:
    assert child.stdout is not None
    said: dict[str, object] = json.loads(await child.stdout.readline())
    return said


async def _tell(child: asyncio.subprocess.Process) -> None:
    assert child.stdin is not None
    child.stdin.write(b"go on\n")
    await child.stdin.drain()

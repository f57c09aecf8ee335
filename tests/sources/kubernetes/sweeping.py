"""A process that sweeps one cluster, says how it went, and stays until it is told to end: to be looked at from outside.

`python -m tests.sources.kubernetes.sweeping FOLDER`, with a kubeconfig in the folder.
"""

import asyncio
import json
import sys
from pathlib import Path

from incidentd.ports import SystemClock, ThreadWorker
from incidentd.sources.kubernetes.settings import KubernetesSettings
from incidentd.sources.kubernetes.source import KubernetesSource
from incidentd.sources.tls.looking import TlsLooker
from incidentd.sources.tls.network import TlsNetwork


async def _swept(folder: Path) -> None:
    """A sweep of everything; when told so, another of what is left then, which is watched until more is there."""
    written = {"kind": "kubernetes", "cluster": "test", "kubeconfig": "kubeconfig", "read": ["secrets"]}
    clock, network = SystemClock(), TlsNetwork()
    looker = TlsLooker("kube", network, clock)
    settings = KubernetesSettings.model_validate(written)
    source = KubernetesSource("kube", settings, folder, clock, ThreadWorker(), looker=looker)
    first = await source.sweep([])
    _say(observations=len(first.observations), complete=first.complete, failure=first.failure)
    sys.stdin.readline()
    before = await source.sweep([])  # from here on it is watched
    _say(observations=len(before.observations))
    while len((after := await source.sweep([])).observations) == len(before.observations):
        await clock.sleep(0.01)
    await source.close()
    _say(observations=len(after.observations))


def _say(**words: object) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    asyncio.run(_swept(Path(sys.argv[1])))
    sys.stdin.read()

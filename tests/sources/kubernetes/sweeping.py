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


async def _swept(folder: Path) -> dict[str, object]:
    written = {"kind": "kubernetes", "cluster": "test", "kubeconfig": "kubeconfig", "read": ["secrets"]}
    clock, network = SystemClock(), TlsNetwork()
    looker = TlsLooker("kube", network, clock)
    settings = KubernetesSettings.model_validate(written)
    source = KubernetesSource("kube", settings, folder, clock, ThreadWorker(), looker=looker)
    first = await source.sweep([])
    second = await source.sweep([])  # from here on it is watched
    await source.close()
    counts = [len(sweep.observations) for sweep in (first, second)]
    return {"observations": counts, "complete": first.complete, "failure": first.failure}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_swept(Path(sys.argv[1])))), flush=True)
    sys.stdin.read()

"""The world as an installation meets it: its ports."""

from dataclasses import dataclass, field

from incidentd.ports import Clock, Network, Randomness, SystemClock, SystemRandomness, ThreadWorker, Worker
from incidentd.transport import Transport


@dataclass(frozen=True, slots=True)
class World:
    """The ports: everything that a test or the demo may put its own in place of."""

    clock: Clock = field(default_factory=SystemClock)
    randomness: Randomness = field(default_factory=SystemRandomness)
    worker: Worker = field(default_factory=ThreadWorker)
    network: Network | None = None
    """None: the real one."""
    transport: Transport | None = None
    """None: the real one."""

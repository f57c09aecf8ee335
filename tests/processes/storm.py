"""A storm: process after process is killed at an exact or a random moment of its work, while the fleet goes on living.

`python -m tests.processes.storm --rounds 400 --seed 1` for a long one; the same seed makes the same storm, as far as
real processes do the same twice. After each death no ticket may be doubled; after each clean run all must be as it
should.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from incidentd.ports import SystemClock
from tests.cli.nursery import PATIENCE_SECONDS
from tests.cli.site import KINDS
from tests.postgres import Server, server_in_a_folder
from tests.processes.fleet import Fleet, Service, new_fleet
from tests.processes.ground import Ground, laid
from tests.processes.shifted_clock import ShiftedClock, compiled
from tests.processes.tripwire import Moment

MINUTE = timedelta(minutes=1)
"""Passes between two processes: longer than a lease lasts, and than it takes to find out about a lost answer."""
LAST_REQUEST = 14
LONGEST_LIFE_SECONDS = 4.0
AT_RANDOM, LATE, NEVER = "at random", "after some seconds", "not at all: it had ended by itself"
COMMANDS = (("run", "--once"), ("run",))


@dataclass
class Storm:
    """One fleet in it."""

    fleet: Fleet
    clock: ShiftedClock
    seed: int
    struck: Counter[str] = field(default_factory=Counter)
    """How often which moment was hit."""
    changes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def round(self, number: int, *, cleans_up: bool = True) -> None:
        """The fleet changes, a process is killed, and a clean run makes everything whole. Fails where it does not."""
        for service in self.fleet.services:
            self._change(service)
        self._kill(COMMANDS[number % len(COMMANDS)], KINDS[number // len(COMMANDS) % len(KINDS)])
        doubled = self.fleet.doubled()
        assert doubled == [], f"round {number}, seed {self.seed}: {doubled}"
        self.clock.pass_by(MINUTE)
        if cleans_up:
            said = self.fleet.site.run("run", "--once")
            assert (said.code, self.fleet.wrong()) == (0, []), f"round {number}, seed {self.seed}: {said}"
            self.clock.pass_by(MINUTE)

    def _change(self, service: Service) -> None:
        what = self._chance.choices(("nothing", "succeed", "roll back"), (5, 6, 1))[0]
        if what == "roll back" and len(service.served) == 1:
            return
        self.changes[what] += 1
        if what == "succeed":
            self.fleet.succeed(service)
        elif what == "roll back":
            self.fleet.roll_back(service)

    def _kill(self, command: tuple[str, ...], kind: str) -> None:
        moment = self._chance.choice((*Moment, AT_RANDOM))
        nth, delay_seconds = self._chance.randint(1, LAST_REQUEST), self._chance.uniform(0.2, 2.0)
        wire = self.fleet.ground.wires[kind]
        victim = self.fleet.site.start(*command)
        if moment != AT_RANDOM:
            wire.arm(Moment(moment), victim.kill, nth=nth)
        limit = delay_seconds if moment == AT_RANDOM else LONGEST_LIFE_SECONDS
        end = threading.Timer(limit, victim.kill)
        end.start()
        try:
            _, said = victim.communicate(timeout=PATIENCE_SECONDS)
        finally:
            end.cancel()
            wire.disarm()
            victim.kill()
        assert "Traceback" not in said, said
        hit = moment if moment == AT_RANDOM or wire.tripped.is_set() else LATE
        self.struck[f"{command[-1]}, {hit if victim.returncode else NEVER}"] += 1


def brewed(folder: Path, ground: Ground, library: Path, seed: int, **sections: Any) -> Storm:
    """A storm over four services, two for each tracker."""
    clock = ShiftedClock(library, folder / "offset")
    fleet = new_fleet(folder / "site", ground, clock, **sections)
    for kind in (*KINDS, *KINDS):
        fleet.add(kind)
    return Storm(fleet, clock, seed)


def main(arguments: list[str]) -> int:
    """0 when nothing was lost, doubled or closed falsely; 1 with what was."""
    parser = argparse.ArgumentParser(prog="python -m tests.processes.storm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help="half of them hit PagerDuty, half Jira")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="the state on a server, by whose clock leases go")
    options = parser.parse_args(arguments)
    clock = SystemClock()
    began = clock.monotonic()
    with ExitStack() as stack:
        name, ground = stack.enter_context(tempfile.TemporaryDirectory()), stack.enter_context(laid())
        state = _state_on(stack.enter_context(server_in_a_folder())) if options.postgres else {}
        storm = brewed(Path(name), ground, compiled(Path(name)), options.seed, **state)
        try:
            for number in range(options.rounds):
                storm.round(number)
                _progress(number + 1, options.rounds, clock.monotonic() - began)
        except (AssertionError, subprocess.TimeoutExpired) as wrong:
            print(f"\n{wrong}", file=sys.stderr)
            return 1
        certificates = sum(len(service.served) for service in storm.fleet.services)
        print(
            f"\n{options.rounds} rounds, {certificates} deployments: one open ticket each, none lost, doubled or false"
        )
        for struck, count in sorted(storm.struck.items()):
            print(f"  {count:5} killed: {struck}")
    return 0


def _state_on(server: Server) -> dict[str, Any]:
    return {"state": {"url": server.url(server.empty())}}


def _progress(done: int, of: int, seconds: float) -> None:
    left = seconds / done * (of - done)
    print(f"\r{done}/{of} rounds, {done / seconds:.2f}/s, {left:.0f} s left ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

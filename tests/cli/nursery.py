"""A nursery of commands: a process that has imported all of incidentd forks one command after the other.

Each is a process of its own, with its own arguments, folder, environment, streams and exit code, as if it had been
started afresh; what is spared is half a second of imports. Nothing of it is traced for coverage. What needs a fresh
interpreter (a preloaded library, another root) is started as one, as every daemon is.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

from incidentd.cli.commands import COMMANDS
from incidentd.cli.main import main as incidentd
from tests.simulation.apart import untraced

ROOT = Path(__file__).resolve().parents[2]
LATER = ("alembic.command", "anyio._backends._asyncio", "incidentd.cli.failures")
ENVIRONMENT = {name: value for name, value in untraced().items() if not name.startswith("INCIDENTD_")}
PATIENCE_SECONDS = 60.0
STREAMS = 3
_ENOUGH = 1 << 10


def run_command(
    *arguments: str, stdin: bytes = b"", folder: Path = ROOT, patience: float = PATIENCE_SECONDS
) -> subprocess.CompletedProcess[bytes]:
    """`python -m incidentd …` to its end. Raises TimeoutExpired once it was killed, after `patience` seconds."""
    order = json.dumps({"arguments": arguments, "folder": str(folder), "environment": ENVIRONMENT})
    with ExitStack() as opened:
        files = [opened.enter_context(tempfile.TemporaryFile()) for _ in range(STREAMS + 1)]
        for file, content in ((files[0], stdin), (files[STREAMS], order.encode())):
            file.write(content)
            file.seek(0)
        code = _code(files, arguments, patience)
        out, err = (_whole(file) for file in files[1:STREAMS])
    return subprocess.CompletedProcess(arguments, code, out, err)


def _code(files: Sequence[IO[bytes]], arguments: tuple[str, ...], patience: float) -> int:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(patience)
        line.connect(_address())
        socket.send_fds(line, [b"."], [file.fileno() for file in files])
        number = int(line.recv(_ENOUGH))
        line.sendall(b".")
        try:
            return int(line.recv(_ENOUGH))
        except TimeoutError:
            os.kill(number, signal.SIGKILL)
            raise subprocess.TimeoutExpired(arguments, patience) from None


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@cache
def _address() -> str:
    """Of the one nursery of this process of tests, which ends with it."""
    folder = tempfile.TemporaryDirectory()
    address = str(Path(folder.name) / "nursery")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        command = [sys.executable, "-m", "tests.cli.nursery", str(listener.fileno())]
        process = subprocess.Popen(
            command, cwd=ROOT, env=untraced(), stdin=subprocess.PIPE, pass_fds=(listener.fileno(),)
        )
    atexit.register(process.communicate)  # closes its standard input, and waits for its end
    atexit.register(folder.cleanup)
    return address


def main(listening: int) -> None:
    """Forks what is asked for until nobody can ask any more: then the standard input ends."""
    for module in (*(one.target.split(":")[0] for one in COMMANDS), *LATER):
        import_module(module)
    with socket.socket(fileno=listening) as listener:
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            line, _ = listener.accept()
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who keep the commands are waited for by nobody
            if not os.fork():
                listener.close()
                return _keep(line)
            line.close()


def _keep(line: socket.socket) -> None:
    """Becomes the command's keeper, who tells its number and its exit code; the command itself is another fork."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, _, _ = socket.recv_fds(line, 1, STREAMS + 1)
    number = os.fork()
    if not number:
        line.close()
        return _live(files)
    line.sendall(str(number).encode())
    line.recv(1)
    _, status = os.waitpid(number, 0)
    line.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _live(files: list[int]) -> None:
    with os.fdopen(files.pop(), "rb") as ordered:
        order = json.loads(ordered.read())
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["incidentd", *order["arguments"]]
    incidentd()


if __name__ == "__main__":
    main(int(sys.argv[1]))

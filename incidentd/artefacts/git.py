"""What git knows: commits by their names, and what trees and files hold. Reading only, by the git command.

Nothing of the user's set-up is read and nothing of the repository's is run: plumbing commands, no shell, no pager, no
hook, no filter, no fetching. Names of commits become ids first; only ids are used after that.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from incidentd.artefacts.caps import Allowance, StreamFault
from incidentd.artefacts.scanned import UnreadReason
from incidentd.artefacts.streams import Peeked, RawFile, Window
from incidentd.errors import UsageError

_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "",  # what a partial clone lacks is not fetched, by no protocol
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# A job's clone often belongs to another user. What git guards against there, running what the repository configures,
# none of these commands does.
_SETTINGS = ("-c", "safe.directory=*", "-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")
_ID = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that a folder is in."""

    folder: str = "."

    def ends(self, text: str) -> tuple[str, str]:
        """The commits of `BASE..HEAD`; of `BASE...HEAD`, where they parted and HEAD. Raises UsageError."""
        base, dots, head = text.partition("..." if "..." in text else "..")
        if not dots:
            raise UsageError(f"{text!r} is no range of commits", hint="write BASE..HEAD, as in origin/main..HEAD")
        old, new = self._commit(base or "HEAD"), self._commit(head or "HEAD")
        return (self._parted(old, new) if dots == "..." else old), new

    def tree(self, commit: str) -> str:
        """The id of what a commit holds, by the id of the commit. Raises UsageError."""
        return self._id("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{tree}}", about=commit)

    @contextmanager
    def contents(self, allowance: Allowance) -> Iterator["Contents"]:
        """What files hold, by id."""
        contents = Contents(self, allowance)
        try:
            yield contents
        finally:
            contents.close()

    def start(self, *arguments: str, commands: int, complaints: int) -> "subprocess.Popen[bytes]":
        """git, with what it is to do, and where its commands come from and its complaints go.

        Raises UsageError where it is not installed.
        """
        git = shutil.which("git")
        if git is None:
            raise UsageError("git is not installed", where="--git", hint="install git, or leave --git out")
        command = [git, "--no-pager", "--literal-pathspecs", *_SETTINGS, *arguments]
        # A list, no shell; what comes from outside stands behind --end-of-options, or was made an id.
        return subprocess.Popen(  # noqa: S603 - see above
            command,
            cwd=self.folder,
            env=_ENVIRONMENT,
            bufsize=0,
            stdin=commands,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )

    def _commit(self, name: str) -> str:
        if name.startswith("-") or "\0" in name:
            raise UsageError(f"{name!r} is no commit", where="--git", hint="a commit's name begins with no dash")
        return self._id("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", about=name)

    def _parted(self, old: str, new: str) -> str:
        return self._id("merge-base", old, new, about=f"{old}...{new}")

    def _id(self, *arguments: str, about: str) -> str:
        found = self._asked(*arguments, about=about).split()
        if len(found) != 1 or not _ID.fullmatch(found[0]):
            raise _unknown(about, "")
        return found[0].decode()

    def _asked(self, *arguments: str, about: str = "") -> bytes:
        """What git answers. Raises UsageError where it answers nothing."""
        process = self.start(*arguments, commands=subprocess.DEVNULL, complaints=subprocess.PIPE)
        answer, complaint = process.communicate()
        if process.returncode != 0:
            raise _unknown(about, complaint.decode("utf-8", "replace").strip())
        return answer


def _unknown(about: str, complaint: str) -> UsageError:
    said = f": {complaint.splitlines()[0]}" if complaint else ""
    hint = "is the clone whole? In a job it often is not: `fetch-depth: 0` (GitHub), `GIT_DEPTH: 0` (GitLab)"
    return UsageError(f"git does not know {about or 'this repository'}{said}", where="--git", hint=hint)


class Contents:
    """One `git cat-file --batch`, started anew where it broke off."""

    def __init__(self, repository: Repository, allowance: Allowance) -> None:
        self._repository = repository
        self._allowance = allowance
        self._process: subprocess.Popen[bytes] | None = None
        self._stream: Peeked | None = None

    @contextmanager
    def opened(self, id_: str, kind: str = "blob") -> Iterator[Window]:
        """The content of one file, or tree. Raises StreamFault where git does not have it."""
        content = self._asked(id_, kind.encode())
        try:
            yield content
            if self._stream is not None:
                self._stream.skip(content.left_bytes + 1)  # git ends each with a line end
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the process."""
        process, self._process, self._stream = self._process, None, None
        if process is not None:
            process.kill()
            process.communicate()

    def _asked(self, id_: str, wanted: bytes) -> Window:
        commands, stream = self._started()
        try:
            commands.write(id_.encode() + b"\n")
            head = stream.read(len(id_) + len(" blob "))
            while head and not head.endswith(b"\n"):
                head += stream.read(1) or b"\n"
        except BrokenPipeError:
            head = b""
        kind, _, size = head[len(id_) + 1 :].strip().partition(b" ")
        if kind != wanted or not size.isdigit():
            self.close()
            text = "git does not have it: is the clone whole (no --filter, no --depth)?"
            raise StreamFault(UnreadReason.NOT_ACCESSIBLE, text)
        return Window(stream, int(size))

    def _started(self) -> tuple[BinaryIO, Peeked]:
        if self._process is None or self._stream is None:
            self._process = self._repository.start(
                "cat-file", "--batch", commands=subprocess.PIPE, complaints=subprocess.DEVNULL
            )
            self._stream = Peeked(RawFile(cast(BinaryIO, self._process.stdout), self._allowance))
        return cast(BinaryIO, self._process.stdin), self._stream

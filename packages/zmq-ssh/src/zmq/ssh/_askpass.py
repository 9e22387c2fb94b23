"""The answer to ssh's password questions, by way of ``SSH_ASKPASS``.

ssh asks a program for secrets when it has no terminal. Ours is four lines of sh that pass the
question to us through one named pipe and read the answer from another, both in a folder only this
user can enter. So the password is in the memory of this process and of ssh, and nowhere else: not
on a command line, not in an environment, not on a disk. And since we see the question, `Prompts`
can refuse the wrong ones.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._prompts import Prompts

__all__ = ("Askpass", "restore_folder", "scratch_folder")

_SCRIPT = r"""#!/bin/sh
folder=${0%/*}
printf '%s\000' "$1" > "$folder/question"
IFS= read -r answer < "$folder/answer"
case $answer in
  +*) printf '%s\n' "${answer#+}" ;;
  *) exit 1 ;;
esac
"""


def scratch_folder() -> str:
    """Make a new folder that only this user can enter, on a file system that runs programs.

    Raises
    ------
    OSError
        No candidate will do; the message names the cure.
    """
    no_exec = getattr(os, "ST_NOEXEC", 0)
    candidates = [tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), str(Path.home())]
    for candidate in candidates:
        if not candidate or not os.access(candidate, os.W_OK | os.X_OK):
            continue
        if not os.statvfs(candidate).f_flag & no_exec:
            return tempfile.mkdtemp(prefix="zmq-ssh-", dir=candidate)
    raise OSError(f"no folder for ssh's askpass program in {candidates}; set TMPDIR to one")


def restore_folder(folder: str) -> None:
    """Make `folder` again if it went with an earlier connection.

    Raises
    ------
    PermissionError
        Somebody else made one by that name.
    """
    try:
        os.mkdir(folder, 0o700)  # noqa: PTH102 - fails on what is there, link or folder
    except FileExistsError:
        there = os.lstat(folder)
        if there.st_uid != os.getuid() or not stat.S_ISDIR(there.st_mode) or there.st_mode & 0o077:
            raise PermissionError(f"{folder} was replaced by somebody else") from None


class Askpass:
    """Answers the questions of one ssh process.

    Parameters
    ----------
    folder : str
        A private folder, see `scratch_folder`.
    password : str
        The answer, one line.
    prompts : Prompts
        Decides which questions it answers.
    """

    def __init__(self, folder: str, password: str, prompts: Prompts) -> None:
        self.program = f"{folder}/askpass"
        self._reply = b"+" + password.encode() + b"\n"
        self._prompts = prompts
        self._asked = b""
        Path(self.program).write_text(_SCRIPT, encoding="ascii")
        Path(self.program).chmod(0o700)
        # both ends open: no open() waits for a partner, and no partner that leaves ends the pipe
        self._question = self._pipe(f"{folder}/question")
        self._answer = self._pipe(f"{folder}/answer")

    @staticmethod
    def _pipe(path: str) -> int:
        os.mkfifo(path, 0o600)
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor that turns readable when ssh asks."""
        return self._question

    def serve(self) -> None:
        """Answer the questions that have come in."""
        self._asked += os.read(self._question, 65536)
        *prompts, self._asked = self._asked.split(b"\0")
        for prompt in prompts:
            answered = self._prompts.answers(prompt.decode(errors="replace"))
            os.write(self._answer, self._reply if answered else b"-\n")

    def close(self) -> None:
        """Close and remove the pipes and the program."""
        os.close(self._question)
        os.close(self._answer)
        for name in ("askpass", "question", "answer"):
            (Path(self.program).parent / name).unlink(missing_ok=True)

"""A child process that cannot outlive its parent: ssh, watched by a shell that holds a line to us.

Why
---
``ssh -N -L`` ignores its stdin and does not notice that the program it serves is gone. Python's
atexit does not run after kill -9, prctl(PR_SET_PDEATHSIG) is Linux only and fires when the *thread*
that forked ends, and a supervisor in Python would need ``sys.executable``, which in a frozen
program is that program. So a few lines of sh stand between:

* we hold the writing end of a pipe, *the line*, and never write. The kernel closes it when this
  process ends, whatever ended it;
* a subshell reads the line. At its end it removes the scratch folder, sends ssh SIGTERM, and a
  second later SIGKILL to the whole group, which takes with it what ssh started (ProxyJump,
  ProxyCommand, askpass);
* the main shell waits for ssh, reports its pid and exit status on stdout, then kills the group.

Invariants
----------
* while the parent lives, `reap` ends ssh whatever became of the shells; when the parent is killed,
  the subshell does. Only kill -9 of the subshell *and* the parent leaves ssh behind;
* nobody else holds the line: it is close-on-exec, and a fork() of this process drops it (`_lines`);
* the group is its own session: no Ctrl-C of our terminal reaches ssh, and ssh finds no terminal to
  prompt on;
* killpg happens before the leader is reaped, so it cannot hit a stranger who inherited the number.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import weakref
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("EXIT", "PID", "Keeper")

PID = "zmq-ssh: pid "
EXIT = "zmq-ssh: exit "

_SCRIPT = f"""
scratch=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
ssh=$!
trap '' PIPE
echo "{PID}$ssh"
{{
  read -r _ <&3
  rm -rf -- "$scratch"
  kill -TERM "$ssh"
  sleep 1
  kill -KILL 0
}} >/dev/null 2>&1 &
exec 3<&-
wait "$ssh"
echo "{EXIT}$?"
kill -KILL 0
"""


class Keeper:
    """One ssh and its keepers.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; run without a shell's interpretation.
    env : mapping
        The environment of the command.
    scratch : str
        A folder that goes when the command must go; "" for none.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], scratch: str = "") -> None:
        self._lock = threading.Lock()
        reading, writing = os.pipe()
        self._line: int | None = writing
        _lines.add(self)
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "zmq-ssh-keeper", scratch, *command],
                stdin=reading,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(env),
                start_new_session=True,
                bufsize=0,
            )
        except BaseException:
            self.hang_up()
            raise
        finally:
            os.close(reading)
        self.stdout = cast("IO[bytes]", self._process.stdout)
        self.stderr = cast("IO[bytes]", self._process.stderr)

    def hang_up(self) -> None:
        """Tell the keepers to end ssh. Returns at once; idempotent; from any thread."""
        with self._lock:
            if self._line is not None:
                os.close(self._line)
                self._line = None

    def reap(self) -> None:
        """Kill what is left of the group and forget it. Only one thread may call this, once."""
        with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.hang_up()
        self.stdout.close()
        self.stderr.close()

    def _drop_after_fork(self) -> None:
        # no lock: whoever held it does not exist in this process
        if self._line is not None:
            os.close(self._line)
            self._line = None


# The one piece of module state: the open lines, so that the child of a fork() can drop them. An
# inherited line would keep ssh alive until that child ends, too.
_lines: weakref.WeakSet[Keeper] = weakref.WeakSet()


def _drop_lines() -> None:
    for keeper in list(_lines):
        keeper._drop_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drop_lines)

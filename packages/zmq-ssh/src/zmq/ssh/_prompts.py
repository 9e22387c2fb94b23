"""Which questions of ssh are answered with the password. Pure: no I/O.

Invariants
----------
* the password goes to the server it was given for, never to a jump host: a question that names
  another host is refused, and with jump hosts one that names none, too (OpenSSH before 8.7);
* a question about a host key is refused: only a human can answer it;
* the same question is answered once: asked again, the answer was wrong, and nothing loops.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ("Prompts",)

_SECRET = re.compile(r"pass(word|phrase|code)", re.IGNORECASE)
# "me@host's password: " of the method password, "(me@host) Password: " of keyboard-interactive
_ASKER = re.compile(r"\((?:[^()]*)@([^()@]+)\)|@([^@\s]+)'s password")


class Prompts:
    """The memory of one login: `answers` decides about each question.

    Parameters
    ----------
    hosts : collection of str
        The names ssh has for the server the password belongs to.
    direct : bool
        No jump host lies before it.
    """

    def __init__(self, hosts: Collection[str], *, direct: bool = True) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._direct = direct
        self._answered: set[str] = set()

    def answers(self, prompt: str) -> bool:
        """Return whether the password is the answer to `prompt`."""
        secret = _SECRET.search(prompt)
        if not secret or prompt in self._answered:
            return False
        asker = _ASKER.search(prompt)
        if asker:
            if (asker[1] or asker[2]).lower() not in self._hosts:
                return False
        elif not self._direct and secret[1] != "phrase":  # a passphrase stays on this machine
            return False
        self._answered.add(prompt)
        return True

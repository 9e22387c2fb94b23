"""Records: what they take from frozen dataclasses."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest

from zmq.sugar._record import Record


class Login(Record):
    user: str
    password: str
    tries: int

    _secret = ("password",)

    def __init__(self, user: str, password: str = "", tries: int = 0) -> None:
        super().__init__(user=user, password=password, tries=tries)


class Other(Login):
    pass


def test_it_is_its_attributes():
    login = Login("me", "hush", 2)
    assert (login.user, login.password, login.tries) == ("me", "hush", 2)
    assert login == Login("me", "hush", 2)
    assert hash(login) == hash(Login("me", "hush", 2))
    assert login != Login("me", "hush", 3)
    assert login != Other("me", "hush", 2)
    assert login != ("me", "hush", 2)


def test_it_shows_its_attributes_but_no_secret():
    assert repr(Login("me", "hush", 2)) == "Login(user='me', tries=2)"


def test_it_never_changes():
    login = Login("me")
    with pytest.raises(AttributeError, match="'user' cannot be set: a Login never changes"):
        login.user = "you"
    with pytest.raises(AttributeError, match="'new' cannot be set"):
        login.new = 1
    with pytest.raises(AttributeError, match="'user' cannot be deleted"):
        del login.user
    assert login == Login("me")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_copied_and_pickled(protocol):
    login = Login("me", "hush", 2)
    assert pickle.loads(pickle.dumps(login, protocol)) == login
    assert copy.copy(login) == login == copy.deepcopy(login)


def test_another_one_with_changes():
    login = Login("me", "hush")
    assert login.__replace__(tries=1) == Login("me", "hush", 1)
    assert type(Other("me").__replace__(user="you")) is Other
    with pytest.raises(TypeError, match="nobody"):
        login.__replace__(nobody=1)
    if sys.version_info >= (3, 13):
        assert copy.replace(login, tries=1) == Login("me", "hush", 1)
    assert login == Login("me", "hush")

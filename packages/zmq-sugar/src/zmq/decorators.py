"""Contexts and sockets for one call of a function.

::

    @zmq.decorators.context()
    @zmq.decorators.socket(zmq.PUSH)
    def work(ctx, push):
        ...

Each call gets a new one, closed when the call ends. It comes after the arguments of the caller; or
by name, when the decorator is given one.

.. versionadded:: 15.3
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import wraps

from .sugar.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    CallableT = TypeVar("CallableT", bound=Callable[..., Any])


def context(*args: Any, **kwargs: Any) -> Callable[[CallableT], CallableT]:
    """Give a function a new Context at each call.

    Parameters
    ----------
    name : str, optional
        The keyword to pass it as; else it is the last positional argument.
    *args, **kwargs
        Of ``zmq.Context``.

    Returns
    -------
    decorator
    """
    name, args, kwargs = _name(args, kwargs)

    def make(_args: Any, _kwargs: Any) -> Any:
        return Context(*args, **kwargs)

    return _decorator(name, make)


def socket(*args: Any, **kwargs: Any) -> Callable[[CallableT], CallableT]:
    """Give a function a new Socket at each call.

    Parameters
    ----------
    name : str, optional
        The keyword to pass it as; else it is the last positional argument.
    socket_type : SocketType
        And further arguments of ``Context.socket``.
    context_name : str, default "context"
        The keyword under which the function gets the context to use. Without one, the first
        Context among the positional arguments is used, else the program's, ``Context.instance()``.

    Returns
    -------
    decorator
    """
    context_name = kwargs.pop("context_name", "context")
    name, args, kwargs = _name(args, kwargs)
    if not args and "socket_type" not in kwargs:
        raise TypeError("a socket needs its type: @socket(zmq.PUSH) or @socket('name', zmq.PUSH)")

    def make(call_args: tuple[Any, ...], call_kwargs: dict[str, Any]) -> Any:
        context = call_kwargs.get(context_name)
        if not isinstance(context, Context):
            found = (arg for arg in call_args if isinstance(arg, Context))
            context = next(found, None) or Context.instance()
        return context.socket(*args, **kwargs)

    return _decorator(name, make)


def _name(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[str | None, tuple[Any, ...], dict[str, Any]]:
    """Take the keyword's name from the arguments of a decorator."""
    if "name" in kwargs:
        kwargs = dict(kwargs)
        return kwargs.pop("name"), args, kwargs
    if args and isinstance(args[0], str):
        return args[0], args[1:], kwargs
    return None, args, kwargs


def _decorator(name: str | None, make: Callable[..., Any]) -> Callable[[CallableT], CallableT]:
    def decorate(function: CallableT) -> CallableT:
        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with ExitStack() as stack:
                made = stack.enter_context(make(args, kwargs))
                if name is None:
                    return function(*args, made, **kwargs)
                if name in kwargs:
                    raise TypeError(
                        f"{function.__name__}() got two values for {name!r}: the caller's, and "
                        "the decorator's"
                    )
                return function(*args, **kwargs, **{name: made})

        return wrapper  # type: ignore[return-value]

    return decorate


__all__ = ["context", "socket"]

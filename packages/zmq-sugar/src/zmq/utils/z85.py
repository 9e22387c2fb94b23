"""Z85, the text form of keys: five printable characters for four bytes.

Source: RFC 32 of ZeroMQ.
"""

from __future__ import annotations

#: The 85 characters, in the order of their values.
Z85CHARS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
#: The value of each of them.
Z85MAP = {char: value for value, char in enumerate(Z85CHARS)}

_POWERS = (85**4, 85**3, 85**2, 85, 1)


def encode(rawbytes: bytes) -> bytes:
    """Bytes as Z85 text.

    Parameters
    ----------
    rawbytes : bytes
        A multiple of four.

    Returns
    -------
    bytes
        A multiple of five.

    Raises
    ------
    ValueError
        When the length is no multiple of four.
    """
    if len(rawbytes) % 4:
        raise ValueError(f"the length must be a multiple of 4, not {len(rawbytes)}")
    encoded = bytearray()
    for i in range(0, len(rawbytes), 4):
        value = int.from_bytes(rawbytes[i : i + 4], "big")
        encoded.extend(Z85CHARS[value // power % 85] for power in _POWERS)
    return bytes(encoded)


def decode(z85bytes: bytes | str) -> bytes:
    """The bytes in a Z85 text.

    Parameters
    ----------
    z85bytes : bytes or str
        A multiple of five characters.

    Returns
    -------
    bytes
        A multiple of four.

    Raises
    ------
    ValueError
        When the length is no multiple of five, or it is no Z85 text.
    """
    if isinstance(z85bytes, str):
        try:
            z85bytes = z85bytes.encode("ascii")
        except UnicodeEncodeError:
            raise ValueError(f"no Z85 text: {z85bytes!r}") from None
    if len(z85bytes) % 5:
        raise ValueError(f"the length of Z85 text must be a multiple of 5, not {len(z85bytes)}")
    decoded = bytearray()
    for i in range(0, len(z85bytes), 5):
        group = z85bytes[i : i + 5]
        try:
            value = sum(Z85MAP[char] * power for char, power in zip(group, _POWERS))
        except KeyError as error:
            raise ValueError(f"no character of Z85: {bytes(error.args)!r}") from None
        if value > 0xFFFFFFFF:
            raise ValueError(f"no Z85 text: {bytes(group)!r} is more than four bytes")
        decoded += value.to_bytes(4, "big")
    return bytes(decoded)


__all__ = ["Z85CHARS", "Z85MAP", "decode", "encode"]

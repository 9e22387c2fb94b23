# What libzmq tells about itself, and its keys.

cdef extern from "zmq_build_info.h":
    const char *ZMQ_BUILD_LIBZMQ_VERSION
    const char *ZMQ_BUILD_LIBZMQ_ROUTE
    const char *ZMQ_BUILD_LIBZMQ_ORIGIN
    const char *ZMQ_BUILD_LIBZMQ_PATCHES
    const char *ZMQ_BUILD_LIBSODIUM_VERSION
    const char *ZMQ_BUILD_LIBSODIUM_ROUTE
    const char *ZMQ_BUILD_LIBSODIUM_ORIGIN
    const char *ZMQ_BUILD_LIBSODIUM_PATCHES
    const char *ZMQ_BUILD_CURVE
    const char *ZMQ_BUILD_FLAGS
    const char *ZMQ_BUILD_COMPILER
    enum: ZMQ_BUILD_LTO
    enum: ZMQ_BUILD_DRAFTS
    enum: ZMQ_BUILD_BATCH_SIZE


def zmq_version_info():
    """libzmq's version.

    Returns
    -------
    (int, int, int)
        Major, minor, patch.

    Notes
    -----
    Source: zmq_version(3).
    """
    cdef int major = 0, minor = 0, patch = 0
    zmq_version(&major, &minor, &patch)
    return major, minor, patch


def build_info():
    """How this zmq-core was built: what is linked in, where it came from, and how.

    Returns
    -------
    dict
        ``libzmq`` and ``libsodium`` (each version, route, origin and patches; ``zmq-core/...`` are
        the files that the build corrects), ``curve``, ``drafts``, ``lto``, ``batch_size`` (bytes
        that a connection reads or writes at once; 0: an installed libzmq, not known), ``flags``
        and ``compiler``.

    .. versionadded:: 28.0
    """
    return {
        "libzmq": {
            "version": ZMQ_BUILD_LIBZMQ_VERSION.decode(),
            "route": ZMQ_BUILD_LIBZMQ_ROUTE.decode(),
            "origin": ZMQ_BUILD_LIBZMQ_ORIGIN.decode(),
            "patches": split(ZMQ_BUILD_LIBZMQ_PATCHES),
        },
        "libsodium": {
            "version": ZMQ_BUILD_LIBSODIUM_VERSION.decode(),
            "route": ZMQ_BUILD_LIBSODIUM_ROUTE.decode(),
            "origin": ZMQ_BUILD_LIBSODIUM_ORIGIN.decode(),
            "patches": split(ZMQ_BUILD_LIBSODIUM_PATCHES),
        },
        "curve": ZMQ_BUILD_CURVE.decode(),
        "drafts": bool(ZMQ_BUILD_DRAFTS),
        "lto": bool(ZMQ_BUILD_LTO),
        "batch_size": ZMQ_BUILD_BATCH_SIZE,
        "flags": ZMQ_BUILD_FLAGS.decode(),
        "compiler": ZMQ_BUILD_COMPILER.decode(),
    }


cdef list split(const char *text):
    return [name for name in text.decode().split(",") if name]


def has(capability):
    """Whether libzmq can do something.

    Parameters
    ----------
    capability : str or bytes
        ``"ipc"``, ``"curve"``, ``"gssapi"``, ``"draft"``, ``"pgm"``, ``"tipc"``, ``"norm"``,
        ``"ws"``, ...

    Returns
    -------
    bool

    Notes
    -----
    Source: zmq_has(3).
    """
    name = capability.encode() if isinstance(capability, str) else capability
    if not isinstance(name, bytes):
        raise TypeError(f"a capability is str or bytes, not {shorten(capability)}")
    return bool(zmq_has(name))


def curve_keypair():
    """A new key pair for CURVE.

    Returns
    -------
    (bytes, bytes)
        The public and the secret key, each 40 bytes of Z85 text.

    Raises
    ------
    ZMQError
        ENOTSUP when libzmq was built without CURVE.

    Notes
    -----
    Source: zmq_curve_keypair(3).
    """
    cdef char public_key[41]
    cdef char secret_key[41]
    if zmq_curve_keypair(public_key, secret_key) < 0:
        fail("curve_keypair")
    return PyBytes_FromStringAndSize(public_key, 40), PyBytes_FromStringAndSize(secret_key, 40)


def curve_public(secret_key):
    """The public key that belongs to a secret one.

    Parameters
    ----------
    secret_key : bytes or str
        40 characters of Z85 text.

    Returns
    -------
    bytes
        40 bytes of Z85 text.

    Raises
    ------
    ValueError
        When the key does not have 40 characters.
    ZMQError
        EINVAL when it is not Z85; ENOTSUP without CURVE.

    Notes
    -----
    Source: zmq_curve_public(3).
    """
    cdef char public_key[41]
    key = secret_key.encode("ascii") if isinstance(secret_key, str) else secret_key
    if not isinstance(key, bytes):
        raise TypeError(f"a secret key is bytes or str, not {type(secret_key).__name__}")
    if len(key) != 40:
        raise ValueError(f"a secret key has 40 characters of Z85 text, this one has {len(key)}")
    if zmq_curve_public(public_key, key) < 0:
        fail("curve_public: the secret key is not Z85 text")
    return PyBytes_FromStringAndSize(public_key, 40)

# Endpoints and groups: what is checked before libzmq is asked, and what its refusals are told as.

cdef enum:
    BIND
    CONNECT
    UNBIND
    DISCONNECT

cdef tuple ENDPOINT_CALLS = ("bind", "connect", "unbind", "disconnect")


cdef int endpoint_call(Socket self, int what, object addr) except -1:
    cdef bytes name = endpoint_bytes(addr)
    cdef const char *text = name
    cdef bytes call = ENDPOINT_CALLS[what].encode()
    cdef const char *op = call
    cdef int rc, number
    cdef int more = 0
    cdef size_t size = sizeof(more)
    if what == BIND or what == CONNECT:
        check_ports(name)
        if not name.startswith(b"inproc:") and not zmq_descriptors_left(2):
            fail_with(EMFILE, f"addr={addr!r}: this process has no descriptors left")
    enter(self, "open an endpoint")
    zmq_guard_block(&self.guard, "open an endpoint")
    with nogil:
        if what == DISCONNECT:
            zmq_getsockopt(self.handle, ZMQ_RCVMORE, &more, &size)
        if more:
            rc, number = -1, ZMQ_EFSM
        elif what == BIND:
            rc = zmq_bind(self.handle, text)
        elif what == CONNECT:
            rc = zmq_connect(self.handle, text)
        elif what == UNBIND:
            rc = zmq_unbind(self.handle, text)
        else:
            rc = zmq_disconnect(self.handle, text)
        if not more:
            number = last_error()
    zmq_guard_unblock(&self.guard)
    leave(self)
    if rc >= 0:
        if name.startswith(b"inproc:"):
            self.inproc = True
        else:
            self.outside = True
        if what == BIND or what == CONNECT:
            self.endpoints.append(name.decode("utf-8", "replace"))
        elif name.decode("utf-8", "replace") in self.endpoints:
            self.endpoints.remove(name.decode("utf-8", "replace"))
        return 0
    if number == EAGAIN or number == 0:
        number = EINVAL             # some bad addresses leave an errno from elsewhere
    shown = f"addr={name.decode('utf-8', 'replace')!r}"
    if more:
        fail_with(ZMQ_EFSM, f"{shown}: receive the rest of the message first; a disconnect drops it")
    if name.startswith(b"ipc://") and what in (BIND, CONNECT):
        path = name[6:]
        if number == ENAMETOOLONG or len(path) > ZMQ_IPC_PATH_MAX_LEN > 0:
            fail_with(ENAMETOOLONG, f"{shown}: this ipc path has {len(path)} bytes, the system "
                      f"allows {ZMQ_IPC_PATH_MAX_LEN} (zmq.IPC_PATH_MAX_LEN)")
        if number == ENOENT:
            fail_with(number, f"{shown}: the directory of this ipc path does not exist")
    told = advice("of_endpoint")(
        ENDPOINT_CALLS[what], number, name.decode("utf-8", "replace"))
    return fail_with(number, f"{shown}: {told}" if told else shown)


cdef int check_ports(bytes name) except -1:
    """libzmq takes numbers modulo 65536, and what follows their digits for nothing."""
    transport, _, rest = name.partition(b"://")
    if transport not in (b"tcp", b"udp", b"ws", b"wss"):
        return 0
    for address in rest.partition(b"/")[0].split(b";"):
        port = address.rpartition(b":")[2]
        if port.lstrip(b" +-")[:1].isdigit() and b":" in address and not (
                port.isdigit() and int(port[:6]) <= 65535):
            shown = name.decode("utf-8", "replace")
            fail_with(EINVAL, f"addr={shown!r}: a port is a number up to 65535, not "
                      f"{port.decode('utf-8', 'replace')!r}")
    return 0


cdef bytes endpoint_bytes(object addr):
    if isinstance(addr, str):
        try:
            addr = addr.encode()
        except UnicodeEncodeError:
            raise ValueError(f"the endpoint {addr!r} is not valid text") from None
    elif not isinstance(addr, bytes):
        raise TypeError(f"an endpoint is str or bytes, not {type(addr).__name__}: {shorten(addr)}")
    if b"\0" in addr:
        raise ValueError(f"the endpoint {addr!r} contains a zero byte")
    return addr


ctypedef int (*group_function)(void *socket, const char *group) noexcept nogil


cdef int group_call(Socket self, group_function call, const char *op, object group) except -1:
    cdef int rc
    require_drafts(op.decode())
    name = group.encode() if isinstance(group, str) else group
    if not isinstance(name, bytes):
        raise TypeError(f"a group is str or bytes, not {shorten(group)}")
    cdef const char *text = name
    enter(self, op)
    rc = call(self.handle, text)
    leave(self)
    if rc < 0:
        fail(f"group {group!r}")
    return 0

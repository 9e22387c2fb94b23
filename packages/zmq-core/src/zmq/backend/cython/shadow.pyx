# Shadows: several Socket objects on one socket of libzmq.
#
# One of them may be the owner, which made it; shadows were given its address, and that is all they
# have in common.  So they find each other by it here, for two reasons:
#
# * whoever is closed closes libzmq's socket, and so all of them: a call on one that is left would
#   look into memory that libzmq has given back;
# * a call on one works off commands that another waits for in an event loop, and must be told of
#   (`engine_touched`).

cdef dict owners = {}               # address -> a weak reference
cdef dict shadows = {}              # address -> a list of them; only where there are any


cdef int shadow_made(Socket self) except -1:
    """A shadow begins: from now on each hears of the others' calls."""
    cdef object address = <uintptr_t>self.handle
    cdef Socket other
    living = [found for found in shadows.get(address, ()) if found() is not None]
    shadows[address] = [*living, _ref(self)]
    self.followed = True
    for other in kin(self):
        other.followed = True
    return 0


cdef list kin(Socket self):
    """The other open objects on the same socket of libzmq."""
    cdef object address = <uintptr_t>self.handle
    cdef list found = []
    cdef Socket other
    if address not in shadows:
        return found
    for reference in (owners.get(address), *shadows[address]):
        other = None if reference is None else reference()
        if other is not None and other is not self and zmq_guard_state(&other.guard) not in (
                ZMQ_GUARD_CLOSED, ZMQ_GUARD_FORKED):
            found.append(other)
    return found


cdef list enter_kin(Socket self):
    """Enter the others to close them; none when one of them is in use."""
    cdef list entered = []
    cdef Socket other
    cdef int state
    for other in kin(self):
        if other._engine is not None:
            engine_closing(other)
        state = zmq_guard_enter(&other.guard, "close")
        if state == ZMQ_GUARD_FREE:
            entered.append(other)
            continue
        for socket in entered:
            zmq_guard_leave(&(<Socket>socket).guard)
        refuse_busy(other, &other.guard, "close")
    return entered

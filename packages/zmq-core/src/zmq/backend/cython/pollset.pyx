# PollSet: what a Poller waits for, kept from call to call.
#
# Asking libzmq about every socket in every call makes polling cost what is registered. Here it costs
# what has changed. For each socket the last known events are kept, and they can only have changed
#
#   1. when the socket was used since (every call on a socket counts up its `uses`),
#   2. when it was ready at the last look (being ready is not told again), or
#   3. when its descriptor says that libzmq has news.
#
# Only those are asked. The descriptor is edge-triggered in libzmq's sense, but any look at EVENTS
# takes the news, and a socket whose descriptor was not looked at keeps it readable: level-triggered
# epoll loses nothing.
#
# A set of few sockets needs no epoll: asking them all costs less than a system call, and waiting is
# left to zmq_poll. The same form serves where there is no epoll, and for descriptors that epoll
# refuses (regular files, the same one twice).

cdef enum:
    FEW = 8                         # entries; up to here every socket is asked every time


cdef class PollEntry:
    cdef object what                # as registered
    cdef Socket socket              # or None
    cdef int fd                     # its descriptor; -1 until it is asked for
    cdef short wanted               # events
    cdef short ready                # events, as last seen
    cdef unsigned int uses          # of the socket, when it was last asked
    cdef bint known                 # `ready` was ever asked for


cdef class PollSet:
    """Sockets and descriptors to wait for: the working half of `zmq.Poller`."""

    cdef list entries               # in the order of registration
    cdef PollEntry last             # the last one that was seen to be ready
    cdef dict by_what
    cdef dict by_fd                 # of what epoll watches
    cdef int epoll                  # -1: none
    cdef bint refused               # epoll cannot serve this set
    cdef unsigned int generation    # of forks, when epoll was made
    cdef Py_ssize_t descriptors     # how many entries are no sockets

    def __cinit__(self):
        self.entries = []
        self.by_what = {}
        self.by_fd = {}
        self.epoll = -1

    def __dealloc__(self):
        self.forget_epoll()

    def set(self, what, int events):
        """Register, or change the events of what is registered.

        Raises
        ------
        TypeError, ValueError
            When it cannot be waited for.
        """
        cdef zmq_pollitem_t item
        cdef PollEntry entry = self.by_what.get(what)
        if entry is None:
            fill_item(&item, what, events)
            entry = PollEntry.__new__(PollEntry)
            entry.what = what
            entry.fd = -1
            if isinstance(what, Socket):
                entry.socket = <Socket>what
            else:
                entry.fd = item.fd
                self.descriptors += 1
            self.entries.append(entry)
            self.by_what[what] = entry
        entry.wanted = events
        if self.epoll >= 0 and not self.watch(entry):
            self.forget_epoll()

    def remove(self, what):
        """Unregister; KeyError when it is not registered."""
        cdef PollEntry entry = self.by_what.pop(what)
        self.entries.remove(entry)
        self.last = None
        if entry.socket is None:
            self.descriptors -= 1
        if self.epoll >= 0 and self.by_fd.get(entry.fd) is entry:
            del self.by_fd[entry.fd]
            zmq_epoll_remove(self.epoll, entry.fd)
        self.refused = False

    def poll(self, timeout=None):
        """As `zmq.zmq_poll`, for what is registered."""
        cdef double deadline = NEVER if timeout is None else deadline_of(timeout)
        cdef int found
        if len(self.entries) <= FEW:
            found = 0 if self.descriptors else self.ask_all()
            if found or (not self.descriptors and deadline <= zmq_clock()):
                return self.result(found)
            return self.poll_items(deadline)
        if self.refused or not self.use_epoll():
            return self.poll_items(deadline)
        while True:
            found = self.ask_changed()
            found += self.wait(0 if found else poll_ms(deadline))
            if found or poll_ms(deadline) == 0:
                return self.result(found)

    def close(self):
        """Give back the system's descriptor, if there is one; the next `poll` makes another."""
        self.forget_epoll()

    cdef list result(self, int found):
        """What is ready, in the order of registration; `found` of them."""
        cdef list result = []
        cdef PollEntry entry
        cdef short events
        if found:
            for entry in (self.entries if found > 1 else (self.last,)):
                events = entry.ready & entry.wanted if entry.socket is not None else entry.ready
                if events:
                    result.append((entry.what, events))
        return result

    cdef list poll_items(self, double deadline):
        cdef PollEntry entry
        return zmq_poll(
            [(entry.what, entry.wanted) for entry in self.entries],
            -1 if deadline >= NEVER else max(0.0, (deadline - zmq_clock()) * 1000))

    # ---- asking sockets

    cdef int ask(self, PollEntry entry) except -1:
        """Look at a socket; 1 when it is ready for what is wanted."""
        cdef int events
        cdef Socket socket = entry.socket
        enter(socket, "poll")
        events = int_option(socket.handle, ZMQ_EVENTS)
        leave(socket)
        if events < 0:
            fail()
        if socket.sharing is not None:
            events = sharing_option(socket, ZMQ_EVENTS, events)
        entry.ready = events
        entry.uses = socket.uses
        entry.known = True
        if events & entry.wanted == 0:
            return 0
        self.last = entry
        return 1

    cdef int ask_all(self) except -1:
        cdef int found = 0
        cdef PollEntry entry
        for entry in self.entries:
            found += self.ask(entry)
        return found

    cdef int ask_changed(self) except -1:
        cdef int found = 0
        cdef PollEntry entry
        for entry in self.entries:
            if entry.socket is None:
                entry.ready = 0     # the system is asked every time
            elif (entry.uses != entry.socket.uses or entry.ready & entry.wanted
                  or not entry.known):
                found += self.ask(entry)
        return found

    # ---- epoll

    cdef bint use_epoll(self) except -1:
        """Whether the set is watched by epoll (now)."""
        cdef PollEntry entry
        if self.epoll >= 0 and self.generation == zmq_forks():
            return True
        self.forget_epoll()
        self.epoll = zmq_epoll_new()
        self.generation = zmq_forks()
        if self.epoll < 0:
            self.refused = True
            return False
        for entry in self.entries:
            if not self.watch(entry):
                self.forget_epoll()
                return False
        return True

    cdef bint watch(self, PollEntry entry) except -1:
        """False when epoll refuses it."""
        cdef PollEntry other
        if is_shared(entry.what):
            self.refused = True     # its descriptor's news may go to another thread
            return False
        if entry.socket is not None and entry.fd < 0:
            if get_option(entry.socket, ZMQ_THREAD_SAFE):
                self.refused = True     # a draft socket, without a descriptor of its own
                return False
            entry.fd = get_option(entry.socket, ZMQ_FD)
        other = self.by_fd.get(entry.fd)
        if other is not None and other is not entry:
            self.refused = True     # the same descriptor, registered as two things
            return False
        if zmq_epoll_set(
                self.epoll, entry.fd, ZMQ_POLLIN if entry.socket is not None else entry.wanted,
                other is None) < 0:
            self.refused = True
            return False
        self.by_fd[entry.fd] = entry
        return True

    cdef int forget_epoll(self) except -1:
        if self.epoll >= 0:
            zmq_epoll_close(self.epoll)
        self.epoll = -1
        self.by_fd = {}
        return 0

    cdef int wait(self, int milliseconds) except -1:
        """Let epoll tell who has news, and ask those; how many are ready."""
        cdef int fds[ZMQ_EPOLL_BATCH]
        cdef short events[ZMQ_EPOLL_BATCH]
        cdef int n, i, found = 0, number
        cdef list entered
        cdef PollEntry entry
        if milliseconds == 0:
            n = zmq_epoll_wait(self.epoll, fds, events, 0)
            number = c_errno
        else:
            entered = enter_all([(entry.what, 0) for entry in self.entries])
            with nogil:
                n = zmq_epoll_wait(self.epoll, fds, events, milliseconds)
                number = c_errno
            leave_all(entered)
        if n < 0:
            if number != EINTR:
                fail_with(number)
            PyErr_CheckSignals()
            return 0
        for i in range(n):
            entry = self.by_fd.get(fds[i])
            if entry is None:
                continue
            if entry.socket is None:
                entry.ready = events[i]
                self.last = entry
                found += 1
            elif not entry.ready & entry.wanted:    # else it was asked and counted already
                found += self.ask(entry)
        return found

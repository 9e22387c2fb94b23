# The relay: whole messages from one socket to another, both ways, without the GIL.  Every proxy runs
# on it.
#
# Invariants:
#
# * it waits in one place, a poll of everything that may happen, so that a command always gets
#   through: sends and receives never wait;
# * a message is taken whole and given whole.  One whose target has no room for it stays here, one for
#   each direction, and nothing more is taken from that end until it is gone; the other direction
#   goes on;
# * nothing is taken while the target is known to have no room, and nothing while paused.

from libc.errno cimport EHOSTUNREACH
from libc.limits cimport INT_MAX
from libc.stdlib cimport realloc

cdef extern from "zmq_capi.h":
    enum: ZMQ_PUB, ZMQ_ROUTER

cdef extern from *:
    """
    #include <errno.h>
    static inline void zmq_set_errno(int number) { errno = number; }
    """
    void set_error "zmq_set_errno" (int number) nogil

cdef enum:
    RELAY_BURST = 1000              # messages one end may send before the other gets its turn
    RELAY_FAILED = -1               # last_error() tells; EINTR: call again
    RELAY_TERMINATED = 0            # a TERMINATE came
    RELAY_WOKEN = 1                 # the descriptor `wake` is readable
    RELAY_BREATH = 2                # busy for a while: the caller looks for signals, and calls again

cdef enum:                          # places in the array of what is polled, after the two ends
    CONTROL = 2
    WAKE = 3
    CAPTURE = 4

ctypedef enum relay_obstacle:
    RELAY_CLEAR                     # the way takes messages
    RELAY_TARGET_FULL               # it waits for its target to have room
    RELAY_CAPTURE_FULL              # the same for the capture socket
    RELAY_RETRY                     # there seems to be room, but not for this message: try again soon

ctypedef struct relay_way:          # one direction
    void *source
    void *target
    int target_kind
    relay_obstacle obstacle
    bint seen                       # the capture socket has the message that is held
    zmq_msg_t *parts                # `room` of them, all initialized at all times
    Py_ssize_t room
    Py_ssize_t count                # parts of the message that is held, 0 when there is none
    size_t size                     # its bytes
    bint has_prefix
    zmq_msg_t prefix                # goes before a message to the capture socket
    uint64_t messages_in, bytes_in, messages_out, bytes_out, dropped

ctypedef struct relay_state:
    relay_way ways[2]               # frontend to backend, backend to frontend
    void *capture                   # or NULL
    int capture_kind
    zmq_msg_t *copies               # for the capture socket; all initialized at all times
    Py_ssize_t copies_room
    void *control                   # or NULL
    int control_kind
    zmq_fd_t wake
    bint has_wake
    bint swap                       # between two ROUTERs: the first two parts change places
    bint paused
    double breath                   # seconds between two looks for signals


cdef int relay_run(relay_state *state) noexcept nogil:
    """Relay until something else is to be done: one of the RELAY_ constants."""
    cdef zmq_pollitem_t items[5]
    cdef int side, rc
    cdef double end = zmq_clock() + state.breath
    while True:
        if relay_wait(state, items) < 0:
            return RELAY_FAILED
        if items[WAKE].revents:
            return RELAY_WOKEN
        if items[CONTROL].revents & ZMQ_POLLIN:
            rc = relay_command(state)
            if rc != 0:
                return RELAY_TERMINATED if rc > 0 else RELAY_FAILED
        if not state.paused:
            for side in range(2):
                if relay_is_ready(&state.ways[side], items, side):
                    if relay_burst(state, &state.ways[side]) < 0:
                        return RELAY_FAILED
        if zmq_clock() >= end:
            return RELAY_BREATH


cdef int relay_wait(relay_state *state, zmq_pollitem_t *items) noexcept nogil:
    """Fill in what is there of the two ends, the control, the descriptor and the capture."""
    cdef zmq_pollitem_t wanted[5]
    cdef int places[5]
    cdef int count = 0, i, rc
    cdef long timeout
    memset(items, 0, 5 * sizeof(items[0]))
    timeout = relay_wishes(state, items)
    if timeout < 0 and state.breath < NEVER:  # a signal may have come while messages were passed on
        timeout = <long>(state.breath * 1000)
    items[0].socket = state.ways[0].source
    items[1].socket = state.ways[0].target
    items[CONTROL].socket = state.control
    items[CONTROL].events = ZMQ_POLLIN if state.control != NULL else 0
    items[WAKE].fd = state.wake
    items[WAKE].events = ZMQ_POLLIN if state.has_wake else 0
    items[CAPTURE].socket = state.capture
    for i in range(5):
        if items[i].events:
            wanted[count] = items[i]
            places[count] = i
            count += 1
    rc = zmq_poll_items(wanted, count, timeout)
    for i in range(count):
        items[places[i]].revents = wanted[i].revents
    return rc


cdef long relay_wishes(relay_state *state, zmq_pollitem_t *items) noexcept nogil:
    """Fill in the events that the two ways wait for; returns how long to wait for them."""
    cdef int side
    cdef long timeout = -1
    if state.paused:
        return timeout
    for side in range(2):
        if state.ways[side].source == NULL:
            continue
        if state.ways[side].obstacle == RELAY_CLEAR:
            items[side].events |= ZMQ_POLLIN
        elif state.ways[side].obstacle == RELAY_TARGET_FULL:
            items[1 - side].events |= ZMQ_POLLOUT
        elif state.ways[side].obstacle == RELAY_CAPTURE_FULL:
            items[CAPTURE].events |= ZMQ_POLLOUT
        else:
            timeout = 1
    return timeout


cdef inline bint relay_is_ready(relay_way *way, zmq_pollitem_t *items, int side) noexcept nogil:
    if way.source == NULL:
        return False
    if way.obstacle == RELAY_CLEAR:
        return items[side].revents & ZMQ_POLLIN
    if way.obstacle == RELAY_TARGET_FULL:
        return items[1 - side].revents & ZMQ_POLLOUT
    if way.obstacle == RELAY_CAPTURE_FULL:
        return items[CAPTURE].revents & ZMQ_POLLOUT
    return True


cdef int relay_burst(relay_state *state, relay_way *way) noexcept nogil:
    """What waits at one end, as far as there is room for it at the other; 0, or -1 on failure."""
    cdef int i
    cdef relay_obstacle before = way.obstacle
    way.obstacle = RELAY_CLEAR
    if way.count == 0 and not nudge(way.target, ZMQ_POLLOUT):
        way.obstacle = RELAY_TARGET_FULL
        return 0
    for i in range(RELAY_BURST):
        if way.count == 0:
            if relay_take(state, way) < 0:
                return 0 if last_error() == EAGAIN else -1
        if state.capture != NULL and not way.seen and relay_show(state, way) < 0:
            return -1
        if way.obstacle == RELAY_CLEAR and relay_give(way) < 0:
            return -1
        if way.obstacle != RELAY_CLEAR:
            if i == 0 and before != RELAY_CLEAR:
                way.obstacle = RELAY_RETRY
            return 0
    return 0


cdef inline int relay_take(relay_state *state, relay_way *way) noexcept nogil:
    """A whole message from the source; 0, or -1 (EAGAIN: there is none)."""
    cdef int rc = zmq_msg_recv(way.parts, way.source, ZMQ_DONTWAIT)
    if rc < 0:
        if last_error() != EINTR:
            return -1
        rc = relay_recv(way.parts, way.source, ZMQ_DONTWAIT)
        if rc < 0:
            return -1
    way.count = 1
    way.size = rc if rc < INT_MAX else zmq_msg_size(way.parts)
    if (zmq_msg_more(way.parts) or state.swap) and relay_take_rest(state, way) < 0:
        return -1
    way.messages_in += 1
    way.bytes_in += way.size
    way.seen = False
    return 0


cdef int relay_take_rest(relay_state *state, relay_way *way) noexcept nogil:
    cdef zmq_msg_t first
    while zmq_msg_more(&way.parts[way.count - 1]):
        if way.count == way.room and relay_grow(&way.parts, &way.room) < 0:
            relay_drop(way)
            return -1
        # libzmq delivers messages whole: the rest is there
        if relay_recv(&way.parts[way.count], way.source, 0) < 0:
            relay_drop(way)
            return -1
        way.size += zmq_msg_size(&way.parts[way.count])
        way.count += 1
    if state.swap and way.count > 1:
        zmq_msg_init(&first)
        zmq_msg_move(&first, &way.parts[0])
        zmq_msg_move(&way.parts[0], &way.parts[1])
        zmq_msg_move(&way.parts[1], &first)
    return 0


cdef int relay_show(relay_state *state, relay_way *way) noexcept nogil:
    """Send the capture socket a copy of what is held; 0, or -1 on failure."""
    cdef Py_ssize_t count = 0, i
    cdef int rc = SEND_OK
    while state.copies_room < way.count + 1:
        if relay_grow(&state.copies, &state.copies_room) < 0:
            return -1
    if way.has_prefix:
        if zmq_msg_copy(&state.copies[0], &way.prefix) < 0:
            return -1
        count = 1
    for i in range(way.count):
        if zmq_msg_copy(&state.copies[count], &way.parts[i]) < 0:
            return -1
        count += 1
    rc = relay_send(state.capture, state.capture_kind, state.copies, count)
    if rc == SEND_FAILED:           # the copies stay; the next ones are made over them
        if last_error() != EAGAIN:
            return -1
        way.obstacle = RELAY_CAPTURE_FULL
        return 0
    if rc == SEND_AGAIN:            # who looked on died in the middle of it
        for i in range(count):
            zmq_msg_close(&state.copies[i])
            zmq_msg_init(&state.copies[i])
    way.seen = True
    return 0


cdef inline int relay_give(relay_way *way) noexcept nogil:
    """Send what is held to the target; 0, or -1 on failure."""
    cdef int rc = relay_send(way.target, way.target_kind, way.parts, way.count)
    if rc == SEND_OK:
        way.count = 0
        way.messages_out += 1
        way.bytes_out += way.size
        return 0
    if rc == SEND_FAILED:
        if last_error() == EAGAIN and way.target_kind != ZMQ_ROUTER:
            way.obstacle = RELAY_TARGET_FULL
            return 0
        # a ROUTER that is told to report them: one peer that is gone or full stops no other
        if last_error() != EAGAIN and last_error() != EHOSTUNREACH:
            return -1
    relay_drop(way)                 # SEND_AGAIN: the peer died in the middle of it
    way.dropped += 1
    return 0


cdef inline int relay_send(
        void *handle, int kind, zmq_msg_t *parts, Py_ssize_t count) noexcept nogil:
    """Send a message without waiting: one of the SEND_ constants."""
    if count == 1 and zmq_msg_send(parts, handle, ZMQ_DONTWAIT) >= 0:
        return SEND_OK
    if count == 2 and kind == ZMQ_PUB:      # a prefix and its message; a PUB has always room
        if zmq_msg_send(parts, handle, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0:
            return SEND_OK if zmq_msg_send(&parts[1], handle, 0) >= 0 else SEND_FAILED
    return relay_send_parts(handle, kind, parts, count)


cdef int relay_send_parts(
        void *handle, int kind, zmq_msg_t *parts, Py_ssize_t count) noexcept nogil:
    cdef int rc
    cdef bint looked = False
    while True:
        rc = send_parts_nogil(handle, kind, parts, count, 0, ZMQ_DONTWAIT)
        if rc != SEND_FAILED:
            return rc
        if last_error() == EINTR:
            continue
        if last_error() != EAGAIN or looked:
            return rc
        looked = True
        if not nudge(handle, ZMQ_POLLOUT):
            set_error(EAGAIN)
            return rc


cdef void relay_drop(relay_way *way) noexcept nogil:
    """Let go of what is held; errno stays."""
    cdef int number = last_error()
    cdef Py_ssize_t i
    for i in range(way.count):
        zmq_msg_close(&way.parts[i])
        zmq_msg_init(&way.parts[i])
    way.count = 0
    set_error(number)


cdef void relay_free(relay_state *state) noexcept nogil:
    cdef int side
    cdef Py_ssize_t i
    for side in range(2):
        for i in range(state.ways[side].room):
            zmq_msg_close(&state.ways[side].parts[i])
        free(state.ways[side].parts)
        if state.ways[side].has_prefix:
            zmq_msg_close(&state.ways[side].prefix)
    for i in range(state.copies_room):
        zmq_msg_close(&state.copies[i])
    free(state.copies)


cdef int relay_grow(zmq_msg_t **parts, Py_ssize_t *room) noexcept nogil:
    """Room for more parts: 0, or -1 with ENOMEM."""
    cdef Py_ssize_t i
    cdef Py_ssize_t wanted = 2 * room[0] if room[0] else PARTS_ON_STACK
    cdef zmq_msg_t *grown = <zmq_msg_t *>realloc(parts[0], wanted * sizeof(zmq_msg_t))
    if grown == NULL:
        set_error(ENOMEM)
        return -1
    for i in range(room[0], wanted):
        zmq_msg_init(&grown[i])
    parts[0] = grown
    room[0] = wanted
    return 0


cdef int relay_command(relay_state *state) noexcept nogil:
    """Obey the control socket: 1 to end, 0 to go on, -1 on failure."""
    cdef zmq_msg_t part, rest
    cdef int result = 0, more
    cdef bint statistics = False
    zmq_msg_init(&part)
    if relay_recv(&part, state.control, ZMQ_DONTWAIT) < 0:
        zmq_msg_close(&part)
        return 0 if last_error() == EAGAIN else -1
    more = zmq_msg_more(&part)
    while more:                     # a command has one part; what follows is not for us
        zmq_msg_init(&rest)
        if relay_recv(&rest, state.control, 0) < 0:
            zmq_msg_close(&rest)
            zmq_msg_close(&part)
            return -1
        more = zmq_msg_more(&rest)
        zmq_msg_close(&rest)
    if says(&part, "PAUSE", 5):
        state.paused = True
    elif says(&part, "RESUME", 6):
        state.paused = False
    elif says(&part, "TERMINATE", 9):
        result = 1
    elif says(&part, "STATISTICS", 10):
        statistics = state.control_kind == ZMQ_REP or state.control_kind == ZMQ_PAIR
    zmq_msg_close(&part)
    if statistics:
        relay_statistics(state)
    elif state.control_kind == ZMQ_REP:
        zmq_send(state.control, "", 0, ZMQ_DONTWAIT)
    return result


cdef void relay_counts(relay_state *state, uint64_t *counts) noexcept nogil:
    """Of the frontend, then of the backend: messages and bytes received, messages and bytes sent."""
    cdef int side
    for side in range(2):
        counts[4 * side] = state.ways[side].messages_in
        counts[4 * side + 1] = state.ways[side].bytes_in
        counts[4 * side + 2] = state.ways[1 - side].messages_out
        counts[4 * side + 3] = state.ways[1 - side].bytes_out


cdef void relay_statistics(relay_state *state) noexcept nogil:
    """Answer on the control socket; whoever asked and does not read gets no answer."""
    cdef uint64_t counts[8]
    cdef zmq_msg_t parts[8]
    cdef int i
    relay_counts(state, counts)
    for i in range(8):
        if zmq_msg_init_size(&parts[i], sizeof(uint64_t)) < 0:
            zmq_msg_init(&parts[i])
        else:
            memcpy(zmq_msg_data(&parts[i]), &counts[i], sizeof(uint64_t))
    if relay_send(state.control, state.control_kind, parts, 8) != SEND_OK:
        for i in range(8):
            zmq_msg_close(&parts[i])


cdef inline bint says(zmq_msg_t *part, const char *text, size_t size) noexcept nogil:
    return zmq_msg_size(part) == size and memcmp(zmq_msg_data(part), text, size) == 0


cdef inline int relay_recv(zmq_msg_t *part, void *handle, int flags) noexcept nogil:
    cdef int rc
    while True:
        rc = zmq_msg_recv(part, handle, flags)
        if rc >= 0 or last_error() != EINTR:
            return rc

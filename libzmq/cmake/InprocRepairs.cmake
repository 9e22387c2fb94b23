# _zmq_repair_inproc(<target> <source folder>): repairs libzmq's connections within the process whose address nobody has
# bound yet ("pending").  One repair in five files; Repairs.cmake has what writes them.
#
# A pending connection is a pair of pipes. Both ends belong to the thread of the socket that connected, until somebody
# binds the address: his thread takes the second end. zmq_ctx_term() binds what is left to sockets that it closes at once.
# What went wrong, and what is done about it:
#
# - The connecting socket ends its pipe (close, disconnect): the command for the other end went to its own mailbox, and
#   was carried out there after another thread had taken that end. Two threads changed one pipe: freed twice (SIGSEGV
#   in process_pipe_term_ack), "_state == active || _state == waiting_for_delimiter (pipe.cpp)", or a socket that never
#   ends. Now the end that is nobody's is told at once, under the lock under which it is taken (pipe.cpp: terminate);
#   who sees that it was taken sees also the mailbox of its new thread (object.cpp).
# - The binder wrote its routing id after it had let the pipe go, asking a socket that may be freed whether it is open,
#   and asserted "written (pipe.cpp)" when it had disconnected. It now asks the pipe, and writes before.
# - CONFLATE: the pipe keeps one message, so that the first message, or the end of the pipe, takes the place of the
#   routing id that the binder drops: "ok (ctx.cpp)", or the message was lost. Now only a routing id is dropped. Each
#   message also woke the other end, by a command as above: an end that is nobody's needs none. And a message, or the
#   end, that came while the reader looked was dropped for good (dbuffer.hpp), the last one too: it waits for the reader.
# - zmq_ctx_term() read the list of these connections without its lock, and once: who connected just afterwards, while
#   another thread ended the context, was never bound, and the context never ended. Whoever does now asks for another look.
# - It asserts that the context has a place for each socket that it makes. One place is kept for them, because all others
#   may belong to sockets that wait for just that; where it is taken, too, the reaper gives places back when it gets the
#   lock. An address needs one such socket, however many have connected to it.
#
# Of other connections, too: SNDHWM and RCVHWM, and the draft API's statistics, send a command to the other end of each
# pipe, which may be gone when it has ended from there: a crash in process_command. They tell those that are in use.
include_guard(GLOBAL)

function(_zmq_repair_inproc target source)
  _zmq_replace("${source}" ctx.hpp
    "    void connect_pending (const char *addr_, zmq::socket_base_t *bind_socket_);\n"
    "    void connect_pending (const char *addr_, zmq::socket_base_t *bind_socket_);
    mutex_t &endpoints_sync () { return _endpoints_sync; }\n"
    "    bool start ();\n"
    "    bool start ();\n    void connect_to_nobody ();\n")
  _zmq_replace("${source}" ctx.cpp
    "#include <sstream>\n"
    "#include <algorithm>\n#include <sstream>\n"
    "    const int slot_count = mazmq + ios + term_and_reaper_threads_count;\n"
    "    const int slot_count = mazmq + ios + term_and_reaper_threads_count + 1;\n"
    "    for (int32_t i = static_cast<int32_t> (_slots.size ()) - 1;\n"
    "    for (int32_t i = static_cast<int32_t> (_slots.size ()) - 2;\n"
    # the end of a context
    "int zmq::ctx_t::terminate ()\n{\n    _slot_sync.lock ();\n"
    "//  Called with _slot_sync: a socket that is closed at once for each address
//  that sockets have connected to and nobody has bound.
void zmq::ctx_t::connect_to_nobody ()
{
    for (int i = 0; i < 5000; i++) {
        _endpoints_sync.lock ();
        if (_pending_connections.empty ()) {
            _endpoints_sync.unlock ();
            return;
        }
        const std::string address = _pending_connections.begin ()->first;
        const bool terminating = _terminating;
        _terminating = false;
        socket_base_t *s = create_socket (ZMQ_PAIR);
        const uint32_t kept = static_cast<uint32_t> (_slots.size ()) - 1;
        if (!s && errno == EMFILE && _slots[kept] == NULL
            && std::find (_empty_slots.begin (), _empty_slots.end (), kept)
                 == _empty_slots.end ()) {
            _empty_slots.push_back (kept);
            s = create_socket (ZMQ_PAIR);
        }
        _terminating = terminating;
        _endpoints_sync.unlock ();
        const bool bound = s && s->bind (address.c_str ()) == 0;
        if (s)
            s->close ();
        if (bound) {
            i = -1;
            continue;
        }
        //  No place, or another thread is about to bind it: wait for them.
        _slot_sync.unlock ();
        zmq_poll (NULL, 0, 1);
        _slot_sync.lock ();
    }
}

int zmq::ctx_t::terminate ()\n{\n    _slot_sync.lock ();\n"
    "    const bool save_terminating = _terminating;
    _terminating = false;

    // Connect up any pending inproc connections, otherwise we will hang
    pending_connections_t copy = _pending_connections;
    for (pending_connections_t::iterator p = copy.begin (), end = copy.end ();
         p != end; ++p) {
        zmq::socket_base_t *s = create_socket (ZMQ_PAIR);
        // create_socket might fail eg: out of memory/sockets limit reached
        zmq_assert (s);
        s->bind (p->first.c_str ());
        s->close ();
    }
    _terminating = save_terminating;\n"
    ""
    "        const int rc = _term_mailbox.recv (&cmd, -1);
        if (rc == -1 && errno == EINTR)
            return -1;
        errno_assert (rc == 0);
        zmq_assert (cmd.type == command_t::done);\n"
    "        while (true) {
            const int rc = _term_mailbox.recv (&cmd, -1);
            if (rc == -1 && errno == EINTR)
                return -1;
            errno_assert (rc == 0);
            if (cmd.type == command_t::done)
                break;
            //  A socket has connected to nobody meanwhile.
            scoped_lock_t locker (_slot_sync);
            connect_to_nobody ();
        }\n"
    "        _terminating = true;

        //  First attempt to terminate the context.\n"
    "        _endpoints_sync.lock ();
        _terminating = true;
        _endpoints_sync.unlock ();

        //  First attempt to terminate the context.\n"
    "            if (_sockets.empty ())
                _reaper->stop ();
        }
        _slot_sync.unlock ();\n"
    "            if (_sockets.empty ())
                _reaper->stop ();
        }
        //  Who connects from here on, until it hears of it, asks for another look.
        connect_to_nobody ();
        _slot_sync.unlock ();\n"
    "    if (!_terminating) {
        _terminating = true;\n"
    "    if (!_terminating) {
        _endpoints_sync.lock ();
        _terminating = true;
        _endpoints_sync.unlock ();\n"
    "        _pending_connections.ZMQ_MAP_INSERT_OR_EMPLACE (addr_,
                                                        pending_connection);\n"
    "        _pending_connections.ZMQ_MAP_INSERT_OR_EMPLACE (addr_,
                                                        pending_connection);
        if (_terminating) {
            //  Termination may have looked before.
            command_t cmd;
            cmd.destination = NULL;
            cmd.type = command_t::stop;
            send_command (term_tid, cmd);
        }\n"
    # a connection gets its peer
    "    pending_connection_.bind_pipe->set_tid (bind_socket_->get_tid ());

    if (!bind_options_.recv_routing_id) {
        msg_t msg;
        const bool ok = pending_connection_.bind_pipe->read (&msg);
        zmq_assert (ok);
        const int rc = msg.close ();
        errno_assert (rc == 0);
    }\n"
    "    //  Under the lock with which a pipe ends. A conflating pipe that has ended
    //  has nothing but the delimiter, which comes after the pipe has its owner.
    const bool open = pending_connection_.bind_pipe->check_write ();
    if (!bind_options_.recv_routing_id
        && (open
            || !get_effective_conflate_option (
              pending_connection_.endpoint.options))) {
        msg_t msg;
        const bool ok = pending_connection_.bind_pipe->read (&msg);
        zmq_assert (ok);
        if (msg.is_routing_id ()) {
            const int rc = msg.close ();
            errno_assert (rc == 0);
        } else {
            const bool written = pending_connection_.connect_pipe->write (&msg);
            zmq_assert (written);
        }
    }
    pending_connection_.bind_pipe->set_tid (bind_socket_->get_tid ());\n"
    "    if (side_ == bind_side) {
        command_t cmd;
        cmd.type = command_t::bind;\n"
    "    if (open && pending_connection_.endpoint.options.recv_routing_id)
        send_routing_id (pending_connection_.bind_pipe, bind_options_);

#ifdef ZMQ_BUILD_DRAFT_API
    //  If set, send the hello msg of the bind socket to the pending connection.
    if (open && bind_options_.can_send_hello_msg
        && bind_options_.hello_msg.size () > 0)
        send_hello_msg (pending_connection_.bind_pipe, bind_options_);
#endif

    if (side_ == bind_side) {
        command_t cmd;
        cmd.type = command_t::bind;\n"
    "    // When a ctx is terminated all pending inproc connection will be
    // connected, but the socket will already be closed and the pipe will be
    // in waiting_for_delimiter state, which means no more writes can be done
    // and the routing id write fails and causes an assert. Check if the socket
    // is open before sending.
    if (pending_connection_.endpoint.options.recv_routing_id
        && pending_connection_.endpoint.socket->check_tag ()) {
        send_routing_id (pending_connection_.bind_pipe, bind_options_);
    }

#ifdef ZMQ_BUILD_DRAFT_API
    //  If set, send the hello msg of the bind socket to the pending connection.
    if (bind_options_.can_send_hello_msg
        && bind_options_.hello_msg.size () > 0) {
        send_hello_msg (pending_connection_.bind_pipe, bind_options_);
    }
#endif\n"
    "")
  _zmq_replace("${source}" object.cpp
    "    return _tid;\n"
    "#ifdef __GNUC__
    return __atomic_load_n (&_tid, __ATOMIC_ACQUIRE);
#else
    return _tid;
#endif\n"
    "    _tid = id_;\n"
    "#ifdef __GNUC__
    __atomic_store_n (&_tid, id_, __ATOMIC_RELEASE);
#else
    _tid = id_;
#endif\n")
  _zmq_replace("${source}" pipe.cpp
    "#include \"macros.hpp\"\n"
    "#include \"macros.hpp\"\n#include \"ctx.hpp\"\n#include \"dbuffer.hpp\"\n"
    "    const bool is_routing_id = msg_->is_routing_id ();\n"
    "    const bool is_routing_id = msg_->is_routing_id ();
    //  Who binds may be looking at the only message of a conflating pipe.
    scoped_optional_lock_t locker (_conflate && _peer->get_tid () == get_tid ()
                                     ? &get_ctx ()->endpoints_sync ()
                                     : NULL);\n"
    "    if (_out_pipe && !_out_pipe->flush ())
        send_activate_read (_peer);\n"
    "    if (_out_pipe && !_out_pipe->flush ()) {
        if (_conflate && _peer->get_tid () == get_tid ()) {
            //  A pipe that is nobody's yet is looked into when it gets an owner.
            scoped_lock_t locker (get_ctx ()->endpoints_sync ());
            if (_peer->get_tid () == get_tid () && !_peer->_sink)
                return;
        }
        send_activate_read (_peer);
    }\n"
    "    if (_state == active) {
        send_pipe_term (_peer);
        _state = term_req_sent1;
    }\n"
    "    mutex_t *pending = NULL;
    if (_state == active) {
        //  A pipe that is nobody's yet would get the command when it has an
        //  owner, which is another thread.
        if (_peer->get_tid () == get_tid ()) {
            pending = &get_ctx ()->endpoints_sync ();
            pending->lock ();
            if (_peer->get_tid () != get_tid () || _peer->_sink) {
                pending->unlock ();
                pending = NULL;
            }
        }
        if (pending)
            _peer->process_pipe_term ();
        else
            send_pipe_term (_peer);
        _state = term_req_sent1;
    }\n"
    "    send_pipe_hwm (_peer, inhwm_, outhwm_);\n"
    "    //  In other states the peer may not exist anymore.
    if (_state == active)
        send_pipe_hwm (_peer, inhwm_, outhwm_);\n"
    "    endpoint_uri_pair_t *ep =
      new (std::nothrow) endpoint_uri_pair_t (_endpoint_pair);\n"
    "    if (_state != active)
        return;
    endpoint_uri_pair_t *ep =
      new (std::nothrow) endpoint_uri_pair_t (_endpoint_pair);\n"
    "        _out_pipe->write (msg, false);
        flush ();
    }
}

bool zmq::pipe_t::is_delimiter"
    "        _out_pipe->write (msg, false);
        flush ();
    }
    if (pending)
        pending->unlock ();
}

bool zmq::pipe_t::is_delimiter")
  _zmq_replace("${source}" dbuffer.hpp
    "        if (_sync.try_lock ()) {\n"
    "        {\n            _sync.lock ();\n")
  _zmq_use(${target} "${source}" ctx.hpp ctx.cpp object.cpp pipe.cpp dbuffer.hpp)
endfunction()

# The pinned sources: the only place that names a version, a URL or a hash.
# Several URLs may serve one archive; the hash decides what is accepted.  A mirror can be named on the
# command line (-DZMQ_LIBZMQ_URLS=…), together with its hash when it serves another version.

zmq_setting(ZMQ_LIBZMQ_URLS
  "https://github.com/zeromq/libzmq/releases/download/v4.3.5/zeromq-4.3.5.tar.gz"
  "where the libzmq release is downloaded from, in this order")
zmq_setting(ZMQ_LIBZMQ_SHA256
  6653ef5910f17954861fe72332e68b03ca6e4d9c7160eb3a8de5a5a913bfab43
  "SHA256 of that archive")
zmq_setting(ZMQ_LIBSODIUM_URLS
  "https://download.libsodium.org/libsodium/releases/libsodium-1.0.22.tar.gz;https://github.com/jedisct1/libsodium/releases/download/1.0.22-RELEASE/libsodium-1.0.22.tar.gz"
  "where the libsodium release is downloaded from, in this order")
zmq_setting(ZMQ_LIBSODIUM_SHA256
  adbdd8f16149e81ac6078a03aca6fc03b592b89ef7b5ed83841c086191be3349
  "SHA256 of that archive")

# names of the source packages in Debian and its derivatives
set(ZMQ_LIBZMQ_APT zeromq3)
set(ZMQ_LIBSODIUM_APT libsodium)

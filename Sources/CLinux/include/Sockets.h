// Internet sockets, one by one and in bulk, and threads for servers.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Calls of this header return a value >= 0, or -errno.

/// Binds `fd` to an address of 4 or 16 bytes and returns the port that it got (port 0: the kernel chooses).
int cw_bind_address(int fd, const uint8_t *address, size_t count, uint16_t port);

/// connect(2) to an address of 4 or 16 bytes. `zone` is the name of a device for link-local addresses, or NULL; it is
/// looked up in the calling thread's network namespace. -EINPROGRESS: wait until the socket can be written.
int cw_connect_address(int fd, const uint8_t *address, size_t count, uint16_t port, const char *zone);

/// accept4(2): the new socket is close-on-exec and does not block.
int cw_accept(int fd);

/// send(2) and recv(2) that neither block nor raise SIGPIPE.
int cw_socket_send(int fd, const uint8_t *bytes, size_t count);
int cw_socket_receive(int fd, uint8_t *bytes, size_t count);

/// SO_ERROR: what became of a connection, or 0.
int cw_socket_error(int fd);

/// Attaches a filter that drops whatever arrives (SO_ATTACH_FILTER), or takes it off again.
int cw_set_deaf(int fd, int deaf);

/// Lets a rtnetlink socket hear, of what its groups tell, only that a device was made, changed or went (not what
/// AF_BRIDGE and AF_INET6 say of the same), that an address or a route went, and that a family's forwarding was switched
/// (SO_ATTACH_FILTER).
int cw_keep_device_changes(int fd);

/// Sets an int option of a socket.
int cw_set_option(int fd, int level, int name, int value);

/// Lets an IPv6 datagram socket say at which of the host's addresses something arrived (IPV6_RECVPKTINFO).
int cw_want_packet_information(int fd);

/// From whom a datagram came and at which of the host's addresses it arrived: both addresses as two halves in the
/// machine's byte order.
struct cw_datagram_origin {
    uint64_t peer_high, peer_low, local_high, local_low;
    uint32_t peer_scope, interface;
    uint16_t peer_port;
};

/// recvmsg(2) on a non-blocking IPv6 socket: the datagram's length.
int cw_receive_datagram(int fd, void *bytes, size_t count, struct cw_datagram_origin *origin);

/// sendmsg(2): answers to the peer from the address at which it spoke.
int cw_answer_datagram(int fd, const void *bytes, size_t count, const struct cw_datagram_origin *origin);

/// eventfd(2), close-on-exec, not blocking; and adding one to it; and taking all from it.
int cw_event_make(void);
int cw_event_raise(int fd);
int cw_event_clear(int fd);

/// Starts a detached thread with all signals blocked. `name` has at most 15 bytes.
int cw_thread_start(const char *name, void (*body)(void *), void *context);

/// Room for `count` datagrams of at most `size` bytes from IPv4 peers: recvmmsg(2), answered in place, sendmmsg(2).
struct cw_datagrams;

/// Makes one, or returns NULL where memory is short.
struct cw_datagrams *cw_datagrams_make(unsigned int count, unsigned int size);
void cw_datagrams_free(struct cw_datagrams *batch);

/// Takes what waits at `fd` into the batch, without blocking. Returns how many; -EAGAIN where nothing waits.
int cw_datagrams_receive(struct cw_datagrams *batch, int fd);

/// The bytes of one datagram (room for `size`), how many came, and who sent it: address << 16 | port, in the
/// machine's byte order.
uint8_t *cw_datagram_bytes(struct cw_datagrams *batch, unsigned int index);
unsigned int cw_datagram_count(const struct cw_datagrams *batch, unsigned int index);
uint64_t cw_datagram_peer(const struct cw_datagrams *batch, unsigned int index);

/// Puts the first `count` bytes of datagram `index` in line as an answer to its sender.
void cw_datagram_answer(struct cw_datagrams *batch, unsigned int index, unsigned int count);

/// Sends the answers in line and empties the line. What a full socket does not take is dropped, as networks do.
int cw_datagrams_send(struct cw_datagrams *batch, int fd);

/// Sends one datagram to an IPv4 peer in the shape of `cw_datagram_peer`.
int cw_send_datagram(int fd, uint64_t peer, const uint8_t *bytes, size_t count);

// What the userland proxy and the holders of ports need of sockets. Calls return a value >= 0, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// bind(2) to 4 or 16 bytes of an address in network order, and a port.
int cw_bind(int fd, const uint8_t *address, size_t length, uint16_t port);

/// connect(2), likewise. -EINPROGRESS where the socket does not block.
int cw_connect(int fd, const uint8_t *address, size_t length, uint16_t port);

/// getsockname(2): the port that a socket is bound to.
int cw_bound_port(int fd);

/// SO_ERROR: what became of a connection, or 0.
int cw_socket_error(int fd);

/// Attaches a filter that drops whatever arrives (SO_ATTACH_FILTER), or takes it off again.
int cw_set_deaf(int fd, int deaf);

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

/// epoll_wait(2) with a time limit in milliseconds, -1 for none. As `cw_epoll_wait` otherwise.
int cw_epoll_wait_for(int epoll, int *fds, uint32_t *events, int count, int milliseconds);

/// Raises the soft limit of open descriptors to the hard one and returns it. Children of `cw_spawn` get the former
/// soft limit: programs that close or select(2) over every possible descriptor suffer from large ones.
int cw_raise_descriptor_limit(void);

/// The soft limit of open descriptors.
int cw_descriptor_limit(void);

/// Sets the limit of before `cw_raise_descriptor_limit`, for a child. Async-signal-safe.
void cw_restore_descriptor_limit(void);

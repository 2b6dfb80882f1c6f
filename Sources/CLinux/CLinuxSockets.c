#define _GNU_SOURCE 1
#include "CLinuxSockets.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }


/// Fills in an address; its length, or 0 for a length that no family has.
static socklen_t fill(struct sockaddr_storage *storage, const uint8_t *address, size_t length, uint16_t port) {
    memset(storage, 0, sizeof *storage);
    if (length == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)storage;
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, address, 4);
        return sizeof *in;
    }
    if (length == 16) {
        struct sockaddr_in6 *in = (struct sockaddr_in6 *)storage;
        in->sin6_family = AF_INET6;
        in->sin6_port = htons(port);
        memcpy(&in->sin6_addr, address, 16);
        return sizeof *in;
    }
    return 0;
}

int cw_bind(int fd, const uint8_t *address, size_t length, uint16_t port) {
    struct sockaddr_storage storage;
    socklen_t size = fill(&storage, address, length, port);
    return size == 0 ? -EINVAL : result(bind(fd, (struct sockaddr *)&storage, size));
}

int cw_connect(int fd, const uint8_t *address, size_t length, uint16_t port) {
    struct sockaddr_storage storage;
    socklen_t size = fill(&storage, address, length, port);
    return size == 0 ? -EINVAL : result(connect(fd, (struct sockaddr *)&storage, size));
}

int cw_bound_port(int fd) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &size) < 0) return -errno;
    // The port is at the same place in both families.
    return ntohs(((struct sockaddr_in *)&storage)->sin_port);
}

int cw_socket_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return -errno;
    return -error;
}

int cw_set_deaf(int fd, int deaf) {
    if (!deaf) {
        int unused = 0;
        int outcome = result(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused));
        return outcome == -ENOENT ? 0 : outcome;
    }
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &nothing};
    return result(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

int cw_set_option(int fd, int level, int name, int value) {
    return result(setsockopt(fd, level, name, &value, sizeof value));
}

int cw_want_packet_information(int fd) { return cw_set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1); }

static void split(const struct in6_addr *address, uint64_t *high, uint64_t *low) {
    memcpy(high, address, 8);
    memcpy(low, (const char *)address + 8, 8);
    *high = be64toh(*high);
    *low = be64toh(*low);
}

static void join(struct in6_addr *address, uint64_t high, uint64_t low) {
    high = htobe64(high);
    low = htobe64(low);
    memcpy(address, &high, 8);
    memcpy((char *)address + 8, &low, 8);
}

int cw_receive_datagram(int fd, void *bytes, size_t count, struct cw_datagram_origin *origin) {
    struct sockaddr_in6 peer = {0};
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    union {
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {
        .msg_name = &peer,
        .msg_namelen = sizeof peer,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0) return -errno;
    memset(origin, 0, sizeof *origin);
    split(&peer.sin6_addr, &origin->peer_high, &origin->peer_low);
    origin->peer_port = ntohs(peer.sin6_port);
    origin->peer_scope = peer.sin6_scope_id;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != IPPROTO_IPV6 || header->cmsg_type != IPV6_PKTINFO) continue;
        struct in6_pktinfo information;
        memcpy(&information, CMSG_DATA(header), sizeof information);
        split(&information.ipi6_addr, &origin->local_high, &origin->local_low);
        origin->interface = information.ipi6_ifindex;
    }
    return (int)length;
}

int cw_answer_datagram(int fd, const void *bytes, size_t count, const struct cw_datagram_origin *origin) {
    struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(origin->peer_port)};
    join(&peer.sin6_addr, origin->peer_high, origin->peer_low);
    peer.sin6_scope_id = origin->peer_scope;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {
        .msg_name = &peer,
        .msg_namelen = sizeof peer,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
    struct in6_pktinfo information = {0};
    join(&information.ipi6_addr, origin->local_high, origin->local_low);
    // A link-local answer needs its link; any other is routed.
    information.ipi6_ifindex = origin->peer_scope != 0 ? origin->interface : 0;
    memcpy(CMSG_DATA(header), &information, sizeof information);
    return result(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

int cw_epoll_wait_for(int epoll, int *fds, uint32_t *events, int count, int milliseconds) {
    struct epoll_event ready[64];
    int number = epoll_wait(epoll, ready, count < 64 ? count : 64, milliseconds);
    if (number < 0) return -errno;
    for (int i = 0; i < number; i++) {
        fds[i] = ready[i].data.fd;
        events[i] = ready[i].events;
    }
    return number;
}


static struct rlimit former_limit;
static int limit_was_raised;

int cw_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) < 0) return -errno;
        former_limit = limit;
        limit_was_raised = 1;
    }
    return cw_descriptor_limit();
}

int cw_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > 0x7FFFFFFF ? 0x7FFFFFFF : (int)limit.rlim_cur;
}

void cw_restore_descriptor_limit(void) {
    if (limit_was_raised) setrlimit(RLIMIT_NOFILE, &former_limit);
}

#include "Packets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

int cw_send_frame(int fd, int index, const uint8_t *frame, size_t length) {
    struct sockaddr_ll target = {.sll_family = AF_PACKET, .sll_ifindex = index, .sll_halen = 6};
    ssize_t sent = sendto(fd, frame, length, 0, (struct sockaddr *)&target, sizeof target);
    return sent < 0 ? -errno : 0;
}

int cw_tap_open(int fd, int index) {
    int on = 1;
    int room = 8 << 20;
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) return -errno;
    // More room is a help against bursts, not a need.
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    struct sockaddr_ll device = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
    return bind(fd, (struct sockaddr *)&device, sizeof device) < 0 ? -errno : 0;
}

int cw_tap_receive(int fd, uint8_t *bytes, size_t count, struct cw_frame_origin *origin) {
    struct sockaddr_ll source = {0};
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    union {
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {
        .msg_name = &source,
        .msg_namelen = sizeof source,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0) return -errno;
    *origin = (struct cw_frame_origin){
        .length = (uint32_t)length, .kind = source.sll_pkttype, .index = source.sll_ifindex};
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(header), sizeof time);
        origin->time = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
    return (int)((size_t)length < count ? (size_t)length : count);
}

int cw_tap_lost(int fd) {
    struct tpacket_stats statistics = {0};
    socklen_t size = sizeof statistics;
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) < 0) return -errno;
    return (int)statistics.tp_drops;
}

int cw_wait_readable(int fd, int milliseconds) {
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    int count = poll(&wanted, 1, milliseconds);
    return count < 0 ? -errno : count;
}

#define _GNU_SOURCE
#include "CLinuxPackets.h"

#include <errno.h>
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

int cw_tap_prepare(int fd) {
    int on = 1, room = 4 << 20;
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return 0;
}

int cw_tap_receive(int fd, uint8_t *bytes, size_t length, struct cw_tap_origin *origin) {
    struct sockaddr_ll source = {0};
    struct iovec part = {bytes, length};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct msghdr message = {
        .msg_name = &source, .msg_namelen = sizeof source, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(fd, &message, MSG_DONTWAIT);
    if (count < 0) return -errno;
    origin->index = source.sll_ifindex;
    origin->kind = source.sll_pkttype;
    origin->nanoseconds = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(part), sizeof time);
        origin->nanoseconds = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
    return (int)count;
}

int cw_tap_wait(int fd, int milliseconds) {
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    int count = poll(&wanted, 1, milliseconds);
    return count < 0 ? -errno : count;
}

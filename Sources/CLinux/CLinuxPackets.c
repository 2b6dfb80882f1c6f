#include "CLinuxPackets.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

int cw_send_frame(int fd, int index, const uint8_t *frame, size_t length) {
    struct sockaddr_ll target = {.sll_family = AF_PACKET, .sll_ifindex = index, .sll_halen = 6};
    ssize_t sent = sendto(fd, frame, length, 0, (struct sockaddr *)&target, sizeof target);
    return sent < 0 ? -errno : 0;
}

// Whole Ethernet frames. Calls return a value >= 0, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// sendto(2) on a packet(7) socket: a frame with its header, out of the device of that number.
int cw_send_frame(int fd, int index, const uint8_t *frame, size_t length);

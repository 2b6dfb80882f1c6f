// Whole Ethernet frames. Calls return a value >= 0, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// sendto(2) on a packet(7) socket: a frame with its header, out of the device of that number.
int cw_send_frame(int fd, int index, const uint8_t *frame, size_t length);

/// Where a frame was seen.
struct cw_tap_origin {
    /// The device's index.
    int index;
    /// PACKET_*: 4 is a frame on its way out.
    int kind;
    /// The kernel's time stamp since 1970.
    int64_t nanoseconds;
};

/// Has a packet(7) socket stamp its frames, with room for many.
int cw_tap_prepare(int fd);

/// Reads one frame without waiting; its length, or -EAGAIN.
int cw_tap_receive(int fd, uint8_t *bytes, size_t length, struct cw_tap_origin *origin);

/// poll(2) for reading: 1 where there is something to be read, 0 where the time is up.
int cw_tap_wait(int fd, int milliseconds);

// Whole Ethernet frames. Calls return a value >= 0, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// sendto(2) on a packet(7) socket: a frame with its header, out of the device of that number.
int cw_send_frame(int fd, int index, const uint8_t *frame, size_t length);

/// Whose a received frame was, and when it passed.
struct cw_frame_origin {
    /// When the kernel saw it, in nanoseconds since 1970.
    int64_t time;
    /// The device's number.
    int index;
    /// Its whole length; more than what was copied where that was cut off.
    uint32_t length;
    /// PACKET_* of <linux/if_packet.h>: 0 to this host, 1 broadcast, 2 multicast, 3 others', 4 outgoing.
    uint32_t kind;
};

/// Binds a packet(7) socket that was opened with protocol 0 to one device, or to all (0), for every protocol, and asks
/// for the kernel's timestamps (SO_TIMESTAMPNS). From here on it receives.
int cw_tap_open(int fd, int index);

/// Takes one frame without waiting; returns how many bytes were copied.
int cw_tap_receive(int fd, uint8_t *bytes, size_t count, struct cw_frame_origin *origin);

/// Frames that a packet socket had no room for since the last call (PACKET_STATISTICS).
int cw_tap_lost(int fd);

/// poll(2) for reading: 1 where there is something to be read, 0 where the time is up.
int cw_wait_readable(int fd, int milliseconds);

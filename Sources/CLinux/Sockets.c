#define _GNU_SOURCE 1
#include "Sockets.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

// MARK: addresses

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/// Fills `address` and returns its length, or 0 where `count` is neither 4 nor 16.
static socklen_t fill(union address *address, const uint8_t *bytes, size_t count, uint16_t port, const char *zone) {
    memset(address, 0, sizeof *address);
    if (count == 4) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        memcpy(&address->v4.sin_addr, bytes, 4);
        return sizeof address->v4;
    }
    if (count != 16) return 0;
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    memcpy(&address->v6.sin6_addr, bytes, 16);
    if (zone != NULL) address->v6.sin6_scope_id = if_nametoindex(zone);
    return sizeof address->v6;
}

int cw_bind_address(int fd, const uint8_t *bytes, size_t count, uint16_t port) {
    union address address;
    socklen_t length = fill(&address, bytes, count, port, NULL);
    if (length == 0) return -EINVAL;
    if (bind(fd, &address.any, length) < 0) return -errno;
    if (getsockname(fd, &address.any, &length) < 0) return -errno;
    return ntohs(count == 4 ? address.v4.sin_port : address.v6.sin6_port);
}

int cw_connect_address(int fd, const uint8_t *bytes, size_t count, uint16_t port, const char *zone) {
    union address address;
    socklen_t length = fill(&address, bytes, count, port, zone);
    if (length == 0) return -EINVAL;
    return result(connect(fd, &address.any, length));
}

int cw_accept(int fd) { return result(accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)); }

int cw_socket_send(int fd, const uint8_t *bytes, size_t count) {
    return result(send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

int cw_socket_receive(int fd, uint8_t *bytes, size_t count) { return result(recv(fd, bytes, count, MSG_DONTWAIT)); }

// MARK: options

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

int cw_keep_device_changes(int fd) {
    // What RouteNews of RouteNetlink reads. struct nlmsghdr has its type at 4, in the machine's order; struct ifinfomsg
    // begins with the family, at 16. struct netconfmsg of one byte is followed by NETCONFA_IFINDEX, whose value is at 24:
    // -1 is a whole family.
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htobe16(htole16(RTM_DELADDR)), 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htobe16(htole16(RTM_DELROUTE)), 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htobe16(htole16(RTM_NEWLINK)), 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htobe16(htole16(RTM_DELLINK)), 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htobe16(htole16(RTM_NEWNETCONF)), 4, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 16),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNSPEC, 0, 3),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
    return result(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

int cw_set_option(int fd, int level, int name, int value) {
    return result(setsockopt(fd, level, name, &value, sizeof value));
}

int cw_want_packet_information(int fd) { return cw_set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1); }

// MARK: datagrams of an IPv6 socket, with the host's address

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

union packet_information {
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct cmsghdr aligned;
};

/// A datagram of one part, with a peer and the host's address.
static struct msghdr message_of(struct iovec *part, struct sockaddr_in6 *peer, union packet_information *control) {
    return (struct msghdr){
        .msg_name = peer,
        .msg_namelen = sizeof *peer,
        .msg_iov = part,
        .msg_iovlen = 1,
        .msg_control = control->bytes,
        .msg_controllen = sizeof control->bytes,
    };
}

int cw_receive_datagram(int fd, void *bytes, size_t count, struct cw_datagram_origin *origin) {
    struct sockaddr_in6 peer = {0};
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    union packet_information control = {{0}};
    struct msghdr message = message_of(&part, &peer, &control);
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
    union packet_information control = {{0}};
    struct msghdr message = message_of(&part, &peer, &control);
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

// MARK: events

int cw_event_make(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int cw_event_raise(int fd) {
    uint64_t one = 1;
    return write(fd, &one, sizeof one) < 0 && errno != EAGAIN ? -errno : 0;
}

int cw_event_clear(int fd) {
    uint64_t value;
    return read(fd, &value, sizeof value) < 0 && errno != EAGAIN ? -errno : 0;
}

// MARK: threads

struct thread_start {
    void (*body)(void *);
    void *context;
    char name[16];
};

static void *run_thread(void *argument) {
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    pthread_setname_np(pthread_self(), start.name);
    start.body(start.context);
    return NULL;
}

int cw_thread_start(const char *name, void (*body)(void *), void *context) {
    struct thread_start *start = calloc(1, sizeof *start);
    if (start == NULL) return -ENOMEM;
    start->body = body;
    start->context = context;
    strncpy(start->name, name, sizeof start->name - 1);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 512 * 1024);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, run_thread, start);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) free(start);
    return -error;
}

// MARK: datagrams in bulk

// Where a message that the kernel is to cut says how long its pieces are.
union segment_size {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(uint16_t))];
};

struct cw_datagrams {
    unsigned int count, size, answers;
    struct mmsghdr *received, *answered;
    struct iovec *parts, *answer_parts;
    struct sockaddr_in *peers, **answer_peers;
    union segment_size *segment_sizes;
    uint8_t *bytes;
};

struct cw_datagrams *cw_datagrams_make(unsigned int count, unsigned int size) {
    struct cw_datagrams *batch = calloc(1, sizeof *batch);
    if (batch == NULL) return NULL;
    batch->count = count;
    batch->size = size;
    batch->received = calloc(count, sizeof *batch->received);
    batch->answered = calloc(count, sizeof *batch->answered);
    batch->parts = calloc(count, sizeof *batch->parts);
    batch->answer_parts = calloc(count, sizeof *batch->answer_parts);
    batch->peers = calloc(count, sizeof *batch->peers);
    batch->answer_peers = calloc(count, sizeof *batch->answer_peers);
    batch->segment_sizes = calloc(count, sizeof *batch->segment_sizes);
    batch->bytes = calloc(count, size);
    if (!batch->received || !batch->answered || !batch->parts || !batch->answer_parts || !batch->peers ||
        !batch->answer_peers || !batch->segment_sizes || !batch->bytes) {
        cw_datagrams_free(batch);
        return NULL;
    }
    for (unsigned int i = 0; i < count; i++) {
        batch->parts[i] = (struct iovec){batch->bytes + (size_t)i * size, size};
        batch->received[i].msg_hdr.msg_name = &batch->peers[i];
        batch->received[i].msg_hdr.msg_iov = &batch->parts[i];
        batch->received[i].msg_hdr.msg_iovlen = 1;
    }
    return batch;
}

void cw_datagrams_free(struct cw_datagrams *batch) {
    free(batch->received);
    free(batch->answered);
    free(batch->parts);
    free(batch->answer_parts);
    free(batch->peers);
    free(batch->answer_peers);
    free(batch->segment_sizes);
    free(batch->bytes);
    free(batch);
}

int cw_datagrams_receive(struct cw_datagrams *batch, int fd) {
    for (unsigned int i = 0; i < batch->count; i++) batch->received[i].msg_hdr.msg_namelen = sizeof *batch->peers;
    batch->answers = 0;
    return result(recvmmsg(fd, batch->received, batch->count, MSG_DONTWAIT, NULL));
}

uint8_t *cw_datagram_bytes(struct cw_datagrams *batch, unsigned int index) {
    return batch->bytes + (size_t)index * batch->size;
}

unsigned int cw_datagram_count(const struct cw_datagrams *batch, unsigned int index) {
    return batch->received[index].msg_len;
}

uint64_t cw_datagram_peer(const struct cw_datagrams *batch, unsigned int index) {
    const struct sockaddr_in *peer = &batch->peers[index];
    return (uint64_t)ntohl(peer->sin_addr.s_addr) << 16 | ntohs(peer->sin_port);
}

void cw_datagram_answer(struct cw_datagrams *batch, unsigned int index, unsigned int count) {
    unsigned int place = batch->answers++;
    batch->answer_parts[place] = (struct iovec){cw_datagram_bytes(batch, index), count};
    batch->answer_peers[place] = &batch->peers[index];
}

// How many answers from one on go to the same peer and are of the same length, as one message can hold them: at most
// UDP_MAX_SEGMENTS of older kernels, and what an IPv4 packet takes.
static unsigned int alike(const struct cw_datagrams *batch, unsigned int first) {
    const struct sockaddr_in *peer = batch->answer_peers[first];
    size_t length = batch->answer_parts[first].iov_len;
    unsigned int most = 65000 / (unsigned int)(length > 0 ? length : 1), count = 1;
    if (most > 64) most = 64;
    while (count < most && first + count < batch->answers && batch->answer_parts[first + count].iov_len == length &&
           batch->answer_peers[first + count]->sin_port == peer->sin_port &&
           batch->answer_peers[first + count]->sin_addr.s_addr == peer->sin_addr.s_addr)
        count++;
    return count;
}

// Puts answers, from one on, into messages. Few answers are few datagrams on their whole way, as whoever captures them
// expects; from `enough` on that are alike, the kernel is given one message and cuts it at the end of the way.
static unsigned int put_into_messages(struct cw_datagrams *batch, unsigned int first, unsigned int enough) {
    unsigned int messages = 0;
    while (first < batch->answers) {
        unsigned int count = alike(batch, first);
        if (count < enough) count = 1;
        struct msghdr *message = &batch->answered[messages].msg_hdr;
        *message = (struct msghdr){
            .msg_name = batch->answer_peers[first],
            .msg_namelen = sizeof *batch->peers,
            .msg_iov = &batch->answer_parts[first],
            .msg_iovlen = count,
        };
        if (count > 1) {
            message->msg_control = &batch->segment_sizes[messages];
            message->msg_controllen = sizeof batch->segment_sizes[messages];
            struct cmsghdr *head = CMSG_FIRSTHDR(message);
            *head = (struct cmsghdr){CMSG_LEN(sizeof(uint16_t)), SOL_UDP, UDP_SEGMENT};
            uint16_t length = (uint16_t)batch->answer_parts[first].iov_len;
            memcpy(CMSG_DATA(head), &length, sizeof length);
        }
        messages++;
        first += count;
    }
    return messages;
}

int cw_datagrams_send(struct cw_datagrams *batch, int fd) {
    unsigned int sent = 0, messages = put_into_messages(batch, 0, 4);
    while (sent < messages) {
        int number = sendmmsg(fd, batch->answered + sent, messages - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (number > 0) {
            sent += (unsigned int)number;
        } else if (errno == EINTR) {
            continue;
        } else if (batch->answered[sent].msg_hdr.msg_iovlen > 1) {
            // A kernel or a device that cannot cut (EINVAL, EIO), or a full socket: each by itself.
            unsigned int first = (unsigned int)(batch->answered[sent].msg_hdr.msg_iov - batch->answer_parts);
            messages = put_into_messages(batch, first, UINT_MAX);
            sent = 0;
        } else {
            // One answer that cannot be sent does not hold up the next ones.
            sent += 1;
        }
    }
    batch->answers = 0;
    return 0;
}

int cw_send_datagram(int fd, uint64_t peer, const uint8_t *bytes, size_t count) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)peer)};
    address.sin_addr.s_addr = htonl((uint32_t)(peer >> 16));
    return result(
        sendto(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address));
}

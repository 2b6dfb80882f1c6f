// Kernel headers and the few calls that the C library declares only under _GNU_SOURCE, for the Swift side.
#pragma once

// No feature macro here, and the C library's address types before the kernel's: each type is to look as it does in the
// C library's own module, or the two cannot be imported together.
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/types.h>
#include <sys/un.h>


#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "Packets.h"
#include "Sockets.h"

/// Calls of this module return a value >= 0, or -errno.

/// unshare(2).
int cw_unshare(int flags);

/// setns(2): moves the calling thread into the namespace behind `fd`.
int cw_setns(int fd, int kind);

/// pidfd_open(2): a descriptor that becomes readable when process `pid` ends.
int cw_pidfd_open(pid_t pid);

/// pidfd_send_signal(2).
int cw_pidfd_send_signal(int pidfd, int signal);

/// Unmaps pages of the program and its libraries that were never written to, and gives free heap back (malloc_trim(3)).
void cw_give_back_memory(void);

/// Makes a network namespace on a thread of its own, bind-mounts it at `path` (an existing file), and returns
/// an NETLINK_ROUTE socket that was opened inside it, close-on-exec. The caller's namespaces do not change.
///
/// `parameters`, where it is not null, gets a descriptor of the namespace's `/proc/sys/net/ipv6/conf`, or -1.
int cw_make_network_namespace(const char *path, int *parameters);

/// The same for the existing network namespace behind `netns_fd`.
int cw_open_door(int netns_fd, int *parameters);

/// Opens socket(family, type | SOCK_CLOEXEC, protocol) inside the network namespace behind `netns_fd`,
/// on a thread of its own. The socket keeps the namespace alive.
int cw_socket_in_namespace(int netns_fd, int family, int type, int protocol);

/// Runs `body(context)` on a new thread inside the network namespace behind `netns_fd`, waits for it, and
/// returns its value. The thread ends afterwards, so that nothing else ever runs in that namespace by accident.
int cw_run_in_namespace(int netns_fd, int (*body)(void *context), void *context);

/// What a child is to be: see `cw_spawn`.
struct cw_spawn_request {
    /// Absolute path of the program.
    const char *path;
    /// NULL-terminated arguments and environment.
    char *const *argv;
    char *const *envp;
    /// Working directory, or NULL.
    const char *directory;
    /// `descriptor_count` pairs: parent's descriptor, child's number. Others are closed on exec.
    const int *descriptors;
    size_t descriptor_count;
    /// Namespaces to enter before exec, or -1.
    int network_namespace;
    int mount_namespace;
    /// Nonzero: make the child the leader of a new session.
    int new_session;
    /// Nonzero: what becomes descriptor 0 is the new session's controlling terminal (TIOCSCTTY).
    int controlling_terminal;
    /// Signal that the child gets when the thread that made it ends, or 0.
    int parent_death_signal;
};

/// vfork and exec in one step, with no memory copied: returns the child's pid, or -errno of the step that failed
/// (exec's own failure included).
pid_t cw_spawn(const struct cw_spawn_request *request);

/// Turns the calling process into what `request` describes, in the same process. Returns only where a step failed:
/// -errno. The parent death signal and new session are as in `cw_spawn`.
int cw_become(const struct cw_spawn_request *request);

/// Makes a mount namespace that is a slave copy of the caller's, with `hidden` (a path, or NULL) unmounted in it.
/// Returns a descriptor for it. The caller's own mount namespace does not change.
int cw_make_mount_namespace(const char *hidden);

/// Runs `body(context)` on a new thread in a mount namespace of its own, a slave copy of the caller's: what it mounts
/// nobody else sees. Where `body` returns 0, a descriptor of the namespace is returned, which keeps the mounts alive;
/// where it returns less, that.
int cw_run_in_private_mounts(int (*body)(void *context), void *context);

/// ioctl(fd, TIOCSWINSZ).
int cw_set_window_size(int fd, uint16_t rows, uint16_t columns);

/// Opens a new pseudo-terminal, both ends close-on-exec and nobody's controlling terminal: the controller (what a
/// terminal emulator holds) and the terminal (what a program holds).
int cw_open_terminal(int *controller, int *terminal);

/// Number of bytes in the receive queue of a terminal or socket (FIONREAD).
int cw_bytes_readable(int fd);

/// pipe2(2) with O_CLOEXEC.
int cw_pipe(int *reading, int *writing);

/// memfd_create(2) with MFD_CLOEXEC.
int cw_memory_file(const char *name);

/// epoll_create1(2), close-on-exec.
int cw_epoll_make(void);

/// epoll_ctl(2): has `token` delivered for `events` of `fd`, whether or not the set knows it already.
int cw_epoll_watch(int epoll, int fd, uint32_t events, uint64_t token);

/// Takes `fd` out of an epoll set.
int cw_epoll_forget(int epoll, int fd);

/// epoll_wait(2): fills up to `count` tokens, at most 64, with their events and returns how many. `timeout` in
/// milliseconds, -1 waits for ever.
int cw_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int count, int timeout);

/// openat2(2) below `directory`: no component of `path` may be a symbolic link or leave the directory. O_CLOEXEC is
/// always set; `mode` counts with O_CREAT.
int cw_open_beneath(int directory, const char *path, int flags, unsigned int mode);

/// fsetxattr(2): sets an extended attribute of an open file.
int cw_set_attribute(int fd, const char *name, const void *value, size_t size);

/// flistxattr(2): the names of an open file's extended attributes, each with a NUL at its end; returns their bytes.
ssize_t cw_list_attributes(int fd, char *names, size_t size);

/// fgetxattr(2): the value of an extended attribute; returns its bytes.
ssize_t cw_get_attribute(int fd, const char *name, void *value, size_t size);

/// statfs(2): the magic number of the file system that `path` is on, as <linux/magic.h> has them.
int64_t cw_file_system_kind(const char *path);

/// syncfs(2): everything written to the file system of `fd` reaches its disk.
int cw_sync_file_system(int fd);

/// openat2(2) with RESOLVE_IN_ROOT: opens `path` as if `root` were the file system's root, so that no symbolic link
/// leads out of it. Close-on-exec.
int cw_open_in_root(int root, const char *path, int flags);

/// memfd_create(2) with a copy of `count` bytes that nobody can change any more (F_SEAL_WRITE and the others of
/// fcntl(2)), and that can be executed. Close-on-exec.
int cw_sealed_memory_file(const char *name, const void *bytes, size_t count);

/// Raises the soft limit of open descriptors to the hard one and returns it. Children of `cw_spawn` get the former
/// soft limit: programs that close or select(2) over every possible descriptor suffer from large ones.
int cw_raise_descriptor_limit(void);

/// The soft limit of open descriptors.
int cw_descriptor_limit(void);

/// Sets the limit of before `cw_raise_descriptor_limit`, for a child. Async-signal-safe.
void cw_restore_descriptor_limit(void);

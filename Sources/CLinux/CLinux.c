#define _GNU_SOURCE 1
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/openat2.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

int cw_unshare(int flags) { return result(unshare(flags)); }
int cw_setns(int fd, int kind) { return result(setns(fd, kind)); }
int cw_pidfd_open(pid_t pid) { return result(syscall(SYS_pidfd_open, pid, 0)); }
int cw_pidfd_send_signal(int pidfd, int signal) { return result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0)); }

static int give_back_object(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        // What may be written to may have been, by the dynamic linker if nobody else.
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W) != 0) continue;
        uintptr_t begin = (object->dlpi_addr + part->p_vaddr) & ~(uintptr_t)4095;
        uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_memsz + 4095) & ~(uintptr_t)4095;
        madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

void cw_give_back_memory(void) {
    malloc_trim(0);
    dl_iterate_phdr(give_back_object, NULL);
}

// MARK: work on a thread of its own

struct job {
    int (*body)(void *);
    void *context;
    int value;
};

static void *run_job(void *argument) {
    struct job *job = argument;
    job->value = job->body(job->context);
    return NULL;
}

/// Runs `body` on a fresh thread and waits: whatever namespace the thread enters ends with it.
static int on_own_thread(int (*body)(void *), void *context) {
    struct job job = {body, context, -EAGAIN};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, run_job, &job);
    pthread_attr_destroy(&attributes);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return job.value;
}

struct door_job {
    const char *path;
    int netns_fd;
    int *parameters;
};

static int open_door(struct door_job *job) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    // The folder shows this namespace's interfaces to whoever looks through the descriptor.
    if (fd >= 0 && job->parameters != NULL)
        *job->parameters = open("/proc/sys/net/ipv6/conf", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return result(fd);
}

static int make_network_namespace(void *context) {
    struct door_job *job = context;
    if (unshare(CLONE_NEWNET) < 0) return -errno;
    if (mount("/proc/thread-self/ns/net", job->path, NULL, MS_BIND, NULL) < 0) return -errno;
    int fd = open_door(job);
    if (fd < 0) umount2(job->path, MNT_DETACH);
    return fd;
}

int cw_make_network_namespace(const char *path, int *parameters) {
    struct door_job job = {path, -1, parameters};
    return on_own_thread(make_network_namespace, &job);
}

static int enter_and_open_door(void *context) {
    struct door_job *job = context;
    if (setns(job->netns_fd, CLONE_NEWNET) < 0) return -errno;
    return open_door(job);
}

int cw_open_door(int netns_fd, int *parameters) {
    struct door_job job = {NULL, netns_fd, parameters};
    return on_own_thread(enter_and_open_door, &job);
}

struct socket_job {
    int netns_fd, family, type, protocol;
};

static int open_socket(void *context) {
    struct socket_job *job = context;
    if (setns(job->netns_fd, CLONE_NEWNET) < 0) return -errno;
    return result(socket(job->family, job->type | SOCK_CLOEXEC, job->protocol));
}

int cw_socket_in_namespace(int netns_fd, int family, int type, int protocol) {
    struct socket_job job = {netns_fd, family, type, protocol};
    return on_own_thread(open_socket, &job);
}

struct body_job {
    int netns_fd;
    int (*body)(void *);
    void *context;
};

static int enter_and_run(void *context) {
    struct body_job *job = context;
    if (setns(job->netns_fd, CLONE_NEWNET) < 0) return -errno;
    return job->body(job->context);
}

int cw_run_in_namespace(int netns_fd, int (*body)(void *), void *context) {
    struct body_job job = {netns_fd, body, context};
    return on_own_thread(enter_and_run, &job);
}

static int make_mount_namespace(void *context) {
    const char *hidden = context;
    if (unshare(CLONE_NEWNS) < 0) return -errno;
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) return -errno;
    if (hidden != NULL && umount2(hidden, MNT_DETACH) < 0 && errno != EINVAL && errno != ENOENT) return -errno;
    return result(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
}

int cw_make_mount_namespace(const char *hidden) { return on_own_thread(make_mount_namespace, (void *)hidden); }

struct mounts_job {
    int (*body)(void *);
    void *context;
};

static int mount_and_run(void *context) {
    struct mounts_job *job = context;
    if (unshare(CLONE_NEWNS) < 0) return -errno;
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) return -errno;
    int fd = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int value = job->body(job->context);
    if (value < 0) {
        close(fd);
        return value;
    }
    return fd;
}

int cw_run_in_private_mounts(int (*body)(void *context), void *context) {
    struct mounts_job job = {body, context};
    return on_own_thread(mount_and_run, &job);
}

// MARK: children

/// The child's side of `cw_spawn`: async-signal-safe calls only, since it borrows the parent's memory.
static int become(const struct cw_spawn_request *request) {
    struct sigaction reset = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 32; number++) {
        if (number != SIGKILL && number != SIGSTOP) sigaction(number, &reset, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    if (request->parent_death_signal != 0) prctl(PR_SET_PDEATHSIG, request->parent_death_signal);
    if (request->new_session) setsid();
    if (request->network_namespace >= 0 && setns(request->network_namespace, CLONE_NEWNET) < 0) return errno;
    if (request->mount_namespace >= 0 && setns(request->mount_namespace, CLONE_NEWNS) < 0) return errno;
    if (request->directory != NULL && chdir(request->directory) < 0) return errno;

    // First out of the way of every target number, then into place.
    int staged[16];
    if (request->descriptor_count > 16) return EINVAL;
    int floor = 3;
    for (size_t i = 0; i < request->descriptor_count; i++) {
        int target = request->descriptors[2 * i + 1];
        if (target >= floor) floor = target + 1;
    }
    for (size_t i = 0; i < request->descriptor_count; i++) {
        staged[i] = fcntl(request->descriptors[2 * i], F_DUPFD_CLOEXEC, floor);
        if (staged[i] < 0) return errno;
    }
    for (size_t i = 0; i < request->descriptor_count; i++) {
        if (dup2(staged[i], request->descriptors[2 * i + 1]) < 0) return errno;
    }
    if (request->controlling_terminal && ioctl(0, TIOCSCTTY, 0) < 0) return errno;
    cw_restore_descriptor_limit();
    execve(request->path, request->argv, request->envp);
    return errno;
}

int cw_become(const struct cw_spawn_request *request) {
    // A process with threads shares its working directory among them; setns(2) into a mount namespace needs its own.
    if (unshare(CLONE_FS) < 0) return -errno;
    return -become(request);
}

pid_t cw_spawn(const struct cw_spawn_request *request) {
    volatile int failure = 0;
    // Signals are held back so that no handler of the parent runs on the borrowed stack.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = vfork();
    if (child == 0) {
        // Not everybody who opens descriptors here marks them: a child that kept a client's connection would keep that
        // client waiting when we end.
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        failure = become(request);
        _exit(127);
    }
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (child < 0) return -fork_error;
    if (failure != 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        }
        return -failure;
    }
    return child;
}

int cw_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int cw_memory_file(const char *name) { return result(memfd_create(name, MFD_CLOEXEC)); }

// MARK: terminals

int cw_set_window_size(int fd, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return result(ioctl(fd, TIOCSWINSZ, &size));
}

int cw_open_terminal(int *controller, int *terminal) {
    int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int unlock = 0;
    int peer = -1;
    if (ioctl(fd, TIOCSPTLCK, &unlock) == 0) peer = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (peer < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    *controller = fd;
    *terminal = peer;
    return 0;
}

int cw_bytes_readable(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -errno : count;
}

// MARK: waiting for descriptors

int cw_epoll_make(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

int cw_epoll_watch(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
    if (errno != ENOENT) return -errno;
    return result(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

int cw_epoll_forget(int epoll, int fd) { return result(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL)); }

int cw_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int count, int timeout) {
    struct epoll_event ready[64];
    int number = epoll_wait(epoll, ready, count < 64 ? count : 64, timeout);
    if (number < 0) return -errno;
    for (int i = 0; i < number; i++) {
        tokens[i] = ready[i].data.u64;
        events[i] = ready[i].events;
    }
    return number;
}

// MARK: files below a directory

int cw_open_beneath(int directory, const char *path, int flags, unsigned int mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return result(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

int cw_set_attribute(int fd, const char *name, const void *value, size_t size) {
    return result(fsetxattr(fd, name, value, size, 0));
}

ssize_t cw_list_attributes(int fd, char *names, size_t size) {
    ssize_t count = flistxattr(fd, names, size);
    return count < 0 ? -errno : count;
}

ssize_t cw_get_attribute(int fd, const char *name, void *value, size_t size) {
    ssize_t count = fgetxattr(fd, name, value, size);
    return count < 0 ? -errno : count;
}

int64_t cw_file_system_kind(const char *path) {
    struct statfs information;
    return statfs(path, &information) < 0 ? -errno : (int64_t)information.f_type;
}

int cw_sync_file_system(int fd) { return result(syncfs(fd)); }

// MARK: files of another root

int cw_open_in_root(int root, const char *path, int flags) {
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return result(syscall(SYS_openat2, root, path, &how, sizeof how));
}

int cw_sealed_memory_file(const char *name, const void *bytes, size_t count) {
    // MFD_EXEC, Linux 6.3: asks for what used to be the rule. Older kernels refuse the flag.
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x0010U);
    if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -errno;
    for (size_t done = 0; done < count;) {
        ssize_t part = write(fd, (const char *)bytes + done, count - done);
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) {
            int error = errno;
            close(fd);
            return -error;
        }
        done += (size_t)part;
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
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

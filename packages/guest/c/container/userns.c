// A user namespace owns the namespaces that are made in it, so a holder process makes them there. The child that sets a
// container up stays the guest's root meanwhile, because only that root may mount and make devices. It enters the user
// namespace last, and copies its mounts then, so that the container cannot unmount what covers a path.
#include "container/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "network/podnetwork.h"

// The longest line of a map.
enum { LINE_SIZE = 36 };

// A process that keeps new namespaces open until its socket closes.
struct holder {
    pid_t pid;
    int socket;
};

// The holder of the pod's network, until the first container takes its user namespace.
static struct holder network_holder = {.pid = -1, .socket = -1};

static noreturn void run_holder(int socket, int join, int also) {
    int error = 0;
    char end;
    if ((join >= 0 ? setns(join, CLONE_NEWUSER) : unshare(CLONE_NEWUSER)) < 0 || unshare(also) < 0)
        error = errno;
    // It may live long, and would keep PID 1's descriptors open.
    if ((socket > 3 && close_range(3, (unsigned)socket - 1, 0) < 0) || close_range((unsigned)socket + 1, ~0U, 0) < 0)
        error = errno;
    // PID 1 has the other end. It sends nothing and closes it.
    if (send(socket, &error, sizeof error, MSG_NOSIGNAL) == sizeof error)
        while (recv(socket, &end, 1, 0) < 0 && errno == EINTR) {
        }
    _exit(0);
}

static void end_holder(struct holder *holder) {
    close_fd(&holder->socket);
    while (holder->pid > 0 && waitpid(holder->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    holder->pid = -1;
}

static bool start_holder(struct holder *holder, int join, int also, struct failure *failure) {
    int sockets[2], error = 0;
    *holder = (struct holder){-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return fail_errno(failure, errno, "a socket pair");
    holder->pid = fork();
    if (holder->pid == 0)
        run_holder(sockets[1], join, also);
    close(sockets[1]);
    holder->socket = sockets[0];
    if (holder->pid < 0)
        error = errno;
    else if (recv(holder->socket, &error, sizeof error, 0) != sizeof error)
        error = ECHILD;
    if (!error)
        return true;
    end_holder(holder);
    return fail_errno(failure, error, "a user namespace");
}

static bool write_maps(pid_t pid, const char *file, const struct id_map *maps, size_t count,
                       struct failure *failure) {
    char path[64];
    size_t size = count * LINE_SIZE + 1, length = 0;
    char *text = allocate(size);
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, size - length, "%u %u %u\n", maps[i].inside, maps[i].outside,
                                   maps[i].count);
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, length) == (ssize_t)length;
    int error = errno;
    close_fd(&fd);
    free(text);
    if (!done && error == EINVAL)
        return fail(failure, "INVALID", "the kernel takes no such %s of a user namespace: do its ranges overlap?", file);
    return done || fail_errno(failure, error, "the user namespace's %s", file);
}

static int open_namespace(pid_t pid, const char *type, struct failure *failure) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, type);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_errno(failure, errno, "the %s namespace of a user namespace", type);
    return fd;
}

bool userns_own_network(struct failure *failure) {
    // On a host the tests' guest would move the host's devices.
    if (network_holder.pid > 0 || pod_network_is_own() || (mode.host && !mode.network))
        return true;
    if (!start_holder(&network_holder, -1, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, failure))
        return false;
    int network = open_namespace(network_holder.pid, "net", failure);
    bool done = network >= 0 && pod_network_enter(network, failure);
    close_fd(&network);
    if (!done)
        end_holder(&network_holder);
    return done;
}

void userns_forget(void) {
    end_holder(&network_holder);
}

void userns_close(struct user_namespace *made) {
    close_fd(&made->user);
    close_fd(&made->ipc);
    close_fd(&made->uts);
}

bool userns_make(const struct id_maps *maps, int join, struct user_namespace *made, struct failure *failure) {
    struct holder holder = network_holder;
    *made = (struct user_namespace){-1, -1, -1};
    if (join < 0 && holder.pid > 0)
        network_holder = (struct holder){-1, -1};
    else if (!start_holder(&holder, join, CLONE_NEWIPC | CLONE_NEWUTS, failure))
        return false;
    bool done = join >= 0 || (write_maps(holder.pid, "uid_map", maps->users, maps->user_count, failure) &&
                              write_maps(holder.pid, "gid_map", maps->groups, maps->group_count, failure));
    done = done && (made->user = open_namespace(holder.pid, "user", failure)) >= 0 &&
           (made->ipc = open_namespace(holder.pid, "ipc", failure)) >= 0 &&
           (made->uts = open_namespace(holder.pid, "uts", failure)) >= 0;
    end_holder(&holder);
    if (!done)
        userns_close(made);
    return done;
}

// A change of the file system user clears the effective capabilities over files.
static bool raise_capabilities(struct failure *failure) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return fail_errno(failure, errno, "reading capabilities");
    for (int i = 0; i < 2; i++)
        data[i].effective = data[i].permitted;
    return syscall(SYS_capset, &header, data) == 0 || fail_errno(failure, errno, "raising capabilities");
}

bool userns_act_as_root(const struct id_maps *maps, struct failure *failure) {
    // The system calls change this thread alone. They report no failure.
    syscall(SYS_setfsgid, map_group(maps, 0));
    syscall(SYS_setfsuid, map_user(maps, 0));
    return raise_capabilities(failure);
}

bool userns_enter(int fd, struct failure *failure) {
    if (setns(fd, CLONE_NEWUSER) < 0)
        return fail_errno(failure, errno, "entering the user namespace");
    if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
        return fail_errno(failure, errno, "becoming root in the user namespace");
    return true;
}

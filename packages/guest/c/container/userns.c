// A namespace belongs to the user namespace that it was made in, so each is made by a process that is in it and does nothing
// else. What sets a container up meanwhile is the guest's root still, because only that may mount and make devices; it
// enters the user namespace when all is done, and copies its mounts then, so that nothing that covers a path can be taken away.
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

#include "base/json.h"
#include "network/podnetwork.h"

// The kernel's own limit of lines, and the longest of them.
enum { MOST_MAPS = 340, LINE_SIZE = 36 };

// A process that is in new namespaces, until its socket closes.
struct holder {
    pid_t pid;
    int socket;
};

// Of the pod's network, until a container has got it.
static struct holder pods = {.pid = -1, .socket = -1};

static bool parse_map(struct json_object *entry, struct id_map *map, struct failure *failure) {
    int64_t inside, outside, count;
    if (!json_object_is_type(entry, json_type_object))
        return fail(failure, "INVALID", "an entry of uidMappings or gidMappings must be an object");
    if (!json_integer(entry, "containerID", 0, UINT32_MAX - 1, -1, &inside, failure) ||
        !json_integer(entry, "hostID", 0, UINT32_MAX - 1, -1, &outside, failure) ||
        !json_integer(entry, "size", 1, UINT32_MAX, -1, &count, failure))
        return false;
    if (inside < 0 || outside < 0 || count < 0)
        return fail(failure, "INVALID", "uidMappings and gidMappings need containerID, hostID and size");
    *map = (struct id_map){(uint32_t)inside, (uint32_t)outside, (uint32_t)count};
    return true;
}

static uint32_t map(const struct id_map *maps, size_t count, uint32_t inside) {
    for (size_t i = 0; i < count; i++)
        if (inside >= maps[i].inside && inside - maps[i].inside < maps[i].count)
            return maps[i].outside + (inside - maps[i].inside);
    return (uint32_t)-1;
}

static bool parse_list_of_maps(struct json_object *object, const char *name, struct id_map **maps, size_t *count,
                               struct failure *failure) {
    struct json_object *list;
    if (!json_array(object, name, &list, failure))
        return false;
    size_t length = list ? json_object_array_length(list) : 0;
    if (length == 0 || length > MOST_MAPS)
        return fail(failure, "INVALID", "%s has %zu entries, it must have 1 to %d", name, length, MOST_MAPS);
    *maps = allocate(length * sizeof **maps);
    *count = length;
    for (size_t i = 0; i < length; i++)
        if (!parse_map(json_object_array_get_idx(list, i), &(*maps)[i], failure))
            return false;
    return map(*maps, length, 0) != (uint32_t)-1 ||
           fail(failure, "INVALID", "%s has no place for the container's 0, its root", name);
}

bool id_maps_parse(struct json_object *object, struct id_maps *maps, struct failure *failure) {
    *maps = (struct id_maps){0};
    return !object || (parse_list_of_maps(object, "uidMappings", &maps->users, &maps->user_count, failure) &&
                       parse_list_of_maps(object, "gidMappings", &maps->groups, &maps->group_count, failure));
}

static struct id_map *copy(const struct id_map *maps, size_t count) {
    if (count == 0)
        return NULL;
    return memcpy(allocate(count * sizeof *maps), maps, count * sizeof *maps);
}

struct id_maps id_maps_copy(const struct id_maps *maps) {
    return (struct id_maps){.users = copy(maps->users, maps->user_count),
                            .groups = copy(maps->groups, maps->group_count),
                            .user_count = maps->user_count,
                            .group_count = maps->group_count};
}

void id_maps_free(struct id_maps *maps) {
    free(maps->users);
    free(maps->groups);
    *maps = (struct id_maps){0};
}

bool id_maps_any(const struct id_maps *maps) {
    return maps && maps->user_count > 0;
}

uint32_t map_user(const struct id_maps *maps, uint32_t inside) {
    return id_maps_any(maps) ? map(maps->users, maps->user_count, inside) : inside;
}

uint32_t map_group(const struct id_maps *maps, uint32_t inside) {
    return id_maps_any(maps) ? map(maps->groups, maps->group_count, inside) : inside;
}

static noreturn void be_holder(int socket, int join, int also) {
    int error = 0;
    char end;
    if ((join >= 0 ? setns(join, CLONE_NEWUSER) : unshare(CLONE_NEWUSER)) < 0 || unshare(also) < 0)
        error = errno;
    // It may stay for long, and PID 1's descriptors are not its business.
    if ((socket > 3 && close_range(3, (unsigned)socket - 1, 0) < 0) || close_range((unsigned)socket + 1, ~0U, 0) < 0)
        error = errno;
    // The other end is PID 1's, which says nothing and closes it.
    if (send(socket, &error, sizeof error, MSG_NOSIGNAL) == sizeof error)
        while (recv(socket, &end, 1, 0) < 0 && errno == EINTR) {
        }
    _exit(0);
}

static void let_go(struct holder *holder) {
    close_fd(&holder->socket);
    while (holder->pid > 0 && waitpid(holder->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    holder->pid = -1;
}

static bool hold(struct holder *holder, int join, int also, struct failure *failure) {
    int sockets[2], error = 0;
    *holder = (struct holder){-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return fail_errno(failure, errno, "a socket pair");
    holder->pid = fork();
    if (holder->pid == 0)
        be_holder(sockets[1], join, also);
    close(sockets[1]);
    holder->socket = sockets[0];
    if (holder->pid < 0)
        error = errno;
    else if (recv(holder->socket, &error, sizeof error, 0) != sizeof error)
        error = ECHILD;
    if (!error)
        return true;
    let_go(holder);
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
    return done || fail_errno(failure, error, "the user namespace's %s (do its ranges overlap?)", file);
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
    // The tests' guest on a host would take the host's devices along.
    if (pods.pid > 0 || pod_network_is_own() || (mode.host && !mode.network))
        return true;
    if (!hold(&pods, -1, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, failure))
        return false;
    int network = open_namespace(pods.pid, "net", failure);
    bool done = network >= 0 && pod_network_enter(network, failure);
    close_fd(&network);
    if (!done)
        let_go(&pods);
    return done;
}

void userns_forget(void) {
    let_go(&pods);
}

void userns_close(struct user_namespace *made) {
    close_fd(&made->user);
    close_fd(&made->ipc);
    close_fd(&made->uts);
}

bool userns_make(const struct id_maps *maps, int join, struct user_namespace *made, struct failure *failure) {
    struct holder holder = pods;
    *made = (struct user_namespace){-1, -1, -1};
    if (join < 0 && holder.pid > 0)
        pods = (struct holder){-1, -1};
    else if (!hold(&holder, join, CLONE_NEWIPC | CLONE_NEWUTS, failure))
        return false;
    bool done = join >= 0 || (write_maps(holder.pid, "uid_map", maps->users, maps->user_count, failure) &&
                              write_maps(holder.pid, "gid_map", maps->groups, maps->group_count, failure));
    done = done && (made->user = open_namespace(holder.pid, "user", failure)) >= 0 &&
           (made->ipc = open_namespace(holder.pid, "ipc", failure)) >= 0 &&
           (made->uts = open_namespace(holder.pid, "uts", failure)) >= 0;
    let_go(&holder);
    if (!done)
        userns_close(made);
    return done;
}

// Another user takes the capabilities over files away from those in effect.
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
    // Of this thread alone, and without an answer of success.
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

// Starts processes: makes pipes and a socket, then clones into new namespaces (an init) or into those of an init.
#include "process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/streams.h"
#include "container/devicefilter.h"
#include "process/clone.h"
#include "process/handshake.h"
#include "process/process.h"
#include "process/reap.h"

static bool make_pipe(int *reader, int *writer, bool ours_is_reader, struct failure *failure) {
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) < 0)
        return fail_errno(failure, errno, "a pipe");
    *reader = pipe_ends[0];
    *writer = pipe_ends[1];
    // Only our end: the program sees the mode of the other end.
    if (fcntl(pipe_ends[ours_is_reader ? 0 : 1], F_SETFL, O_NONBLOCK) < 0)
        return fail_errno(failure, errno, "a pipe");
    return true;
}

struct plumbing {
    int ours[3], theirs[3];
    int our_socket, their_socket;
};

static void close_plumbing(int *ends, int *socket) {
    // A stderr that is joined with stdout has the same descriptor.
    if (ends[2] == ends[1])
        ends[2] = -1;
    for (int i = 0; i < 3; i++)
        close_fd(&ends[i]);
    close_fd(socket);
}

static bool make_plumbing(const struct process_spec *spec, struct plumbing *plumbing,
                          struct failure *failure) {
    int sockets[2];
    *plumbing = (struct plumbing){{-1, -1, -1}, {-1, -1, -1}, -1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return fail_errno(failure, errno, "a socket pair");
    plumbing->our_socket = sockets[0];
    plumbing->their_socket = sockets[1];
    if (spec->terminal)
        return true;
    if (!make_pipe(&plumbing->theirs[0], &plumbing->ours[0], false, failure) ||
        !make_pipe(&plumbing->ours[1], &plumbing->theirs[1], true, failure))
        return false;
    if (spec->stderr_session)
        return make_pipe(&plumbing->ours[2], &plumbing->theirs[2], true, failure);
    plumbing->theirs[2] = plumbing->theirs[1];
    return true;
}

static bool check_sessions(const struct process_spec *spec, struct failure *failure) {
    uint64_t used = streams_knows(spec->stdio) ? spec->stdio : 0;
    if (spec->stderr_session && streams_knows(spec->stderr_session))
        used = spec->stderr_session;
    if (!used)
        return true;
    return fail(failure, "EXISTS", "the stdio session %llu is in use", (unsigned long long)used);
}

static void open_streams(struct process *process, const struct process_spec *spec,
                         struct plumbing *plumbing) {
    process->input = stream_input(spec->stdio, plumbing->ours[0]);
    process->outputs[0] = stream_output(spec->stdio, plumbing->ours[1], process_first_output_ended, process);
    process->open_outputs = 1;
    if (spec->stderr_session) {
        process->outputs[1] =
            stream_output(spec->stderr_session, plumbing->ours[2], process_second_output_ended, process);
        process->open_outputs = 2;
    }
}

// Takes the child. Gives a process that is starting, or a failure and leaves nothing behind.
static bool spawn(struct container *container, struct child *child, struct request request,
                  struct failure *failure) {
    struct plumbing plumbing;
    const struct process_spec *spec = child_process(child);
    bool done = make_plumbing(spec, &plumbing, failure);
    child->socket = plumbing.their_socket;
    memcpy(child->pipes, plumbing.theirs, sizeof child->pipes);
    if (container) {
        child->home = container->home;
        child->maps = &container->maps;
    }
    pid_t pid = done ? clone_child(container, child) : -1;
    int error = errno;
    namespaces_close(&child->namespaces);
    close_plumbing(plumbing.theirs, &plumbing.their_socket);
    if (pid < 0) {
        close_plumbing(plumbing.ours, &plumbing.our_socket);
        child_free(child);
        return done ? fail_errno(failure, error, "starting a process") : false;
    }
    struct process *process = process_add(container, spec, child->is_init);
    process->child = child;
    process->pid = pid;
    process->request = request;
    open_streams(process, spec, &plumbing);
    handshake_watch(process, plumbing.our_socket);
    if (process->is_init)
        container->init = pid;
    return true;
}

static bool check_init(const struct container_spec *spec, struct failure *failure) {
    if (container_find(spec->id))
        return fail(failure, "EXISTS", "there is a container \"%s\" already", spec->id);
    return check_sessions(&spec->process, failure);
}

void spawn_init(struct child *child, struct request request) {
    struct failure failure = {0};
    if (!check_init(&child->container, &failure) ||
        !namespaces_find(child->container.shared, &child->namespaces, &failure)) {
        child_free(child);
        answer_error(&request, &failure);
        return;
    }
    struct container *container = container_add(child->container.id);
    struct namespaces *namespaces = &child->namespaces;
    container->maps = id_maps_copy(namespaces->maps ? namespaces->maps : &child->container.maps);
    if (!cgroup_set(container->cgroup, child->container.cgroup, &failure) ||
        !cgroup_give(container->cgroup, &container->maps, &failure) ||
        !device_filter_attach(cgroup_directory(container->cgroup), child->container.device_filter, &failure) ||
        !namespaces_make(&container->maps, namespaces, &failure))
        child_free(child);
    else if (spawn(container, child, request, &failure))
        return;
    container_remove(container);
    answer_error(&request, &failure);
}

static bool check_exec(const char *id, struct container *container, const struct process_spec *spec,
                       struct failure *failure) {
    bool beside = !strcmp(id, "hyperstart");
    if (!beside && !container)
        return fail(failure, "NOTFOUND", "there is no container \"%.200s\"", id);
    if (!beside && !container->init)
        return fail(failure, "NOTFOUND", "the container \"%s\" has ended", id);
    if (!beside && process_init_of(container)->state == STARTING)
        return fail(failure, "INVALID", "the container \"%s\" is still being made", id);
    if (!beside && cgroup_is_frozen(container->cgroup))
        return fail(failure, "INVALID", "the container \"%s\" is frozen", id);
    if (process_find(container, spec->id))
        return fail(failure, "EXISTS", "the container \"%.200s\" has a process \"%s\" already", id, spec->id);
    return check_sessions(spec, failure);
}

void spawn_exec(const char *id, struct child *child, struct request request) {
    struct failure failure = {0};
    struct container *container = container_find(id);
    if (!check_exec(id, container, &child->process, &failure)) {
        child_free(child);
        answer_error(&request, &failure);
        return;
    }
    if (container)
        child->join = container->pidfd;
    if (!spawn(container, child, request, &failure))
        answer_error(&request, &failure);
}

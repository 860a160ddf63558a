#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

extern char **environ;

static void say(char *reason, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, size, format, arguments);
    va_end(arguments);
}

static noreturn void give_up(int report, const char *what, const char *which) {
    dprintf(report, "%s%s%s: %s", what, *which ? " " : "", which, strerror(errno));
    _exit(127);
}

static void reset_signals(int report) {
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        give_up(report, "resetting its signals", "");
}

// Beyond the numbers that they get, whatever these were.
static void place(const int *fds, int count, int *report) {
    int high[MOST_STREAMS];
    int moved = fcntl(*report, F_DUPFD_CLOEXEC, MOST_STREAMS);
    if (moved < 0)
        give_up(*report, "placing its descriptors", "");
    *report = moved;
    for (int i = 0; i < count; i++)
        if ((high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, MOST_STREAMS)) < 0)
            give_up(*report, "placing its descriptors", "");
    for (int i = 0; i < count; i++)
        if (dup2(high[i], i) < 0)
            give_up(*report, "placing its descriptors", "");
}

static void enter(const char *netns, int report) {
    int fd = open(netns, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        give_up(report, "entering the network namespace", netns);
    close(fd);
}

static noreturn void become(const struct start_request *request, const int *fds, int report, pid_t spawner) {
    if (request->session && setsid() < 0)
        give_up(report, "a session of its own", "");
    // Its parent may have ended before it was tied.
    if (request->tied && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != spawner))
        give_up(report, "tying it to its parent", "");
    place(fds, request->stream_count, &report);
    if (*request->netns)
        enter(request->netns, report);
    if (chdir(request->cwd) < 0)
        give_up(report, "entering", request->cwd);
    reset_signals(report);
    environ = request->env;
    execvp(request->file, request->args);
    give_up(report, request->file, "");
}

// -1 and errno on failure.
static int take_from(pid_t pid, int fd) {
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int taken = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    int error = errno;
    if (process >= 0)
        close(process);
    errno = error;
    return taken;
}

static bool open_streams(const struct start_request *request, int parent, struct child *child, int *fds, char *reason,
                         size_t size) {
    for (int i = 0; i < request->stream_count; i++) {
        const struct stream *stream = &request->streams[i];
        int ends[2];
        child->pipes[i] = (struct pipe_ends){-1, -1};
        child->pipe_count = i + 1;
        if (stream->kind == STREAM_NULL) {
            fds[i] = child->pipes[i].theirs = open("/dev/null", O_RDWR | O_CLOEXEC);
        } else if (stream->kind == STREAM_PARENTS) {
            fds[i] = child->pipes[i].theirs = (int)syscall(SYS_pidfd_getfd, parent, stream->fd, 0);
        } else if (stream->kind == STREAM_ANOTHERS) {
            fds[i] = child->pipes[i].theirs = take_from(stream->pid, stream->fd);
        } else if (pipe2(ends, O_CLOEXEC) == 0) {
            bool in = stream->kind == STREAM_IN;
            fds[i] = ends[in ? 0 : 1];
            child->pipes[i] = (struct pipe_ends){ends[in ? 1 : 0], fds[i]};
        } else {
            fds[i] = -1;
        }
        if (fds[i] >= 0)
            continue;
        if (stream->kind == STREAM_PARENTS || stream->kind == STREAM_ANOTHERS)
            say(reason, size, "taking descriptor %d: %s", stream->fd, strerror(errno));
        else
            say(reason, size, "opening descriptor %d of it: %s", i, strerror(errno));
        return false;
    }
    return true;
}

// What is no pipe is the child's alone.
static void keep_pipes(struct child *child) {
    for (int i = 0; i < child->pipe_count; i++) {
        struct pipe_ends *ends = &child->pipes[i];
        if (ends->ours >= 0)
            continue;
        close(ends->theirs);
        ends->theirs = -1;
    }
}

// What the child says before it is the program: nothing, when all went well.
static void hear(int report, char *reason, size_t size) {
    size_t length = 0;
    ssize_t count;
    while (length < size - 1 && (count = read(report, reason + length, size - 1 - length)) != 0) {
        if (count < 0 && errno != EINTR)
            break;
        length += count > 0 ? (size_t)count : 0;
    }
    reason[length] = 0;
}

bool child_start(struct start_request *request, int parent, struct child *child, char *reason, size_t size) {
    int fds[MOST_STREAMS], report[2];
    pid_t self = getpid();
    *child = (struct child){.pid = -1};
    if (!request->args[0]) {
        say(reason, size, "it has no arguments");
        return false;
    }
    if (!open_streams(request, parent, child, fds, reason, size)) {
        child_close_pipes(child);
        return false;
    }
    if (pipe2(report, O_CLOEXEC) < 0) {
        say(reason, size, "a pipe: %s", strerror(errno));
        child_close_pipes(child);
        return false;
    }
    child->pid = fork();
    if (child->pid == 0)
        become(request, fds, report[1], self);
    int error = errno;
    close(report[1]);
    keep_pipes(child);
    if (child->pid < 0)
        say(reason, size, "forking: %s", strerror(error));
    else
        hear(report[0], reason, size);
    close(report[0]);
    if (!*reason)
        return true;
    if (child->pid > 0)
        waitpid(child->pid, NULL, 0);
    child_close_pipes(child);
    return false;
}

void child_close_pipes(struct child *child) {
    for (int i = 0; i < child->pipe_count; i++) {
        if (child->pipes[i].ours >= 0)
            close(child->pipes[i].ours);
        if (child->pipes[i].theirs >= 0)
            close(child->pipes[i].theirs);
    }
    child->pipe_count = 0;
}

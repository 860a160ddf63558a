// Starts programs for its parent, a process with much memory, whose own fork would take the longer the more that is. Requests
// come on stdin (request.h), and answers go to stdout, a line each:
//   started <id> <pid> <descriptor>…  with a number of this process's for each stream: the parent's end of a pipe, or -1
//   failed <id> <reason>
//   ended <id> <status> <signal>      with 0 for the one that it was not
// It ends with its parent.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "children.h"
#include "request.h"

enum { LARGEST_REQUEST = 4 << 20, LONGEST_REASON = 600 };

static struct {
    char *bytes;
    size_t length, size;
} input;

static void answer_start(int parent, struct request *request) {
    char reason[LONGEST_REASON] = "";
    struct child child;
    if (child_start(&request->start, parent, &child, reason, sizeof reason)) {
        if (!children_add(request->id, &child))
            exit(1);
        printf("started %lu %d", request->id, child.pid);
        for (int i = 0; i < child.pipe_count; i++)
            printf(" %d", child.pipes[i].ours);
        printf("\n");
        return;
    }
    for (char *at = reason; *at; at++)
        if (*at == '\n')
            *at = ' ';
    printf("failed %lu %s\n", request->id, reason);
}

static void serve(int parent, char *text, size_t length) {
    struct request request;
    if (!request_parse(text, length, &request)) {
        fprintf(stderr, "runv-spawner: this is no request: %.100s\n", text);
        exit(1);
    }
    if (request.kind == REQUEST_START)
        answer_start(parent, &request);
    else if (request.kind == REQUEST_OPENED)
        children_opened(request.id);
    else
        children_kill(request.id, request.signal);
    request_free(&request);
}

// The bytes of the request at the beginning, and of the line before it. False where it is not whole yet.
static bool measure(size_t *line, size_t *length) {
    char *end = memchr(input.bytes, '\n', input.length), *stop;
    if (!end)
        return false;
    *line = (size_t)(end - input.bytes) + 1;
    *length = strtoul(input.bytes, &stop, 10);
    if (stop != end || *length == 0 || *length > LARGEST_REQUEST) {
        fprintf(stderr, "runv-spawner: this is no length of a request: %.20s\n", input.bytes);
        exit(1);
    }
    return input.length - *line >= *length;
}

static void take_requests(int parent) {
    if (input.size - input.length < BUFSIZ) {
        input.size = input.size * 2 + BUFSIZ;
        input.bytes = realloc(input.bytes, input.size);
        if (!input.bytes)
            exit(1);
    }
    ssize_t count = read(STDIN_FILENO, input.bytes + input.length, input.size - input.length);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0)
        exit(0);
    input.length += (size_t)count;
    size_t line, length;
    while (measure(&line, &length)) {
        serve(parent, input.bytes + line, length);
        input.length -= line + length;
        memmove(input.bytes, input.bytes + line + length, input.length);
    }
}

static void tell_ended(int signals) {
    struct signalfd_siginfo info;
    unsigned long id;
    int status;
    // One signal may stand for several.
    if (read(signals, &info, sizeof info) < 0 && errno != EAGAIN && errno != EINTR)
        exit(1);
    while (children_reap(&id, &status))
        printf("ended %lu %d %d\n", id, WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int main(void) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    // What the parent has inherited itself is for nobody.
    if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) < 0) {
        fprintf(stderr, "runv-spawner: closing the parent's descriptors: %s\n", strerror(errno));
        return 1;
    }
    int parent = (int)syscall(SYS_pidfd_open, getppid(), 0);
    if (parent < 0 || fcntl(parent, F_SETFD, FD_CLOEXEC) < 0 || sigprocmask(SIG_BLOCK, &mask, NULL) < 0) {
        fprintf(stderr, "runv-spawner: setting up: %s\n", strerror(errno));
        return 1;
    }
    int signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals < 0) {
        fprintf(stderr, "runv-spawner: signalfd: %s\n", strerror(errno));
        return 1;
    }
    struct pollfd polled[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        // What was answered is heard before anything is waited for; without anybody to hear it there is nothing to do.
        if (fflush(stdout) != 0)
            return 1;
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return 1;
        if (polled[1].revents)
            tell_ended(signals);
        if (polled[0].revents)
            take_requests(parent);
    }
}

// START_SHIM: u32 how many arguments, and strings: the program's path, its arguments, its environment.
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"
#include "connection.h"

enum { REPORT_FD = 3, LONGEST_REPORT = 1024, FIELDS = 4 };

struct command {
    const char *path;
    char **arguments, **environment;
};

// Both lists share one table; each ends with NULL.
static bool parse(struct command *command, const struct frame *frame) {
    if (frame->length <= FIELDS || frame->payload[frame->length - 1] != 0)
        return false;
    size_t count = 0, arguments = get_be32(frame->payload);
    for (size_t at = FIELDS; at < frame->length; at++)
        count += frame->payload[at] == 0;
    if (count < 2 || arguments < 1 || arguments > count - 1)
        return false;
    char **strings = calloc(count + 2, sizeof *strings);
    if (!strings)
        return false;
    command->path = (const char *)frame->payload + FIELDS;
    command->arguments = strings;
    command->environment = strings + arguments + 1;
    char *at = (char *)command->path;
    for (size_t i = 0; i < count - 1; i++) {
        at += strlen(at) + 1;
        strings[i < arguments ? i : i + 1] = at;
    }
    return true;
}

static void say(int fd, const char *path, const char *what) {
    dprintf(fd, "%.800s cannot be run: %s\n", path, what);
}

static void become(const struct command *command, int report) {
    sigset_t none;
    sigemptyset(&none);
    // dup2 onto itself would leave it to be closed.
    if (report == REPORT_FD ? fcntl(REPORT_FD, F_SETFD, 0) < 0 : dup2(report, REPORT_FD) < 0)
        say(report, command->path, strerror(errno));
    else if (setsid() < 0 || signal(SIGPIPE, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        say(REPORT_FD, command->path, strerror(errno));
    else {
        execve(command->path, command->arguments, command->environment);
        say(REPORT_FD, command->path, strerror(errno));
    }
    _exit(1);
}

// Reads until the end of file, which comes when the shim has set itself up, or has ended.
static size_t read_report(int fd, char *to, size_t size) {
    size_t length = 0;
    char beyond;
    for (;;) {
        ssize_t count = length < size ? read(fd, to + length, size - length) : read(fd, &beyond, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return length;
        if (length < size)
            length += (size_t)count;
    }
}

static bool send_report(const char *line, size_t length) {
    // The next receive shows whether the daemon has disconnected.
    (void)connection_send(REPORT, (const uint8_t *)line, length);
    return true;
}

static bool send_failure(const struct command *command) {
    char line[LONGEST_REPORT];
    snprintf(line, sizeof line, "%.800s cannot be run: %s\n", command->path, strerror(errno));
    return send_report(line, strlen(line));
}

static bool start(const struct command *command) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return send_failure(command);
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return send_failure(command);
    }
    if (child == 0)
        become(command, ends[1]);
    close(ends[1]);
    char line[LONGEST_REPORT];
    size_t length = read_report(ends[0], line, sizeof line);
    close(ends[0]);
    // The child forks the shim and exits. It is reaped here; the shim's new parent reaps the shim.
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    return send_report(line, length);
}

bool shim_start(const struct frame *frame) {
    struct command command;
    if (!parse(&command, frame))
        return false;
    bool sent = start(&command);
    free(command.arguments);
    return sent;
}

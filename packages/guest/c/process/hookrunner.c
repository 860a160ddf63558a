// A hook gets the container's state on its standard input. The end of its output goes into the message of a failure.
#include "process/hookrunner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHOWN = 200 };

// A file in memory cannot fill up, as a pipe can when the hook does not read it.
static int open_state(const char *state) {
    const char *rest = state + 1;
    const char *comma = rest[strspn(rest, " ")] == '}' ? "" : ",";
    int fd = memfd_create("state", MFD_CLOEXEC);
    if (fd >= 0 && dprintf(fd, "{\"pid\":%d%s", (int)getpid(), comma) > 0 &&
        write(fd, rest, strlen(rest)) == (ssize_t)strlen(rest) && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close_fd(&fd);
    return -1;
}

// Runs in the child of a vfork. `error` is a variable of its parent.
static noreturn void execute(const struct hook *hook, int state, int output, volatile int *error) {
    const char *plain[] = {hook->path, NULL};
    char **arguments = hook->arguments[0] ? hook->arguments : (char **)(uintptr_t)plain;
    if (dup2(state, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0)
        execve(hook->path, arguments, hook->environment);
    *error = errno;
    _exit(127);
}

// Its status as waitpid() gives it; -1 when it took too long and was killed.
static int await(pid_t pid, int timeout) {
    int status = 0, ready;
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    do
        ready = ended.fd < 0 ? 1 : poll(&ended, 1, timeout);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        kill(pid, SIGKILL);
    close_fd(&ended.fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return ready == 0 ? -1 : status;
}

static bool judge(const struct hook *hook, int status, int output, struct failure *failure) {
    char said[SHOWN + 1];
    if (status == 0)
        return true;
    if (status < 0)
        return fail(failure, "HOOK", "the startContainer hook \"%.*s\" took longer than its %d s", SHOWN,
                    hook->path, hook->timeout / 1000);
    off_t size = lseek(output, 0, SEEK_END);
    ssize_t length = pread(output, said, SHOWN, size > SHOWN ? size - SHOWN : 0);
    said[length > 0 ? length : 0] = 0;
    said[strcspn(said, "\n")] = 0;
    return fail(failure, "HOOK", "the startContainer hook \"%.*s\" %s %d%s%s", SHOWN, hook->path,
                WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), said[0] ? ": " : "", said);
}

static bool run(const struct hook *hook, const char *state, struct failure *failure) {
    volatile int error = 0;
    int input = open_state(state), output = memfd_create("said", MFD_CLOEXEC);
    pid_t pid = input < 0 || output < 0 ? -1 : vfork();
    if (pid == 0)
        execute(hook, input, output, &error);
    if (pid < 0)
        error = errno;
    int status = pid > 0 ? await(pid, hook->timeout) : 0;
    bool done = error ? fail(failure, "HOOK", "the startContainer hook \"%.*s\": %s", SHOWN, hook->path,
                             strerror(error))
                      : judge(hook, status, output, failure);
    close_fd(&input);
    close_fd(&output);
    return done;
}

bool hooks_run(const struct hooks *hooks, struct failure *failure) {
    for (size_t i = 0; i < hooks->count; i++)
        if (!run(&hooks->hooks[i], hooks->state, failure))
            return false;
    return true;
}

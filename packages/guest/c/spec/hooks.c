// Hooks get the container's state on their standard input; what they say is kept for the failure's message.
#include "spec/hooks.h"

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

#include "base/json.h"

enum { MOST_HOOKS = 1024, MOST_STRINGS = 65536, MOST_SECONDS = 1000000, SHOWN = 200 };

// A list of pointers with its NULL; the strings stay the JSON's.
static bool parse_strings(struct json_object *entry, const char *name, char ***strings,
                          struct failure *failure) {
    struct json_object *list;
    if (!json_array(entry, name, &list, failure))
        return false;
    size_t count = list ? json_object_array_length(list) : 0;
    if (count > MOST_STRINGS)
        return fail(failure, "INVALID", "a hook's %s has %zu entries, at most %d are allowed", name, count,
                    MOST_STRINGS);
    *strings = allocate((count + 1) * sizeof **strings);
    for (size_t i = 0; i < count; i++) {
        const char *text;
        if (!json_plain_text(json_object_array_get_idx(list, i), name, &text, failure))
            return false;
        (*strings)[i] = (char *)(uintptr_t)text;
    }
    return true;
}

static bool parse_hook(struct json_object *entry, struct hook *hook, struct failure *failure) {
    int64_t seconds;
    if (!json_object_is_type(entry, json_type_object))
        return fail(failure, "INVALID", "an entry of startContainer must be an object");
    if (!json_text(entry, "path", NULL, &hook->path, failure) ||
        !parse_strings(entry, "args", &hook->arguments, failure) ||
        !parse_strings(entry, "env", &hook->environment, failure) ||
        !json_integer(entry, "timeout", 1, MOST_SECONDS, 0, &seconds, failure))
        return false;
    hook->timeout = seconds > 0 ? (int)(seconds * 1000) : -1;
    return hook->path[0] == '/' ||
           fail(failure, "INVALID", "the hook \"%.200s\" must be an absolute path", hook->path);
}

bool hooks_parse(struct json_object *container, struct hooks *hooks, struct failure *failure) {
    struct json_object *found, *list;
    if (!json_nested(container, "hooks", &found, failure) ||
        !json_text(container, "state", "{}", &hooks->state, failure))
        return false;
    if (!found)
        return true;
    if (!json_array(found, "startContainer", &list, failure))
        return false;
    size_t count = list ? json_object_array_length(list) : 0;
    if (count > MOST_HOOKS || hooks->state[0] != '{')
        return fail(failure, "INVALID", "there may be %d hooks, and their state is an object", MOST_HOOKS);
    hooks->hooks = allocate(count * sizeof *hooks->hooks);
    hooks->count = count;
    for (size_t i = 0; i < count; i++)
        if (!parse_hook(json_object_array_get_idx(list, i), &hooks->hooks[i], failure))
            return false;
    return true;
}

void hooks_free(struct hooks *hooks) {
    for (size_t i = 0; i < hooks->count; i++) {
        free(hooks->hooks[i].arguments);
        free(hooks->hooks[i].environment);
    }
    free(hooks->hooks);
}

// A file in memory cannot fill up, as a pipe would that the hook does not read.
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

// The child of a vfork: `error` is its parent's.
static noreturn void execute(const struct hook *hook, int state, int output, volatile int *error) {
    const char *plain[] = {hook->path, NULL};
    char **arguments = hook->arguments[0] ? hook->arguments : (char **)(uintptr_t)plain;
    if (dup2(state, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0)
        execve(hook->path, arguments, hook->environment);
    *error = errno;
    _exit(127);
}

// Its status as waitpid has it; -1 when it took too long and was killed.
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

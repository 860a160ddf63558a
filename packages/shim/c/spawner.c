// A request is a line on stdin, `<stdin> <stdout> <stderr> <key>`: numbers of the daemon's descriptors, or -1 for none. The
// answer is a line on stdout: what the carrier reports (report.h), or why there is none.
#include "spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon.h"

// Newer than the oldest headers that this is built with.
#ifndef SYS_pidfd_open
enum { SYS_pidfd_open = 434 };
#endif
#ifndef SYS_pidfd_getfd
enum { SYS_pidfd_getfd = 438 };
#endif

enum { STREAMS = 3, REPORT = 3, LONGEST_REQUEST = LONGEST_KEY + 64, LONGEST_ANSWER = 600 };

struct request {
    int fds[STREAMS]; // the daemon's, then this process's
    const char *key;
};

static const char *socket_path;
static int daemon_process;

bool spawner_is_asked_for(void) {
    return getenv("RUNV_SHIM_SPAWNER") != NULL;
}

static void answer(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    // Nobody is left who would hear of it.
    if (fflush(stdout) != 0)
        exit(1);
}

static bool take_descriptors(struct request *request) {
    for (int i = 0; i < STREAMS; i++) {
        int theirs = request->fds[i];
        request->fds[i] = theirs < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC)
                                     : (int)syscall(SYS_pidfd_getfd, daemon_process, theirs, 0);
        if (request->fds[i] >= 0)
            continue;
        int error = errno;
        while (i-- > 0)
            close(request->fds[i]);
        answer("taking descriptor %d: %s\n", theirs, strerror(error));
        return false;
    }
    return true;
}

// Beyond the numbers that they get, whatever these were.
static void place(const int *fds, int report) {
    int high[STREAMS + 1];
    for (int i = 0; i <= STREAMS; i++) {
        high[i] = fcntl(i < STREAMS ? fds[i] : report, F_DUPFD_CLOEXEC, REPORT + 1);
        if (high[i] < 0)
            _exit(1);
    }
    for (int i = 0; i <= STREAMS; i++)
        if (dup2(high[i], i) < 0)
            _exit(1);
}

static noreturn void become_carrier(const struct request *request, int report) {
    static char key[LONGEST_KEY + 20], socket[LONGEST_ANSWER], name[LONGEST_KEY + 1];
    place(request->fds, report);
    setsid();
    signal(SIGCHLD, SIG_DFL);
    snprintf(key, sizeof key, "RUNV_SHIM_KEY=%s", request->key);
    snprintf(socket, sizeof socket, "RUNV_SHIM_SOCKET=%s", socket_path);
    // Without the token at its end.
    const char *slash = strrchr(request->key, '/');
    snprintf(name, sizeof name, "%.*s", slash ? (int)(slash - request->key) : 0, request->key);
    char *arguments[] = {"runv-shim", "stdio", name, (char *)socket_path, NULL};
    char *environment[] = {"RUNV_SHIM_CARRIER=1", key, socket, NULL};
    execve("/proc/self/exe", arguments, environment);
    dprintf(REPORT, "running the carrier: %s\n", strerror(errno));
    _exit(1);
}

static void pass_on(int report) {
    char said[LONGEST_ANSWER];
    size_t length = 0;
    ssize_t count;
    while (length < sizeof said - 1 && (count = read(report, said + length, sizeof said - 1 - length)) != 0) {
        if (count < 0 && errno != EINTR)
            break;
        length += count > 0 ? (size_t)count : 0;
    }
    said[length] = 0;
    said[strcspn(said, "\n")] = 0;
    answer("%s\n", *said ? said : "the carrier ended before it was ready");
}

static void start(struct request *request) {
    int report[2];
    if (!take_descriptors(request))
        return;
    pid_t child = pipe2(report, O_CLOEXEC) < 0 ? -1 : fork();
    if (child == 0)
        become_carrier(request, report[1]);
    int error = errno;
    for (int i = 0; i < STREAMS; i++)
        close(request->fds[i]);
    if (child < 0) {
        answer("starting a carrier: %s\n", strerror(error));
        return;
    }
    close(report[1]);
    pass_on(report[0]);
    close(report[0]);
}

static bool read_request(struct request *request, char *line) {
    int begin = 0;
    int *fds = request->fds;
    line[strcspn(line, "\n")] = 0;
    request->key = line;
    if (sscanf(line, "%d %d %d %n", &fds[0], &fds[1], &fds[2], &begin) != STREAMS || begin == 0)
        return false;
    request->key = line + begin;
    return *request->key && strlen(request->key) <= LONGEST_KEY;
}

noreturn void spawner_run(void) {
    static char line[LONGEST_REQUEST];
    socket_path = getenv("RUNV_SHIM_SOCKET");
    daemon_process = (int)syscall(SYS_pidfd_open, getppid(), 0);
    // Carriers are reaped as they end.
    if (!socket_path || daemon_process < 0 || fcntl(daemon_process, F_SETFD, FD_CLOEXEC) < 0 ||
        signal(SIGCHLD, SIG_IGN) == SIG_ERR)
        exit(1);
    while (fgets(line, sizeof line, stdin)) {
        struct request request;
        if (read_request(&request, line))
            start(&request);
        else
            answer("this is no request: %.100s\n", line);
    }
    exit(0);
}

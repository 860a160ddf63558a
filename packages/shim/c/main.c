// The shim: the process on the host for one process of a container. Its arguments are the container's process's, for `ps`
// to show. Its settings come in the environment (README.md).
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "console.h"
#include "daemon.h"
#include "input.h"
#include "netns.h"
#include "place.h"
#include "privileges.h"
#include "process.h"
#include "reconnect.h"
#include "report.h"
#include "root.h"
#include "settings.h"
#include "signals.h"
#include "terminal.h"

enum { FIRST_FOREIGN_FD = 4 }; // after stdio and the report's

enum { SIGNALS, DAEMON, RECONNECT, STDIN, STDOUT, STDERR, POLLED };

// Whatever is opened first would otherwise become the process's stdin.
static void fill_stdio(void) {
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            report_failure("opening /dev/null as descriptor %d: %s", fd, strerror(errno));
}

static void close_foreign(void) {
    if (syscall(SYS_close_range, FIRST_FOREIGN_FD, ~0U, 0) < 0)
        report_failure("closing the caller's descriptors: %s", strerror(errno));
}

// An engine reaps its containers' processes itself: they become its children when their parent ends, which the caller, who
// may go on for a while, must not be.
static void detach(bool own_pids) {
    int told[2];
    if (pipe2(told, O_CLOEXEC) < 0)
        report_failure("a pipe: %s", strerror(errno));
    if (own_pids && unshare(CLONE_NEWPID) < 0)
        report_failure("making a pid namespace: %s", strerror(errno));
    pid_t child = fork();
    if (child < 0)
        report_failure("forking: %s", strerror(errno));
    // In a pid namespace it cannot see itself what number the host knows it by.
    if (child > 0)
        _exit(write(told[1], &child, sizeof child) == sizeof child ? 0 : 1);
    close(told[1]);
    if (read(told[0], &process.pid, sizeof process.pid) != sizeof process.pid)
        report_failure("the shim's own pid: %s", strerror(errno));
    close(told[0]);
    if (setsid() < 0)
        report_failure("a session of its own: %s", strerror(errno));
}

static void open_terminal(const struct settings *settings) {
    if (settings->console_socket) {
        console_open(settings->console_socket);
        return;
    }
    // What is typed is the caller's terminal's to shape, unless it is typed for the guest's.
    bool typed = isatty(STDIN_FILENO);
    terminal_open(typed ? STDIN_FILENO : STDOUT_FILENO);
    int error = typed ? terminal_make_raw() : 0;
    if (error)
        report_failure("making the terminal raw: %s", strerror(error));
}

static void own_stdio(void) {
    input_own(STDIN_FILENO);
    output_own(&process.outputs[0], STDOUT_FILENO);
    output_own(&process.outputs[1], STDERR_FILENO);
}

static void open_stdio(void) {
    input_open(STDIN_FILENO);
    output_open(&process.outputs[0], STDOUT_FILENO);
    if (!process.terminal)
        output_open(&process.outputs[1], STDERR_FILENO);
}

// As `ps -C` and `top` show it; its arguments say it already.
static void name_after_program(const char *program) {
    const char *slash = strrchr(program, '/');
    prctl(PR_SET_NAME, slash ? slash + 1 : program);
}

static void set_up(const char *program) {
    static struct settings settings;
    report_open();
    name_after_program(program);
    signals_hold();
    fill_stdio();
    close_foreign();
    settings_read(&settings);
    process.pid = getpid();
    if (settings.detached)
        detach(settings.own_pids);
    process.key = settings.key;
    process.terminal = settings.terminal;
    process.carrier = settings.carrier;
    process.shared = settings.shared;
    if (settings.netns)
        netns_enter(settings.netns);
    if (settings.terminal)
        open_terminal(&settings);
    signals_open();
    if (settings.carrier && !settings.shared)
        own_stdio();
    else
        open_stdio();
    // A directory that somebody is in cannot be unmounted.
    if (chdir("/") < 0)
        report_failure("going to /: %s", strerror(errno));
    if (settings.root) {
        place_keep(settings.socket);
        root_enter(&settings);
    }
    privileges_give_up();
    report_ready(process.pid);
    daemon_open(settings.socket, settings.patience_ms);
}

// -1 is never.
static int sooner(int one, int other) {
    if (one < 0 || other < 0)
        return one < 0 ? other : one;
    return one < other ? one : other;
}

static int wait_for(struct pollfd *polled) {
    signals_poll(&polled[SIGNALS]);
    daemon_poll(&polled[DAEMON]);
    reconnect_poll(&polled[RECONNECT]);
    input_poll(&polled[STDIN]);
    output_poll(&process.outputs[0], &polled[STDOUT]);
    output_poll(&process.outputs[1], &polled[STDERR]);
    int readers = sooner(output_wait(&process.outputs[0]), output_wait(&process.outputs[1]));
    return poll(polled, POLLED, sooner(reconnect_wait(), readers));
}

// Nobody else hears it.
static void end_when_told(void) {
    int number = signals_unheard();
    if (number)
        process_exit(128 + number);
}

static void serve(const struct pollfd *polled) {
    if (polled[SIGNALS].revents && signals_ready())
        daemon_resized();
    if (polled[DAEMON].revents)
        daemon_ready(polled[DAEMON].revents);
    if (polled[RECONNECT].revents)
        reconnect_ready();
    if (polled[STDIN].revents)
        input_ready();
    if (polled[STDOUT].revents)
        output_ready(&process.outputs[0]);
    if (polled[STDERR].revents)
        output_ready(&process.outputs[1]);
}

int main(int argc, char **argv) {
    struct pollfd polled[POLLED];
    set_up(argc > 0 ? argv[0] : "");
    for (;;) {
        output_look(&process.outputs[0]);
        output_look(&process.outputs[1]);
        process_end_when_done();
        daemon_connect();
        daemon_say();
        end_when_told();
        if (wait_for(polled) > 0)
            serve(polled);
    }
}

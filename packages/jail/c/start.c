#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "failure.h"
#include "filesystem.h"
#include "identity.h"
#include "settings.h"

enum { REPORT = 3 };

// Opened in the namespaces of the host, for the program to enter with its first page.
static void open_cgroups(const struct settings *settings, int *fds) {
    for (int i = 0; i < settings->cgroup_count; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/cgroup.procs", settings->cgroups[i]);
        fds[i] = open(path, O_WRONLY | O_CLOEXEC);
        if (fds[i] < 0)
            fail(errno, "entering the control group %.300s", settings->cgroups[i]);
    }
}

static void enter_cgroups(const struct settings *settings, const int *fds) {
    for (int i = 0; i < settings->cgroup_count; i++)
        if (write(fds[i], "0", 1) < 0)
            fail(errno, "entering the control group %.300s", settings->cgroups[i]);
}

// Those that the caller gave are on the host's own mounts.
static void open_stdio_anew(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        fail(errno, "/dev/null in the jail");
    close(null);
}

// The program must not outlive the process that answers for it. That may have ended before the kernel was told.
static void end_with_parent(int alive) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        fail(errno, "ending with the parent");
    struct pollfd polled = {.fd = alive};
    if (poll(&polled, 1, 0) < 0 || polled.revents & POLLHUP)
        _exit(1);
}

static noreturn void become_program(const struct settings *settings, const sigset_t *signals, int alive) {
    if (settings->root) {
        if (unshare(CLONE_NEWCGROUP) < 0)
            fail(errno, "a cgroup namespace");
        filesystem_enter(settings);
        open_stdio_anew();
        identity_take(settings->user);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        fail(errno, "giving up new privileges");
    end_with_parent(alive);
    descriptors_place(settings);
    if (sigprocmask(SIG_SETMASK, signals, NULL) < 0)
        fail(errno, "the signals of the program");
    if (settings->filter)
        settings->filter();
    execv(*settings->program, settings->program);
    fail(errno, "running %.300s", *settings->program);
}

static int make_status(const char *path) {
    if (!path)
        return -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        fail(errno, "making %.300s", path);
    return fd;
}

static noreturn void end_as(int status, int status_file) {
    bool exited = WIFEXITED(status);
    if (status_file >= 0)
        dprintf(status_file, "%s %d\n", exited ? "code" : "signal", exited ? WEXITSTATUS(status) : WTERMSIG(status));
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    signal(WTERMSIG(status), SIG_DFL);
    sigset_t all;
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    raise(WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

// SIGTERM, and whatever else asks it to end, kills the program.
static noreturn void watch(const struct settings *settings, pid_t program, const sigset_t *watched, int status_file) {
    for (;;) {
        int status;
        pid_t ended = waitpid(program, &status, WNOHANG);
        if (ended < 0)
            fail(errno, "waiting for the program");
        if (ended == program) {
            descriptors_save_fifos(settings);
            end_as(status, status_file);
        }
        int number = sigwaitinfo(watched, NULL);
        if (number > 0 && number != SIGCHLD)
            kill(program, SIGKILL);
    }
}

// So that `ps` shows the program's command line only once.
static void forget_words(char **words) {
    for (; *words; words++)
        memset(*words, 0, strlen(*words));
}

static pid_t make_child(bool jailed) {
    int flags = jailed ? CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS : 0;
    pid_t child = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child < 0)
        fail(errno, "making the jail's namespaces");
    return child;
}

// The program's descriptors are its own: what it closes is closed. The pipe says that this process lives. The status is where the
// report was.
static void keep_only(const struct settings *settings, int status_file, int alive) {
    if (status_file < 0)
        return descriptors_keep_fifos(settings, &alive, 1);
    if (dup2(status_file, REPORT) < 0)
        fail(errno, "keeping the file of the status");
    descriptors_keep_fifos(settings, (int[]){REPORT, alive}, 2);
}

noreturn void start(char **words) {
    static struct settings settings;
    sigset_t watched, before;
    int alive[2], cgroups[MOST_ENTRIES];
    failure_to(REPORT);
    if (fcntl(REPORT, F_SETFD, FD_CLOEXEC) < 0)
        fail(errno, "the report on descriptor %d", REPORT);
    settings_read(&settings, words);
    // Before anything is opened: the caller's own limit of descriptors may be lower than the program's.
    identity_limit();
    open_cgroups(&settings, cgroups);
    int status_file = make_status(settings.status);
    if (settings.root)
        filesystem_open(&settings);
    // Before any socket is made, which would lead back to the host's interfaces.
    if (settings.root && unshare(CLONE_NEWNET) < 0)
        fail(errno, "a network namespace");
    descriptors_open(&settings);
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &watched, &before) < 0 || pipe2(alive, O_CLOEXEC) < 0)
        fail(errno, "preparing to watch the program");
    pid_t child = make_child(settings.root);
    if (child == 0) {
        close(alive[1]);
        enter_cgroups(&settings, cgroups);
        become_program(&settings, &before, alive[0]);
    }
    dprintf(REPORT, "pid %d\n", child);
    forget_words(words);
    keep_only(&settings, status_file, alive[1]);
    watch(&settings, child, &watched, status_file < 0 ? -1 : REPORT);
}

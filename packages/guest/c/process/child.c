// The child's side of starting a process. It reports each failure over the socket. The exec closes the socket, and
// PID 1 takes that, after a REPORT_EXECUTING, for success.
#include "process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
#include "process/credentials.h"
#include "process/hookrunner.h"
#include "process/program.h"
#include "process/report.h"
#include "process/terminal.h"
#include "rootfs/setup.h"

enum { DEFAULT_FILES_SOFT = 1024, DEFAULT_FILES_HARD = 524288 };

static noreturn void give_up(struct child *child, const struct failure *failure) {
    report_send(child->socket, REPORT_FAILED, failure, -1);
    _exit(127);
}

// PID 1 ignores SIGPIPE and blocks signals (signals.c). Programs expect neither.
static void reset_signals(void) {
    sigset_t none;
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&none);
    sigaction(SIGPIPE, &action, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// A created child may wait long, and would keep open the ends of other pipes that it inherited.
static void close_others(struct child *child) {
    int keep[] = {child->socket, child->join, child->pipes[0], child->pipes[1], child->pipes[2]};
    int count = sizeof keep / sizeof *keep;
    unsigned from = 3;
    for (;;) {
        int next = INT_MAX;
        for (int i = 0; i < count; i++)
            if (keep[i] >= (int)from && keep[i] < next)
                next = keep[i];
        if ((unsigned)next > from && close_range(from, (unsigned)next - 1, 0) < 0)
            log_line("close_range: %s", strerror(errno));
        if (next == INT_MAX)
            return;
        from = (unsigned)next + 1;
    }
}

// PID 1 raised its own limit because it has many descriptors. Its children get the usual one.
static void reset_limits(void) {
    struct rlimit files = {DEFAULT_FILES_SOFT, DEFAULT_FILES_HARD};
    if (setrlimit(RLIMIT_NOFILE, &files) == 0)
        return;
    // A hard limit that may not be raised stays.
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    files.rlim_cur = DEFAULT_FILES_SOFT;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0)
        log_line("RLIMIT_NOFILE: %s", strerror(errno));
}

static bool set_oom_score(int score, struct failure *failure) {
    if (score == 0)
        return true;
    char text[16];
    int length = snprintf(text, sizeof text, "%d", score);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, (size_t)length) < 0)
        return fail_errno(failure, errno, "setting oom_score_adj to %d", score);
    close(fd);
    return true;
}

static bool enter_isolation(struct child *child, struct failure *failure) {
    if (child->is_init) {
        // A kernel may lack cgroup namespaces. The container then sees the guest's tree.
        if (unshare(CLONE_NEWCGROUP) < 0 && errno != EINVAL)
            return fail_errno(failure, errno, "a cgroup namespace");
        return namespaces_enter(&child->namespaces, failure) &&
               (!id_maps_any(child->maps) || userns_act_as_root(child->maps, failure)) &&
               setup_root(&child->container, child->maps, failure);
    }
    if (child->join < 0)
        return true;
    if (setns(child->join, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) < 0)
        return fail_errno(failure, errno, "entering the container's namespaces");
    if (setns(child->join, CLONE_NEWCGROUP) < 0 && errno != EINVAL)
        return fail_errno(failure, errno, "entering the container's cgroup namespace");
    return true;
}

static bool connect_stdio(struct child *child, int devpts, struct failure *failure) {
    const struct process_spec *spec = child_process(child);
    if (spec->terminal) {
        int master = terminal_take(spec, child->maps, devpts, child->is_init, failure);
        if (master < 0)
            return false;
        report_send(child->socket, REPORT_TERMINAL, NULL, master);
        close(master);
        return true;
    }
    for (int fd = 0; fd <= 2; fd++) {
        if (dup2(child->pipes[fd], fd) < 0)
            return fail_errno(failure, errno, "descriptor %d", fd);
        // The user must be able to open /dev/stdout again.
        if (fchown(fd, map_user(child->maps, spec->uid), map_group(child->maps, spec->gid)) < 0)
            return fail_errno(failure, errno, "giving descriptor %d to user %u", fd, spec->uid);
    }
    return true;
}

static bool make_directories(const char *path) {
    char part[PATH_MAX];
    if (strlen(path) >= sizeof part) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (part[0] && mkdir(part, 0755) < 0 && errno != EEXIST)
            return false;
    }
    return mkdir(path, 0755) == 0 || errno == EEXIST;
}

static bool enter_workdir(const char *path, struct failure *failure) {
    if (chdir(path) == 0)
        return true;
    if (errno != ENOENT || !make_directories(path) || chdir(path) < 0)
        return fail_errno(failure, errno, "the workdir \"%.200s\"", path);
    return true;
}

static bool set_personality(const struct process_spec *spec, struct failure *failure) {
    if (spec->umask >= 0)
        umask((mode_t)spec->umask);
    if (spec->personality >= 0 && personality((unsigned long)spec->personality) < 0)
        return fail_errno(failure, errno, "setting the personality 0x%llx", (long long)spec->personality);
    return true;
}

// The user namespace must own the container's mounts, so the child copies them in it.
static bool enter_user_namespace(struct child *child, struct failure *failure) {
    if (!id_maps_any(child->maps))
        return true;
    if (!child->is_init)
        return userns_enter(child->join, failure);
    if (!userns_enter(child->namespaces.user, failure))
        return false;
    if (unshare(CLONE_NEWNS) < 0 || (unshare(CLONE_NEWCGROUP) < 0 && errno != EINVAL))
        return fail_errno(failure, errno, "the mounts of a user namespace");
    return true;
}

static bool become(struct child *child, int devpts, struct failure *failure) {
    const struct process_spec *spec = child_process(child);
    return connect_stdio(child, devpts, failure) && enter_workdir(spec->workdir, failure) &&
           (!child->is_init || setup_readonly(&child->container, failure)) && apply_limits(spec, failure) &&
           scheduling_apply(&spec->scheduling, failure) && set_personality(spec, failure) &&
           enter_user_namespace(child, failure) &&
           // Without no_new_privs a filter needs CAP_SYS_ADMIN, which apply_credentials() may drop.
           (spec->no_new_privileges || filter_apply(&spec->filter, failure)) &&
           apply_credentials(spec, failure);
}

static void wait_for_start(struct child *child) {
    char go;
    close_others(child);
    report_send(child->socket, REPORT_CREATED, NULL, -1);
    // PID 1 has the other end. Once that is closed there is nothing to wait for.
    while (recv(child->socket, &go, 1, 0) < 0 && errno == EINTR) {
    }
}

struct child *child_make(bool is_init) {
    struct child *child = allocate(sizeof *child);
    child->is_init = is_init;
    child->join = child->socket = -1;
    child->namespaces.made = (struct user_namespace){-1, -1, -1};
    return child;
}

void child_free(struct child *child) {
    if (!child)
        return;
    namespaces_close(&child->namespaces);
    if (child->is_init)
        container_spec_free(&child->container);
    else
        process_spec_free(&child->process);
    free(child);
}

const struct process_spec *child_process(const struct child *child) {
    return child->is_init ? &child->container.process : &child->process;
}

noreturn void child_run(struct child *child) {
    struct failure failure = {0};
    const struct process_spec *spec = child_process(child);
    bool created = child->is_init && child->container.created;
    char path[PATH_MAX];
    reset_signals();
    reset_limits();
    if (setsid() < 0) {
        fail_errno(&failure, errno, "setsid");
        give_up(child, &failure);
    }
    int devpts = spec->terminal ? terminal_open_fallback() : -1;
    if (!set_oom_score(spec->oom_score_adj, &failure) || !enter_isolation(child, &failure) ||
        !become(child, devpts, &failure))
        give_up(child, &failure);
    add_home(spec, &child->home);
    if (created && !find_program(spec, path, &failure))
        give_up(child, &failure);
    if (created)
        wait_for_start(child);
    if (child->is_init && !hooks_run(&child->container.hooks, &failure))
        give_up(child, &failure);
    // As late as possible, so that the filter need not allow the steps before.
    if (spec->no_new_privileges && !filter_apply(&spec->filter, &failure))
        give_up(child, &failure);
    report_send(child->socket, REPORT_EXECUTING, NULL, -1);
    run_program(spec, created ? path : NULL, &failure);
    give_up(child, &failure);
}

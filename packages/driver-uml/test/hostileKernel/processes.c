// The host's processes, those of other jails, and the process that answers for this one.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attack.h"

static void harm(const struct target *target) {
    pid_t victim = target->victim;
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
    struct rlimit none = {0, 0};
    cpu_set_t cpus = {{1}};
    said("kill a process of the host", kill(victim, SIGKILL));
    said("tgkill it", syscall(SYS_tgkill, victim, victim, SIGKILL));
    said("trace it", ptrace(PTRACE_ATTACH, victim, NULL, NULL));
    said("read its memory", process_vm_readv(victim, &here, 1, &there, 1, 0));
    said("write its memory", process_vm_writev(victim, &here, 1, &there, 1, 0));
    said("a descriptor of it", syscall(SYS_pidfd_open, victim, 0));
    said("limit it", prlimit(victim, RLIMIT_CPU, &none, NULL));
    said("keep it on one CPU", sched_setaffinity(victim, sizeof cpus, &cpus));
    said("compare with it", syscall(SYS_kcmp, victim, getpid(), 0, 0, 0));
    said("the process that started it", getppid());
}

// In the group are the jail's own process, which belongs to root, and this one.
static void kill_group(const struct target *target) {
    (void)target;
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    kill(-1, SIGTERM);
}

static void leave(void) {
    said("a user namespace", unshare(CLONE_NEWUSER));
    said("the same by clone", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
    said("the same by clone3", syscall(SYS_clone3, NULL, 0));
    int fd = open("/proc/self/ns/pid", O_RDONLY);
    said("join a namespace", setns(fd, 0));
    close(fd);
}

static void namespaces(void) {
    static char text[4096];
    int fd = open("/proc/self/cgroup", O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    bool root = length > 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line;)
        root = root && !strcmp(strrchr(line, ':'), ":/");
    say("its control groups", root ? "the root of each" : "another");
    say("its pid", getpid() == 1 ? "1" : "another");
}

void attack_processes(const struct target *target) {
    namespaces();
    harm(target);
    signal(SIGTERM, SIG_IGN);
    said_of_child("kill its process group", kill_group, target);
    leave();
}

// A child begins in PID 1's memory instead of in a copy of it: under emulation the copy, and the faults that fill
// it, take longer than all the rest of an exec. As with vfork the thread that clones it stands still until the
// child has executed a program or died. That thread is one of its own, so PID 1 goes on, and what it
// leaves changed (its namespaces) ends with it.
#include "process/clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STACK_SIZE = 512 * 1024, CHILD_STACK_SIZE = 384 * 1024 };

struct launch {
    struct container *container;
    struct child *child;
    sem_t begun;
    pid_t pid;
    int error;
};

// The child's first step on its stack. PID 1 waits for it, because it must know the pid.
static noreturn void begin(struct launch *launch) {
    struct child *child = launch->child;
    // From here on `launch` may be gone.
    sem_post(&launch->begun);
    child_run(child);
}

// clone3 with a stack for the child; the C library has no function for it. Comes back in the parent alone.
static long clone_on_stack(struct clone_args *arguments, struct launch *launch) {
    register struct launch *first __asm__("r12") = launch;
    register void (*entry)(struct launch *) __asm__("r13") = begin;
    long result = SYS_clone3;
    __asm__ volatile("syscall\n\t"
                 "test %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "xor %%ebp, %%ebp\n\t"
                 "mov %%r12, %%rdi\n\t"
                 "call *%%r13\n\t"
                 "1:"
                 : "+a"(result)
                 : "D"(arguments), "S"(sizeof *arguments), "r"(first), "r"(entry)
                 : "rcx", "r11", "memory");
    return result;
}

static void clone_child(struct launch *launch) {
    // Below what this thread itself uses.
    char stack[CHILD_STACK_SIZE] __attribute__((aligned(16)));
    const uint64_t all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC;
    const uint64_t namespaces = all & ~launch->child->namespaces.shared;
    const struct container *container = launch->container;
    bool is_init = launch->child->is_init;
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | (is_init ? namespaces | CLONE_PIDFD : 0),
        .pidfd = is_init ? (uintptr_t)&container->pidfd : 0,
        .parent_tid = (uintptr_t)&launch->pid,
        .exit_signal = SIGCHLD,
        .stack = (uintptr_t)stack,
        .stack_size = sizeof stack,
    };
    // Into its cgroup from the beginning: moving a process there afterwards takes the kernel 5 to 10 ms.
    int cgroup = container ? cgroup_directory(container->cgroup) : -1;
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)cgroup;
    }
    long result = clone_on_stack(&arguments, launch);
    if (result >= 0)
        return;
    launch->error = (int)-result;
    sem_post(&launch->begun);
}

static void *run(void *argument) {
    struct launch *launch = argument;
    // The child of a thread is put into the pid namespace that the thread has chosen for its children.
    const struct child *child = launch->child;
    int join = child->is_init ? child->namespaces.pid : child->join;
    if (join >= 0 && setns(join, CLONE_NEWPID) < 0) {
        launch->error = errno;
        sem_post(&launch->begun);
        return NULL;
    }
    clone_child(launch);
    return NULL;
}

static int start_thread(struct launch *launch) {
    pthread_t thread;
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error)
        return error;
    error = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    if (!error)
        error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (!error)
        error = pthread_create(&thread, &attributes, run, launch);
    pthread_attr_destroy(&attributes);
    return error;
}

pid_t launch(struct container *container, struct child *child) {
    struct launch launch = {.container = container, .child = child};
    if (sem_init(&launch.begun, 0, 0) < 0)
        return -1;
    int error = start_thread(&launch);
    while (!error && sem_wait(&launch.begun) < 0 && errno == EINTR) {
    }
    if (!error)
        error = launch.error;
    errno = error;
    return error ? -1 : launch.pid;
}

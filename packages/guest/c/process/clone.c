// A child begins in PID 1's memory instead of in a copy of it: under emulation the copy, and the page faults that fill
// it, take longer than the rest of an exec. As with vfork, the thread that clones waits until the child has executed
// a program or died. It is a thread of its own, so PID 1 goes on, and its changed namespaces end with it.
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

#include "machine/text.h"

enum { STACK_SIZE = 512 * 1024, CHILD_STACK_SIZE = 384 * 1024 };

struct clone_call {
    struct container *container;
    struct child *child;
    int move_to; // a cgroup's directory, or -1: the child begins where it belongs
    sem_t begun;
    pid_t pid;
    int error;
};

// What a clone into a cgroup may not, a move may: to exceed the limit of processes.
static bool move_self(int directory) {
    return text_write_at(directory, "cgroup.procs", "0");
}

// The child's first step on its stack. PID 1 waits for it to learn the pid.
static noreturn void begin(struct clone_call *call) {
    struct child *child = call->child;
    bool moved = call->move_to < 0 || move_self(call->move_to);
    if (!moved)
        call->error = errno;
    // `call` may be freed from here on.
    sem_post(&call->begun);
    if (!moved)
        _exit(1);
    child_run(child);
}

// clone3 with a stack for the child, for which the C library has no function. It returns in the parent only.
static long clone_on_stack(struct clone_args *arguments, struct clone_call *call) {
    register struct clone_call *first __asm__("r12") = call;
    register void (*entry)(struct clone_call *) __asm__("r13") = begin;
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

// As runc does: where the container has handed its cgroup's controllers on, as systemd does, the child is put beside the init.
static long clone_and_move(struct clone_args *arguments, struct clone_call *call, bool beside_init) {
    const struct container *container = call->container;
    int init = beside_init ? cgroup_directory_of(container->init) : -1;
    if (beside_init && init < 0)
        return -EBUSY;
    call->move_to = beside_init ? init : cgroup_directory(container->cgroup);
    long result = clone_on_stack(arguments, call);
    close_fd(&init);
    return result;
}

static void clone_into_namespaces(struct clone_call *call) {
    // Below the part of the stack that this thread uses.
    char stack[CHILD_STACK_SIZE] __attribute__((aligned(16)));
    const uint64_t all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC;
    const uint64_t namespaces = all & ~call->child->namespaces.shared;
    const struct container *container = call->container;
    bool is_init = call->child->is_init;
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | (is_init ? namespaces | CLONE_PIDFD : 0),
        .pidfd = is_init ? (uintptr_t)&container->pidfd : 0,
        .parent_tid = (uintptr_t)&call->pid,
        .exit_signal = SIGCHLD,
        .stack = (uintptr_t)stack,
        .stack_size = sizeof stack,
    };
    // The child begins in its cgroup: to move it there afterwards takes the kernel 5 to 10 ms.
    int cgroup = container ? cgroup_directory(container->cgroup) : -1;
    // As long as a process is in the container's own, an init that has made others cannot hand controllers on to them.
    int init = cgroup >= 0 && !is_init && cgroup_is_divided(container->cgroup) ? cgroup_directory_of(container->init) : -1;
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)(init >= 0 ? init : cgroup);
    }
    long result = clone_on_stack(&arguments, call);
    close_fd(&init);
    if (cgroup >= 0 && !is_init && (result == -EBUSY || result == -EAGAIN)) {
        arguments.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
        result = clone_and_move(&arguments, call, result == -EBUSY);
    }
    if (result >= 0)
        return;
    call->error = (int)-result;
    sem_post(&call->begun);
}

static void *run(void *argument) {
    struct clone_call *call = argument;
    // A child begins in the pid namespace that its thread has chosen for its children.
    const struct child *child = call->child;
    int join = child->is_init ? child->namespaces.pid : child->join;
    if (join >= 0 && setns(join, CLONE_NEWPID) < 0) {
        call->error = errno;
        sem_post(&call->begun);
        return NULL;
    }
    clone_into_namespaces(call);
    return NULL;
}

static int start_thread(struct clone_call *call) {
    pthread_t thread;
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error)
        return error;
    error = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    if (!error)
        error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (!error)
        error = pthread_create(&thread, &attributes, run, call);
    pthread_attr_destroy(&attributes);
    return error;
}

pid_t clone_child(struct container *container, struct child *child) {
    struct clone_call call = {.container = container, .child = child, .move_to = -1};
    if (sem_init(&call.begun, 0, 0) < 0)
        return -1;
    int error = start_thread(&call);
    while (!error && sem_wait(&call.begun) < 0 && errno == EINTR) {
    }
    if (!error)
        error = call.error;
    errno = error;
    return error ? -1 : call.pid;
}

#include "filter.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "failure.h"

// linux/filter.h, linux/seccomp.h and linux/audit.h have them, which musl has not.
enum { LOAD = 0x20, EQUAL = 0x15, AT_LEAST = 0x35, ANY_BIT = 0x45, RETURN = 0x06 };
enum { MODE_FILTER = 2 };
static const uint32_t ALLOW = 0x7fff0000, REFUSE = 0x00050000 | EPERM, MISSING = 0x00050000 | ENOSYS,
                      KILL = 0x80000000;
#if defined(__x86_64__)
static const uint32_t ARCHITECTURE = 0xc000003e;
#elif defined(__aarch64__)
static const uint32_t ARCHITECTURE = 0xc00000b7;
#endif
// Of x86-64: calls of another ABI begin here. No architecture has numbers that large.
static const uint32_t OTHER_ABI = 0x40000000;

struct call {
    int number;
    uint32_t architecture;
    uint64_t instruction, arguments[6];
};

struct instruction {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t value;
};

struct program {
    unsigned short length;
    struct instruction *instructions;
};

static const int refused[] = {
#ifdef SYS_fork
    SYS_fork, SYS_vfork,
#endif
    // Other processes, namespaces and users.
    SYS_unshare, SYS_setns, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_keyctl, SYS_add_key,
    SYS_request_key,
    // What is mounted.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_open_by_handle_at, SYS_quotactl,
    // The kernel's larger surfaces.
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_kexec_load, SYS_acct, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_syslog, SYS_fanotify_init,
    // New ones by number, since the C library may not know them: pidfd_getfd, mount_setattr, quotactl_fd.
    438, 442, 443,
};
enum { REFUSED = sizeof refused / sizeof *refused, MOST = 2 * REFUSED + 32 };

static struct instruction code[MOST];
static unsigned short length;

static void emit(uint16_t what, uint8_t if_true, uint8_t if_false, uint32_t value) {
    code[length++] = (struct instruction){what, if_true, if_false, value};
}

// Gives that answer where the value that was loaded last is this one.
static void answer(uint32_t value, uint32_t with) {
    emit(EQUAL, 0, 1, value);
    emit(RETURN, 0, 0, with);
}

static void load(size_t offset) {
    emit(LOAD, 0, 0, (uint32_t)offset);
}

// The lower half of the first argument decides.
static void first_argument(long number, uint16_t test, uint32_t value, uint32_t if_so, uint32_t else_) {
    emit(EQUAL, 0, 4, (uint32_t)number);
    load(offsetof(struct call, arguments));
    emit(test, 0, 1, value);
    emit(RETURN, 0, 0, if_so);
    emit(RETURN, 0, 0, else_);
}

void filter_install(void) {
    load(offsetof(struct call, architecture));
    emit(EQUAL, 1, 0, ARCHITECTURE);
    emit(RETURN, 0, 0, KILL);
    load(offsetof(struct call, number));
    emit(AT_LEAST, 0, 1, OTHER_ABI);
    emit(RETURN, 0, 0, REFUSE);
    for (int i = 0; i < REFUSED; i++)
        answer((uint32_t)refused[i], REFUSE);
    // A C library then uses clone, whose flags can be seen. Threads are all that it may make.
    answer(SYS_clone3, MISSING);
    first_argument(SYS_clone, ANY_BIT, CLONE_THREAD, ALLOW, REFUSE);
    first_argument(SYS_socket, EQUAL, AF_UNIX, ALLOW, REFUSE);
    // It ends with the process that answers for it.
    first_argument(SYS_prctl, EQUAL, PR_SET_PDEATHSIG, REFUSE, ALLOW);
    emit(RETURN, 0, 0, ALLOW);
    struct program program = {length, code};
    if (prctl(PR_SET_SECCOMP, MODE_FILTER, &program) < 0)
        fail(errno, "the filter of system calls");
}

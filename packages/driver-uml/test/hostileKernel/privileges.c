// More than the kernel's process was given.
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

static void become_root(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    // By number: the C library's would not ask the kernel.
    said("setuid", syscall(SYS_setuid, 0));
    said("setresuid", syscall(SYS_setresuid, 0, 0, 0));
    said("setgid", syscall(SYS_setgid, 0));
    said("setgroups", syscall(SYS_setgroups, 0, NULL));
    said("capset", syscall(SYS_capset, &header, data));
    said("securebits", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
    said("new privileges", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    said("outlive its jail", prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
    said("more processes", setrlimit(RLIMIT_NPROC, &all));
    said("priority", setpriority(PRIO_PROCESS, 0, -20));
}

static void mounts(const struct target *target) {
    said("mount", mount("none", target->share, "tmpfs", 0, NULL));
    said("umount", umount2("/", MNT_DETACH));
    said("open_tree", syscall(SYS_open_tree, -100, "/", 1));
    said("move_mount", syscall(SYS_move_mount, -100, "/", -100, "/", 0));
    said("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    said("mount_setattr", syscall(442, -100, "/", 0, NULL, 0));
    said("pivot_root", syscall(SYS_pivot_root, ".", "."));
}

static void surfaces(void) {
    said("bpf", syscall(SYS_bpf, 0, NULL, 0));
    said("userfaultfd", syscall(SYS_userfaultfd, 0));
    said("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
    said("perf", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
    said("keys", syscall(SYS_keyctl, 0, -3, 0));
    said("a key", syscall(SYS_add_key, "user", "x", "x", 1, -3));
    said("a module", syscall(SYS_init_module, NULL, 0, ""));
    said("a module by a file", syscall(SYS_finit_module, 0, "", 0));
    said("another kernel", syscall(SYS_kexec_load, 0, 0, NULL, 0));
    said("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, NULL));
    said("the kernel's log", syscall(SYS_syslog, 3, NULL, 0));
    said("ports of the machine", syscall(SYS_iopl, 3));
    said("segments", syscall(SYS_modify_ldt, 0, NULL, 0));
    said("the clock", syscall(SYS_clock_settime, 0, NULL));
    said("the host's name", sethostname("x", 1));
    said("shared memory", syscall(SYS_shmget, 1, 4096, 01666));
    said("a message queue", syscall(SYS_mq_open, "x", 0102, 0600, NULL));
    said("watch files", syscall(SYS_fanotify_init, 0, 0));
}

#if defined(__x86_64__)
// Numbers mean other calls there, which a filter that forgets the architecture would let pass.
static void call_as_32_bit(const struct target *target) {
    long result = 20; // getpid
    (void)target;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
}
#endif

void attack_privileges(const struct target *target) {
    become_root();
    mounts(target);
    surfaces();
#if defined(__x86_64__)
    said_of_child("a call of 32 bits", call_as_32_bit, target);
    said("a call of x32", syscall(0x40000000 | SYS_getpid));
#endif
}

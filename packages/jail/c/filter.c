#include "filter.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "bpf.h"

// Requests about network interfaces (linux/sockios.h). Stderr is a socket that the daemon has made, and so leads to those of the host.
static void refuse_interfaces(void) {
    bpf_bits(SYS_ioctl, 1, 0xff00, 0x8900, REFUSE, ALLOW);
}

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
enum { REFUSED = sizeof refused / sizeof *refused };

void filter_no_processes(void) {
    bpf_begin();
    for (int i = 0; i < REFUSED; i++)
        bpf_answer((uint32_t)refused[i], REFUSE);
    // A C library then uses clone, whose flags can be seen. Threads are all that it may make.
    bpf_answer(SYS_clone3, MISSING);
    bpf_argument(SYS_clone, 0, ANY_BIT, CLONE_THREAD, ALLOW, REFUSE);
    bpf_argument(SYS_socket, 0, EQUAL, AF_UNIX, ALLOW, REFUSE);
    refuse_interfaces();
    // It ends with the process that answers for it.
    bpf_argument(SYS_prctl, 0, EQUAL, PR_SET_PDEATHSIG, REFUSE, ALLOW);
    bpf_install(ALLOW);
}

static const int allowed[] = {
    // Memory.
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_memfd_create,
    // What it has open.
    SYS_read, SYS_write, SYS_writev, SYS_preadv, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close, SYS_close_range, SYS_dup,
    SYS_dup3, SYS_fcntl, SYS_signalfd4, SYS_epoll_ctl,
    // Its sockets, which were made for it, and those by which it talks to its own processes.
    SYS_accept, SYS_socketpair, SYS_sendmsg, SYS_recvmsg,
    // Files, which it serves.
    SYS_openat, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_getdents64, SYS_mknodat, SYS_linkat, SYS_renameat2,
    SYS_fchmod, SYS_fchown, SYS_truncate, SYS_ftruncate, SYS_fallocate, SYS_utimensat, SYS_fsync, SYS_fdatasync, SYS_umask,
    SYS_lgetxattr, SYS_lsetxattr, SYS_llistxattr, SYS_lremovexattr, SYS_fgetxattr, SYS_fsetxattr, SYS_flistxattr,
    SYS_fremovexattr,
#ifdef SYS_open
    SYS_access, SYS_readlink, SYS_mkdir, SYS_rmdir, SYS_symlink, SYS_link, SYS_unlink, SYS_rename, SYS_chmod, SYS_lchown,
    SYS_dup2, SYS_poll, SYS_epoll_create, SYS_epoll_wait, SYS_pause, SYS_arch_prctl,
#endif
    // Signals, time and its own processes. The host's kernel makes restart_syscall for a call that a stop has interrupted.
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_tgsigqueueinfo, SYS_sigaltstack, SYS_kill, SYS_tgkill,
    SYS_restart_syscall, SYS_wait4, SYS_exit, SYS_exit_group, SYS_execve, SYS_execveat, SYS_futex, SYS_set_tid_address,
    SYS_set_robust_list, SYS_setsid, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_getpid, SYS_gettid,
    SYS_getuid, SYS_personality, SYS_prlimit64, SYS_uname, SYS_getrandom, SYS_clock_gettime, SYS_timer_create,
    SYS_timer_settime,
    // It filters the calls of its own processes. Then rseq, which the C library may not know.
    SYS_seccomp, 334,
};
enum { ALLOWED = sizeof allowed / sizeof *allowed };

void filter_few_calls(void) {
    static const uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                       CLONE_NEWPID | CLONE_NEWNET;
    bpf_begin();
    for (int i = 0; i < ALLOWED; i++)
        bpf_answer((uint32_t)allowed[i], ALLOW);
    bpf_answer(SYS_clone3, MISSING);
    bpf_argument(SYS_clone, 0, ANY_BIT, namespaces, REFUSE, ALLOW);
    refuse_interfaces();
    // A process that it makes may be told to end with it, and nothing else.
    bpf_argument(SYS_prctl, 1, EQUAL, SIGKILL, ALLOW, REFUSE);
    bpf_install(REFUSE);
}

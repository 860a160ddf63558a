// Preloaded into a QEMU whose 9p cannot make FIFOs, sockets and device nodes: its guard against opening special files
// (CVE-2023-2861) also meets the descriptor by which it sets a new node's mode. That one is O_PATH: it opens nothing. QEMU asks
// fstat for a descriptor's type; here an O_PATH one is never special, as it is in QEMU from 9.2.1 on.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The name that QEMU, built with 64-bit offsets, has it by.
int fstat64(int descriptor, struct stat64 *status) {
    if (syscall(SYS_newfstatat, descriptor, "", status, AT_EMPTY_PATH) < 0)
        return -1;
    if (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode))
        return 0;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && flags & O_PATH)
        status->st_mode = (status->st_mode & ~(mode_t)S_IFMT) | S_IFREG;
    return 0;
}

// A C library tries a new system call and falls back to an older one on ENOSYS, but not on EPERM. So a system call
// with a higher number than all in the profile returns ENOSYS, whatever the default is.
#include "unknown.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "fail.h"

// Distinguishes x32 from x86_64, which are one architecture to the kernel.
enum { X32_BIT = 0x40000000, BLOCK = 6 };

static uint32_t audit_name(uint32_t token) {
    return token == SCMP_ARCH_X86 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
}

static void write_block(uint32_t architecture, uint32_t last, FILE *output) {
    const struct sock_filter block[BLOCK] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    if (fwrite(block, sizeof *block, BLOCK, output) != BLOCK)
        fail("cannot write the filter");
}

void write_unknown(const struct profile *profile, FILE *output) {
    for (int i = 0; profile->unknown_fail && i < profile->architecture_count; i++)
        if (profile->architectures[i].token != SCMP_ARCH_X32 && profile->architectures[i].last >= 0)
            write_block(audit_name(profile->architectures[i].token),
                        (uint32_t)profile->architectures[i].last, output);
}

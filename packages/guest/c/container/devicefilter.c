// Loads the program that the host compiled from the rules, and attaches it to the cgroup. The kernel runs it for each
// open and each mknod.
#include "container/devicefilter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base64.h"

static int bpf(enum bpf_cmd command, union bpf_attr *attributes) {
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int load(const uint8_t *program, size_t size) {
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
        .expected_attach_type = BPF_CGROUP_DEVICE,
        .insns = (uintptr_t)program,
        .insn_cnt = (uint32_t)(size / sizeof(struct bpf_insn)),
        .license = (uintptr_t) "",
    };
    return bpf(BPF_PROG_LOAD, &attributes);
}

// The cgroup keeps the program, so its descriptor is closed.
static bool attach(int cgroup, const uint8_t *program, size_t size) {
    int loaded = load(program, size);
    union bpf_attr attributes = {
        .target_fd = (uint32_t)cgroup,
        .attach_bpf_fd = (uint32_t)loaded,
        .attach_type = BPF_CGROUP_DEVICE,
        .attach_flags = BPF_F_ALLOW_MULTI,
    };
    bool done = loaded >= 0 && bpf(BPF_PROG_ATTACH, &attributes) == 0;
    int error = errno;
    close_fd(&loaded);
    errno = error;
    return done;
}

bool device_filter_attach(int cgroup, const char *text, struct failure *failure) {
    size_t size;
    if (!text[0])
        return true;
    if (cgroup < 0)
        return fail(failure, "INVALID", "the guest's kernel has no cgroups to keep a container from devices with");
    uint8_t *program = base64_decode(text, &size);
    if (!program || size % sizeof(struct bpf_insn)) {
        free(program);
        return fail(failure, "INVALID", "deviceFilter is no BPF program");
    }
    bool done = attach(cgroup, program, size);
    int error = errno;
    free(program);
    return done || fail_errno(failure, error, "the rules of linux.resources.devices");
}

// Filters of system calls. The host has compiled them: the program comes in the kernel's form, in base64.
#include "spec/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/json.h"

static bool parse_program(const char *text, struct filter *filter, struct failure *failure) {
    filter->program = base64_decode(text, &filter->size);
    if (!filter->program || filter->size % sizeof(struct sock_filter) ||
        filter->size / sizeof(struct sock_filter) > BPF_MAXINSNS)
        return fail(failure, "INVALID", "seccomp.program is no BPF program of at most %d instructions",
                    BPF_MAXINSNS);
    return true;
}

bool filter_parse(struct json_object *process, struct filter *filter, struct failure *failure) {
    struct json_object *found;
    const char *text;
    int64_t flags;
    if (!json_nested(process, "seccomp", &found, failure))
        return false;
    if (!found)
        return true;
    if (!json_text(found, "program", NULL, &text, failure) ||
        !json_integer(found, "flags", 0, UINT32_MAX, 0, &flags, failure))
        return false;
    filter->flags = (unsigned)flags;
    return parse_program(text, filter, failure);
}

bool filter_apply(const struct filter *filter, struct failure *failure) {
    if (!filter->program)
        return true;
    struct sock_fprog program = {
        .len = (unsigned short)(filter->size / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)(void *)filter->program,
    };
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program) == 0 ||
           fail_errno(failure, errno, "loading the seccomp filter of %u instructions", program.len);
}

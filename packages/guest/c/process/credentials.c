// Who a process is and what it may do: limits, groups, ids, the five capability sets and no_new_privs.
#include "process/credentials.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int kernel_capabilities;

bool apply_limits(const struct process_spec *spec, struct failure *failure) {
    for (size_t i = 0; i < spec->limit_count; i++) {
        const struct limit *limit = &spec->limits[i];
        if (setrlimit((__rlimit_resource_t)limit->resource, &limit->value) < 0)
            return fail_errno(failure, errno, "limit %d of %llu, %llu", limit->resource,
                              (unsigned long long)limit->value.rlim_cur,
                              (unsigned long long)limit->value.rlim_max);
    }
    return true;
}

void credentials_prepare(void) {
    while (kernel_capabilities < 64 && prctl(PR_CAPBSET_READ, kernel_capabilities, 0, 0, 0) >= 0)
        kernel_capabilities++;
}

static bool has(uint64_t set, int number) {
    return set >> number & 1;
}

static bool drop_bounding(uint64_t keep, struct failure *failure) {
    for (int i = 0; i < kernel_capabilities; i++)
        if (!has(keep, i) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            return fail_errno(failure, errno, "dropping capability %d from the bounding set", i);
    return true;
}

// System calls change this thread alone, where the C library would change every thread of PID 1.
static bool set_ids(const struct process_spec *spec, struct failure *failure) {
    if (syscall(SYS_setgroups, spec->group_count, spec->groups) < 0)
        return fail_errno(failure, errno, "setting %zu additional groups", spec->group_count);
    if (syscall(SYS_setresgid, spec->gid, spec->gid, spec->gid) < 0)
        return fail_errno(failure, errno, "setting group %u", spec->gid);
    if (syscall(SYS_setresuid, spec->uid, spec->uid, spec->uid) < 0)
        return fail_errno(failure, errno, "setting user %u", spec->uid);
    return true;
}

static bool set_capabilities(const struct capability_sets *sets, struct failure *failure) {
    uint64_t known = kernel_capabilities >= 64 ? UINT64_MAX : (UINT64_C(1) << kernel_capabilities) - 1;
    uint64_t effective = sets->effective & known, permitted = sets->permitted & known;
    uint64_t inheritable = sets->inheritable & known;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
    };
    if (syscall(SYS_capset, &header, data) < 0)
        return fail_errno(failure, errno, "setting capabilities");
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return fail_errno(failure, errno, "clearing the ambient capabilities");
    // Only a capability that is permitted and inheritable can be ambient. Others are left out, as by other runtimes.
    for (int i = 0; i < kernel_capabilities; i++)
        if (has(sets->ambient & permitted & inheritable, i) &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
            return fail_errno(failure, errno, "raising ambient capability %d", i);
    return true;
}

bool apply_credentials(const struct process_spec *spec, struct failure *failure) {
    const struct capability_sets *sets = &spec->capabilities;
    if (sets->given && !drop_bounding(sets->bounding, failure))
        return false;
    // Without this the change of the user would clear the sets that are set next.
    if (sets->given && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return fail_errno(failure, errno, "keeping capabilities");
    if (!set_ids(spec, failure))
        return false;
    if (sets->given && !set_capabilities(sets, failure))
        return false;
    if (spec->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail_errno(failure, errno, "setting no_new_privs");
    return true;
}

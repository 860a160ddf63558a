// Reads and applies how a process is scheduled on CPUs and disks.
#include "spec/scheduling.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/json.h"

enum { THIS_PROCESS = 0 };

static bool parse_scheduler(struct json_object *found, struct scheduling *scheduling,
                            struct failure *failure) {
    int64_t policy, nice, priority;
    struct scheduler *scheduler = &scheduling->scheduler;
    if (!json_integer(found, "policy", 0, INT32_MAX, 0, &policy, failure) ||
        !json_integer(found, "nice", -20, 19, 0, &nice, failure) ||
        !json_integer(found, "priority", 0, 99, 0, &priority, failure) ||
        !json_u64(found, "flags", 0, &scheduler->flags, failure) ||
        !json_u64(found, "runtime", 0, &scheduler->runtime, failure) ||
        !json_u64(found, "deadline", 0, &scheduler->deadline, failure) ||
        !json_u64(found, "period", 0, &scheduler->period, failure))
        return false;
    scheduler->size = sizeof *scheduler;
    scheduler->policy = (uint32_t)policy;
    scheduler->nice = (int32_t)nice;
    scheduler->priority = (uint32_t)priority;
    scheduling->has_scheduler = true;
    return true;
}

static bool parse_io(struct json_object *found, struct scheduling *scheduling, struct failure *failure) {
    int64_t class, priority;
    if (!json_integer(found, "class", 0, 3, 0, &class, failure) ||
        !json_integer(found, "priority", 0, 7, 0, &priority, failure))
        return false;
    scheduling->io = IOPRIO_PRIO_VALUE((int)class, (int)priority);
    scheduling->has_io = true;
    return true;
}

bool scheduling_parse(struct json_object *process, struct scheduling *scheduling, struct failure *failure) {
    struct json_object *scheduler, *io;
    return json_nested(process, "scheduler", &scheduler, failure) &&
           json_nested(process, "ioPriority", &io, failure) &&
           (!scheduler || parse_scheduler(scheduler, scheduling, failure)) &&
           (!io || parse_io(io, scheduling, failure));
}

bool scheduling_apply(const struct scheduling *scheduling, struct failure *failure) {
    if (scheduling->has_scheduler &&
        syscall(SYS_sched_setattr, THIS_PROCESS, &scheduling->scheduler, 0) < 0)
        return fail_errno(failure, errno, "setting the scheduler's policy %u", scheduling->scheduler.policy);
    if (scheduling->has_io && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, THIS_PROCESS, scheduling->io) < 0)
        return fail_errno(failure, errno, "setting the I/O priority 0x%x", (unsigned)scheduling->io);
    return true;
}

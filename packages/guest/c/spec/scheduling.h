// process.scheduler and process.ioPriority, as the kernel's numbers.
#ifndef RUNV_SCHEDULING_H
#define RUNV_SCHEDULING_H

#include <json-c/json.h>
#include <linux/types.h>

#include "base/base.h"

// As sched_setattr(2) takes it.
struct scheduler {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

struct scheduling {
    bool has_scheduler, has_io;
    struct scheduler scheduler;
    int io; // class and priority, as ioprio_set(2) takes them
};

bool scheduling_parse(struct json_object *process, struct scheduling *scheduling, struct failure *failure);
bool scheduling_apply(const struct scheduling *scheduling, struct failure *failure);

#endif

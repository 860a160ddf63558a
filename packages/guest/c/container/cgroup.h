// A container's cgroup, version 2: its limits, its figures, freezing it, and noticing that it ran out of memory.
#ifndef RUNV_CGROUP_H
#define RUNV_CGROUP_H

#include <json-c/json.h>
#include <sys/types.h>

#include "base/base.h"
#include "channel/control.h"
#include "spec/idmap.h"

struct cgroup;

// At boot: every controller that the kernel has is for containers.
void cgroups_enable(void);

// NULL in a kernel without cgroups, or in a test on a host.
struct cgroup *cgroup_make(const char *container);
// What is still in it is killed. It takes itself away, now or when it is empty.
void cgroup_leave(struct cgroup *cgroup);
// For CLONE_INTO_CGROUP; -1 for NULL.
int cgroup_directory(const struct cgroup *cgroup);

// `values` is NULL or a string for each file.
bool cgroup_set(struct cgroup *cgroup, struct json_object *values, struct failure *failure);
// With a user namespace its root may make cgroups below it, where it can write to its mount.
bool cgroup_give(const struct cgroup *cgroup, const struct id_maps *maps, struct failure *failure);
// What the files of its figures say, as they say it.
struct json_object *cgroup_metrics(const struct cgroup *cgroup);

// To every process in it but `init`, whoever has started it.
bool cgroup_signal(const struct cgroup *cgroup, pid_t init, int number, struct failure *failure);

// Answers when all of it stands still, or goes again.
void cgroup_freeze(struct cgroup *cgroup, bool freeze, struct request request);
bool cgroup_is_frozen(const struct cgroup *cgroup);

#endif

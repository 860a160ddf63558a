// A container's cgroup (version 2): its limits and metrics, freezing it, and reporting that it ran out of memory.
#ifndef RUNV_CGROUP_H
#define RUNV_CGROUP_H

#include <json-c/json.h>
#include <sys/types.h>

#include "base/base.h"
#include "channel/control.h"
#include "spec/idmap.h"

struct cgroup;

// At boot: makes the cgroup that all containers are in, and enables every controller of the kernel for them.
void cgroups_enable(void);
// Its directory; -1 where there is none.
int cgroups_open(void);

// NULL in a kernel without cgroups, or in a test on a host.
struct cgroup *cgroup_make(const char *container);
// Kills the processes in it, and removes it now or when it is empty.
void cgroup_remove(struct cgroup *cgroup);
// For CLONE_INTO_CGROUP; -1 for NULL.
int cgroup_directory(const struct cgroup *cgroup);
// Of the one that a process is in, to be closed; -1 and errno on failure.
int cgroup_directory_of(pid_t pid);

// Whether the container has made cgroups below it.
bool cgroup_is_divided(const struct cgroup *cgroup);

// `values` is NULL or a string for each file.
bool cgroup_set(struct cgroup *cgroup, struct json_object *values, struct failure *failure);
// Lets the root of a user namespace make cgroups below it.
bool cgroup_give(const struct cgroup *cgroup, const struct id_maps *maps, struct failure *failure);
// The text of its metrics files, by file name.
struct json_object *cgroup_metrics(const struct cgroup *cgroup);

// Stops its processes where they are, without a wait for the last of them; false where that cannot be, or is so already.
bool cgroup_hold(const struct cgroup *cgroup);
void cgroup_let_go(const struct cgroup *cgroup);
// Reports that processes in it were killed for want of memory, if that was not seen yet.
void cgroup_look_for_kills(struct cgroup *cgroup);

// Signals every process in it but `init`.
bool cgroup_signal(const struct cgroup *cgroup, pid_t init, int number, struct failure *failure);

// Every process in it, and those that these are just making.
void cgroup_kill(const struct cgroup *cgroup);

// Answers when every process is frozen or thawed.
void cgroup_freeze(struct cgroup *cgroup, bool freeze, struct request request);
bool cgroup_is_frozen(const struct cgroup *cgroup);

#endif

// The files of a cgroup, below its open directory.
#ifndef RUNV_CGROUPFILES_H
#define RUNV_CGROUPFILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/loop.h"

// Reads the text with a NUL byte after it, and gives its length; -1 for a missing file.
ssize_t cgroup_file_read(int directory, const char *name, char *text, size_t size);
// The number in a line "name number" of a file's text; 0 without such a line.
uint64_t cgroup_file_number(const char *text, const char *name);

// Calls `changed` when the kernel signals a change, which it does again after cgroup_file_read_watched().
bool cgroup_file_watch(int directory, struct watch *watch, const char *name,
                       void (*changed)(struct watch *, uint32_t));
bool cgroup_file_read_watched(const struct watch *watch, char *text, size_t size);
void cgroup_file_unwatch(struct watch *watch);

#endif

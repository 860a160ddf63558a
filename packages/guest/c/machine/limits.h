// What the kernel derives from the memory of its boot: a VM grows, and programs expect what a host has.
#ifndef RUNV_LIMITS_H
#define RUNV_LIMITS_H

#include <stdbool.h>

// At boot: numbers of threads, processes, open files and orphaned connections that no program of a pod reaches before its memory.
void limits_raise(void);
// Whether nothing is dropped of memory that was used within the last second, also where a program is killed instead.
void limits_keep_recent(bool keep);
// After each growth: the share of the memory that TCP may use, unless a container has set it.
void limits_follow_memory(void);

#endif

// CPUs and memory that are plugged into the running VM.
#ifndef RUNV_HOTPLUG_H
#define RUNV_HOTPLUG_H

#include "channel/control.h"

struct capacity {
    int64_t cpus;             // online
    int64_t added_memory_mib; // online, beyond what the VM booted with
};

// Records what the VM booted with.
void hotplug_open(void);
void hotplug_close(void);
// Brings online what is present.
bool hotplug_online(struct failure *failure);
// Answers the request when so much is online, or when some of it cannot be brought online.
void hotplug_await(struct capacity wanted, struct request request);
// `call` is called whenever memory may have come.
void hotplug_on_growth(void (*call)(void));
// The host went away: drops the requests that wait.
void hotplug_forget(void);

#endif

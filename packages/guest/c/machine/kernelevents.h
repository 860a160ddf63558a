// The kernel's events (uevents), which say that a device has come. What they say is not looked at: they are a reason to look.
#ifndef RUNV_KERNELEVENTS_H
#define RUNV_KERNELEVENTS_H

// Listens in the network namespace that this thread is in; -1 and errno.
int kernel_events_open(void);
void kernel_events_drop(int fd);

#endif

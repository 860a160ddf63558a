// The kernel's events (uevents) about devices. Their content is ignored: an event is a reason to look for devices.
#ifndef RUNV_KERNELEVENTS_H
#define RUNV_KERNELEVENTS_H

// Listens in the network namespace of this thread. Gives -1 and errno on failure.
int kernel_events_open(void);
void kernel_events_drop(int fd);

#endif

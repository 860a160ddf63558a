// The network namespace of the pod, where it is not the one that the guest booted with.
#ifndef RUNV_PODNETWORK_H
#define RUNV_PODNETWORK_H

#include "base/base.h"

bool pod_network_is_own(void);
// PID 1 enters it, and with it everything that it starts; the devices come along.
bool pod_network_enter(int network, struct failure *failure);
// A device that is plugged in comes to the first namespace: this brings it over. Nothing to do without a namespace of its own.
bool pod_network_bring(struct failure *failure);
// Listens to the kernel's events about devices that come; -1 and errno.
int pod_network_listen(void);
void raise_loopback(void);

#endif

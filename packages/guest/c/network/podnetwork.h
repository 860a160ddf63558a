// The network namespace of the pod, which may be another than the one of the boot.
#ifndef RUNV_PODNETWORK_H
#define RUNV_PODNETWORK_H

#include "base/base.h"

bool pod_network_is_own(void);
// PID 1 enters it, with what it starts from then on, and moves the devices to it.
bool pod_network_enter(int network, struct failure *failure);
// Moves new devices from the first namespace to the pod's. Does nothing when the pod uses the first one.
bool pod_network_bring(struct failure *failure);
// Hides devices without an interface from the containers.
void pod_network_hide(void);
// Takes that back.
bool pod_network_show(struct failure *failure);
// Listens to the kernel's events about new devices. Gives -1 and errno on failure.
int pod_network_listen(void);
void raise_loopback(void);

#endif

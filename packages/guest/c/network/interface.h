// One network interface of the VM: found by its device's address, and set up with a name, addresses and an MTU.
#ifndef RUNV_INTERFACE_H
#define RUNV_INTERFACE_H

#include "base/base.h"
#include "network/addresses.h"

// The index of the interface; 0 when there is none, -1 and a failure when it cannot be looked for.
int interface_find(int fd, const uint8_t device[MAC_SIZE], struct failure *failure);
// Sets it up as in `spec`, and up. Other addresses are deleted.
bool interface_set_up(int fd, int index, const struct interface_spec *spec, struct failure *failure);
// Sets it down, and deletes its addresses.
bool interface_clear(int fd, int index, struct failure *failure);

#endif

// One network interface of the VM: found by its device's address, and set up with a name, addresses and an MTU.
#ifndef RUNV_INTERFACE_H
#define RUNV_INTERFACE_H

#include "base/base.h"
#include "network/addresses.h"

// 0 while there is none.
int interface_find(int fd, const uint8_t device[MAC_SIZE], struct failure *failure);
// Makes it exactly so, and up; addresses that are not named go.
bool interface_set_up(int fd, int index, const struct interface_spec *spec, struct failure *failure);
// Down, without addresses.
bool interface_clear(int fd, int index, struct failure *failure);

#endif

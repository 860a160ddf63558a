// What the daemon says to the shim.
#ifndef RUNV_INCOMING_H
#define RUNV_INCOMING_H

#include <stdbool.h>

#include "ring.h"

// A connection begins.
void incoming_begin(void);
// Where the next bytes of the connection go; never of size 0.
struct span incoming_room(void);
// So many have come. False: they are none of the protocol's, and the connection is to be closed.
bool incoming_came(size_t size);

#endif

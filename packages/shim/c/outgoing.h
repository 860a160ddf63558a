// What the shim says to the daemon.
#ifndef RUNV_OUTGOING_H
#define RUNV_OUTGOING_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

// A connection begins: HELLO is all that is said until the daemon has answered.
void outgoing_begin(void);
// The daemon has answered.
void outgoing_welcome(void);
bool outgoing_welcomed(void);
// One has, on this connection or an earlier one.
bool outgoing_ever_welcomed(void);
void outgoing_resized(void);
// Something made is not sent yet.
bool outgoing_waiting(void);
// The next bytes to send; of size 0 when there are none.
struct span outgoing_next(void);
void outgoing_went(size_t size);

#endif

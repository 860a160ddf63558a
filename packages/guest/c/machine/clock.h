// The clock and the random pool, as the host sets them.
#ifndef RUNV_CLOCK_H
#define RUNV_CLOCK_H

#include "base/base.h"

bool clock_set(int64_t seconds, int64_t nanoseconds, struct failure *failure);
// Mixes the bytes, given in hexadecimal, into the random pool, and credits them.
bool clock_add_entropy(const char *hex, struct failure *failure);

#endif

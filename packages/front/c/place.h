// Where this program stands, in words that a daemon compares with its own.
#ifndef RUNV_PLACE_H
#define RUNV_PLACE_H

#include <stdbool.h>
#include <stddef.h>

// False where it cannot be said.
bool place_say(char *to, size_t size);

#endif

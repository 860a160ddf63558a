// The environment fingerprint, a text that a daemon compares with its own.
#ifndef RUNV_FINGERPRINT_H
#define RUNV_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>

// False where a part of it cannot be read, or `size` is too small.
bool fingerprint_write(char *to, size_t size);

#endif

// The time that nobody sets.
#ifndef RUNV_CLOCK_H
#define RUNV_CLOCK_H

#include <stdint.h>

// In milliseconds, from some moment on.
int64_t clock_ms(void);

#endif

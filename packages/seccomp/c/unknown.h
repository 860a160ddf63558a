// System calls that are newer than a profile.
#ifndef RUNV_SECCOMP_UNKNOWN_H
#define RUNV_SECCOMP_UNKNOWN_H

#include "profile.h"

// Writes what stands before the filter's own instructions.
void write_unknown(const struct profile *profile, FILE *output);

#endif

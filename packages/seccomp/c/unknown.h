// Handles system calls that are newer than a profile.
#ifndef RUNV_SECCOMP_UNKNOWN_H
#define RUNV_SECCOMP_UNKNOWN_H

#include "profile.h"

// Writes the instructions before the filter's own.
void write_unknown(const struct profile *profile, FILE *output);

#endif

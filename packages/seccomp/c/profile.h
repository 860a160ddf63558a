// A profile as it comes in: a line for each thing that it says.
#ifndef RUNV_SECCOMP_PROFILE_H
#define RUNV_SECCOMP_PROFILE_H

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { MOST_ARCHITECTURES = 3 };

struct profile {
    scmp_filter_ctx filter;
    struct {
        uint32_t token;
        int last; // the highest number of a system call that the profile names; -1: none
    } architectures[MOST_ARCHITECTURES];
    int architecture_count;
    bool unknown_fail; // system calls that are newer than the profile give ENOSYS
};

void profile_read(struct profile *profile, FILE *input);

#endif

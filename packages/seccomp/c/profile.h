// Reads a profile, which has a line for each of its statements.
#ifndef RUNV_SECCOMP_PROFILE_H
#define RUNV_SECCOMP_PROFILE_H

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { MAX_ARCHITECTURES = 3 };

struct profile {
    scmp_filter_ctx filter;
    struct {
        uint32_t token;
        int last; // the highest system call number in the profile; -1: none
    } architectures[MAX_ARCHITECTURES];
    int architecture_count;
    bool unknown_fail; // system calls newer than the profile return ENOSYS
};

void profile_read(struct profile *profile, FILE *input);

#endif

// Exits with one line for people to read on standard error.
#ifndef RUNV_SECCOMP_FAIL_H
#define RUNV_SECCOMP_FAIL_H

#include <stdnoreturn.h>

noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

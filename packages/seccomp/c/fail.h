// The way out: one line for a person on standard error.
#ifndef RUNV_SECCOMP_FAIL_H
#define RUNV_SECCOMP_FAIL_H

#include <stdnoreturn.h>

noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

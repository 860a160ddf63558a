// How each command fails: one line, and status 1.
#ifndef RUNV_FAILURE_H
#define RUNV_FAILURE_H

#include <stdnoreturn.h>

// Where the line goes; stderr unless set.
void failure_to(int fd);
// Says the line and exits. The message ends with errno's text where `error` is not 0.
noreturn void fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

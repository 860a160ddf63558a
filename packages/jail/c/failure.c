#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int target = STDERR_FILENO;

void failure_to(int fd) {
    target = fd;
}

noreturn void fail(int error, const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    // One write, so that two processes never mix their lines.
    dprintf(target, error ? "%s: %s\n" : "%s\n", line, strerror(error));
    _exit(1);
}

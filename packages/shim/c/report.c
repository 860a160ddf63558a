// The one line on descriptor 3: whoever started the shim waits for it.
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

enum { REPORT_FD = 3 };

static int report_fd = -1;

void report_open(void) {
    if (fcntl(REPORT_FD, F_GETFD) >= 0)
        report_fd = REPORT_FD;
}

static void say(int fd, const char *line) {
    size_t length = strlen(line);
    while (length > 0) {
        ssize_t written = write(fd, line, length);
        if (written < 0 && errno == EINTR)
            continue;
        // Nobody is left to be told that nobody listens.
        if (written <= 0)
            return;
        line += written;
        length -= (size_t)written;
    }
}

void report_ready(int pid) {
    if (report_fd < 0)
        return;
    char line[32];
    snprintf(line, sizeof line, "ok %d\n", pid);
    say(report_fd, line);
    close(report_fd);
    report_fd = -1;
}

noreturn void report_failure(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        line[0] = 0;
    strcat(line, "\n");
    terminal_restore();
    say(report_fd >= 0 ? report_fd : STDERR_FILENO, line);
    exit(1);
}

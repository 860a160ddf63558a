// Log lines, the end of the program, allocation, failures and big-endian integers.
#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

struct mode mode = {.share = "/run/share"};

static void log_arguments(const char *format, va_list arguments) {
    char line[1024];
    int length = vsnprintf(line, sizeof line, format, arguments);
    if (length < 0)
        return;
    dprintf(STDERR_FILENO, "runv-init: %s\n", line);
}

void log_line(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_arguments(format, arguments);
    va_end(arguments);
}

noreturn void power_off(int status) {
    if (mode.host)
        exit(status);
    sync();
    if (reboot(RB_POWER_OFF) < 0)
        log_line("power off: %s", strerror(errno));
    // The kernel panics when PID 1 ends, and with panic=-1 that ends the VM too.
    _exit(status);
}

noreturn void fatal(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_arguments(format, arguments);
    va_end(arguments);
    power_off(70);
}

void *allocate(size_t size) {
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        fatal("out of memory: %zu bytes", size);
    return memory;
}

char *copy_string(const char *text) {
    char *copy = strdup(text);
    if (!copy)
        fatal("out of memory: a string of %zu bytes", strlen(text));
    return copy;
}

bool fail(struct failure *failure, const char *code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    snprintf(failure->code, sizeof failure->code, "%s", code);
    if (vsnprintf(failure->message, sizeof failure->message, format, arguments) < 0)
        failure->message[0] = 0;
    va_end(arguments);
    return false;
}

bool fail_errno(struct failure *failure, int error, const char *format, ...) {
    const char *name = strerrorname_np(error);
    char what[400];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(what, sizeof what, format, arguments) < 0)
        what[0] = 0;
    va_end(arguments);
    return fail(failure, name ? name : "EIO", "%s: %s", what, strerror(error));
}

void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

uint32_t get_be32(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

uint64_t get_be64(const uint8_t *from) {
    return (uint64_t)get_be32(from) << 32 | get_be32(from + 4);
}

void put_be32(uint8_t *to, uint32_t value) {
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

void put_be64(uint8_t *to, uint64_t value) {
    put_be32(to, (uint32_t)(value >> 32));
    put_be32(to + 4, (uint32_t)value);
}

// Compiles a seccomp profile: lines on standard input (profile.c), the kernel's BPF program on standard output.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "profile.h"
#include "unknown.h"

noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

int main(void) {
    struct profile profile = {0};
    profile_read(&profile, stdin);
    write_unknown(&profile, stdout);
    if (fflush(stdout) != 0)
        fail("cannot write the filter");
    int error = seccomp_export_bpf(profile.filter, STDOUT_FILENO);
    seccomp_release(profile.filter);
    if (error < 0)
        fail("cannot export the filter: %s", strerror(-error));
    return 0;
}

// What every file needs: log lines, the end of the program on a fatal bug, allocation that cannot fail, and failures,
// which reach the host as {"message","code"}.
#ifndef RUNV_BASE_H
#define RUNV_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

// A line for a person, and the name of an errno or one of INVALID, NOTFOUND, EXISTS, NOCOMMAND.
struct failure {
    char code[16];
    char message[488];
};

// How this program runs: as PID 1 of a VM, or on a host for the tests.
struct mode {
    bool host;         // it does not boot, mount 9p or power off
    bool reconnect;    // on a host: it waits for the next host when one has gone, as in a VM
    bool network;      // on a host: it has a network namespace of its own
    unsigned version;  // of the old guest that it behaves as; 0: it is ours
    const char *share; // the directory of the pod's export
};

extern struct mode mode;

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
noreturn void power_off(int status);

void *allocate(size_t size);
char *copy_string(const char *text);

bool fail(struct failure *failure, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool fail_errno(struct failure *failure, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void close_fd(int *fd);

uint32_t get_be32(const uint8_t *from);
uint64_t get_be64(const uint8_t *from);
void put_be32(uint8_t *to, uint32_t value);
void put_be64(uint8_t *to, uint64_t value);

#endif

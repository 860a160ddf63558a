// Blocking reads and writes of the two channels, in both framings of docs/guest-protocol.md.
#ifndef RUNV_HOSTILE_WIRE_H
#define RUNV_HOSTILE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
    int control, stdio;
    bool extended;
};

struct command {
    uint32_t code, id;
    size_t size;
    char payload[1 << 20]; // ends in a NUL
};

// False when the host has gone.
bool wire_write(int fd, const void *bytes, size_t size);
bool wire_read(struct wire *wire, struct command *command);
// A message of the guest's own has the id 0.
bool wire_say(struct wire *wire, uint32_t code, uint32_t id, const void *payload, size_t size);
bool wire_end_of_file(struct wire *wire, uint64_t session);

#endif

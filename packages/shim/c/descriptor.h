// One of the caller's descriptors, read and written without ever waiting in it.
#ifndef RUNV_DESCRIPTOR_H
#define RUNV_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum descriptor_kind {
    OWN,     // a pipe or terminal of the shim's own: O_NONBLOCK is set for nobody else
    SOCKET,  // MSG_DONTWAIT
    PLAIN,   // a file, or what like /dev/null never waits; the description is the caller's, with its offset
    CAREFUL, // could not be opened anew: a little at a time, after poll has said that there is room
};

struct descriptor {
    int fd; // -1: closed
    enum descriptor_kind kind;
};

// False: a pipe that nobody reads.
bool descriptor_open(struct descriptor *descriptor, int fd);
// One that nobody else has, and that has O_NONBLOCK.
void descriptor_own(struct descriptor *descriptor, int fd);
// As read() and write(), after poll() has said that it may be.
ssize_t descriptor_read(struct descriptor *descriptor, void *to, size_t size);
ssize_t descriptor_write(struct descriptor *descriptor, const void *from, size_t size);
// Others see the end of file or the broken pipe; the number goes to /dev/null, so that nothing else gets it.
void descriptor_close(struct descriptor *descriptor);

#endif

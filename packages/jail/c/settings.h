// What `start` is told on its command line.
#ifndef RUNV_SETTINGS_H
#define RUNV_SETTINGS_H

#include <stdbool.h>
#include <sys/types.h>

enum { MOST_ENTRIES = 64 };

enum entry_kind {
    // Paths that the program sees, each where the host has it.
    READ_ONLY, // a file or directory, with its programs and what is mounted below it
    DATA,      // the same, without programs
    WRITABLE,  // a directory
    SHARE,     // a directory without what is mounted below it, read-only: a place for later mounts
    DEVICE,    // a device file
    // Descriptors that the program finds open, from FIRST_DESCRIPTOR on in the order of the command line.
    LISTEN,  // a unix socket, made at the path
    READ,    // a file, for reading, and not to be opened for anything else
    FIFO,    // a FIFO, made at the path, for writing
};

// The first one after stdio and the report's.
enum { FIRST_DESCRIPTOR = 4 };

struct entry {
    enum entry_kind kind;
    const char *path;
    int fd;
};

struct settings {
    const char *cgroups[MOST_ENTRIES]; // directories of control groups
    int cgroup_count;
    struct entry entries[MOST_ENTRIES];
    int entry_count;
    const char *root; // a directory on which the program's root is put; NULL: no namespaces, and the caller's user
    uid_t user;
    void (*filter)(void); // of system calls; NULL: none
    const char *status; // a file, made, that is told how the program ended; NULL: none
    char **program; // and its arguments
};

bool entry_is_path(enum entry_kind kind);
// Fails when something is wrong with the command line.
void settings_read(struct settings *settings, char **words);

#endif

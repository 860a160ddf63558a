// What the shim was started with: its environment, checked.
#ifndef RUNV_SETTINGS_H
#define RUNV_SETTINGS_H

#include <stdbool.h>

enum { MOST_MOUNTS = 512 };

// A directory or file of the host that the container has.
struct mounted {
    const char *source;
    const char *destination;
    bool readonly;
};

struct settings {
    const char *socket;         // of the daemon, absolute
    const char *key;            // <container>/<process>/<token>
    const char *console_socket; // NULL: the terminal, if any, is the caller's
    const char *netns;          // NULL: the caller's; "new"; or an absolute path
    const char *root;           // of the container, absolute; NULL: the caller's
    struct mounted mounts[MOST_MOUNTS];
    int mount_count;
    bool root_readonly;
    bool own_pids; // in a pid namespace of its own, as it can be when it has a root and is detached
    bool terminal;
    bool carrier;  // started by the daemon
    bool shared;   // a carrier's stdio is not its alone: it was another shim's
    bool detached; // no child of the caller's
    int patience_ms; // how long it waits for a daemon that wants it
};

// The strings are the environment's. Does not return when one of them is wrong.
void settings_read(struct settings *settings);

#endif

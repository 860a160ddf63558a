// Mounts as descriptors: a copy of what is mounted somewhere, which is attached elsewhere. No path of it is followed twice.
#ifndef RUNV_TREE_H
#define RUNV_TREE_H

#include <stdbool.h>

struct tree_options {
    bool recursive; // with what is mounted below it
    bool readonly;
    bool follow;  // what the host mounts below it later appears
    bool devices; // device files can be opened
    bool programs; // files can be mapped as code
};

// A detached copy of the mount at this path. The set-user-id bits are never honoured there. Fails when it cannot.
int tree_open(const char *path, const struct tree_options *options);
// A new overlay, with the options of mount(8) for it: its directories are found here. Fails when it cannot.
int tree_overlay(const char *options, bool readonly);
// Attaches the copy at what `place` is open on. -1 with errno.
int tree_attach(int tree, int place);
// Makes the mount that `fd` is the root of read-only. -1 with errno.
int tree_make_readonly(int fd);

#endif

// Becomes Node with bin.js. RUNV_NODE names the Node to use instead of the one in PATH.
#include "bin.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char name[] = "bin.js";

bool bin_path(char *path, size_t size) {
    // The kernel has followed the links that led here, such as npm's in a directory of PATH.
    ssize_t length = readlink("/proc/self/exe", path, size);
    if (length <= 0 || (size_t)length >= size)
        return false;
    path[length] = 0;
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash + 1 - path) + sizeof name > size)
        return false;
    strcpy(slash + 1, name);
    return true;
}

// Of the daemon, which streams pass through: in a young generation that grows, the memory of their buffers counts for nothing until all of
// the heap is marked for it.
static char young[] = "--max-semi-space-size=1";

static bool runs_daemon(char **argv) {
    for (char **word = argv; *word; word++)
        if (strcmp(*word, "containerd") == 0)
            return true;
    return false;
}

noreturn void bin_run(char **argv) {
    char path[PATH_MAX];
    const char *node = getenv("RUNV_NODE");
    if (!node || !*node)
        node = "node";
    if (!bin_path(path, sizeof path)) {
        fprintf(stderr, "runv: /proc/self/exe cannot be read: mount /proc, or run node with bin.js\n");
        exit(1);
    }
    size_t count = 0;
    while (argv[count])
        count++;
    char **line = calloc(count + 4, sizeof *line), **next = line;
    if (!line) {
        fprintf(stderr, "runv: no memory for %zu arguments\n", count);
        exit(1);
    }
    *next++ = (char *)node;
    if (runs_daemon(argv))
        *next++ = young;
    *next++ = path;
    if (count > 1)
        memcpy(next, argv + 1, (count - 1) * sizeof *line);
    execvp(node, line);
    fprintf(stderr, "runv: %s cannot be run: %s; install Node 20.19 or newer, or name one by RUNV_NODE\n", node,
            strerror(errno));
    exit(1);
}

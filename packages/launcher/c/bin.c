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
    char **line = calloc(count + 3, sizeof *line);
    if (!line) {
        fprintf(stderr, "runv: no memory for %zu arguments\n", count);
        exit(1);
    }
    line[0] = (char *)node;
    line[1] = path;
    if (count > 1)
        memcpy(line + 2, argv + 1, (count - 1) * sizeof *line);
    execvp(node, line);
    fprintf(stderr, "runv: %s cannot be run: %s; install Node 20.19 or newer, or name one by RUNV_NODE\n", node,
            strerror(errno));
    exit(1);
}

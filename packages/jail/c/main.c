// Starts programs in a jail, changes what they see of the host's files, and hands them network devices.
#include <stddef.h>
#include <string.h>

#include "failure.h"
#include "mounts.h"
#include "start.h"
#include "tap.h"

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "start") == 0)
        start(argv + 2);
    if (strcmp(command, "mounts") == 0)
        mounts(argv + 2);
    if (strcmp(command, "tap") == 0)
        tap(argv + 2);
    fail(0, "usage: runv-jail start|mounts|tap ...");
}

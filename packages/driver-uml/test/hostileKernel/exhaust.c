// More of the host's memory, processes and descriptors than the jail has a limit for.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

enum { MANY = 1 << 21, CHUNK = 16 << 20 };

static void take_descriptors(void) {
    int count = 0;
    while (count < MANY && dup(0) >= 0)
        count++;
    said("descriptors without end", count == MANY ? 0 : -1);
    close_range(64, ~0U, 0);
}

static void take_processes(void) {
    static pid_t made[1 << 16];
    int count = 0;
    for (; count < (int)(sizeof made / sizeof *made); count++) {
        made[count] = fork();
        if (made[count] == 0)
            for (;;)
                poll(NULL, 0, -1);
        if (made[count] < 0)
            break;
    }
    said("processes without end", count == (int)(sizeof made / sizeof *made) ? 0 : -1);
    for (int i = 0; i < count; i++) {
        kill(made[i], SIGKILL);
        waitpid(made[i], NULL, 0);
    }
}

// Until the control group's end.
static void take_memory(const struct target *target) {
    (void)target;
    for (;;) {
        char *chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (chunk == MAP_FAILED)
            _exit(1);
        memset(chunk, 'x', CHUNK);
    }
}

void exhaust(const struct target *target) {
    take_descriptors();
    take_processes();
    said_of_child("memory without end", take_memory, target);
}

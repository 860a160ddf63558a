// Loads the modules of the initrd, if it has any.
#include "machine/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"

static void load(const char *name) {
    char path[300];
    snprintf(path, sizeof path, "/lib/modules/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        log_line("module %s: %s", name, strerror(errno));
        return;
    }
    // A kernel without loadable modules has its drivers built in.
    if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST && errno != ENOSYS)
        log_line("module %s: %s", name, strerror(errno));
    close(fd);
    // The kernel has it now. The file would only take memory.
    unlink(path);
}

void modules_load(void) {
    char name[256];
    FILE *order = fopen("/lib/modules/order", "re");
    if (!order)
        return;
    while (fgets(name, sizeof name, order)) {
        name[strcspn(name, "\n")] = 0;
        if (name[0])
            load(name);
    }
    fclose(order);
}

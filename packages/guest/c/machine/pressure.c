#include "machine/pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/base.h"
#include "base/loop.h"

#define FILE_NAME "/proc/pressure/memory"
// Some program waited for 100 ms within half a second, the shortest window there is; in microseconds. Who copies large files waits for 30.
#define TRIGGER "some 100000 500000"

static struct watch pressure = {.fd = -1};
static void (*told)(void);

static void ready(struct watch *watch, uint32_t events) {
    (void)watch;
    if (events & EPOLLPRI)
        told();
}

void pressure_watch(void (*felt)(void)) {
    told = felt;
    if (mode.host || pressure.fd >= 0)
        return;
    int fd = open(FILE_NAME, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    if (write(fd, TRIGGER, sizeof TRIGGER) < 0) {
        log_line("%s: %s", FILE_NAME, strerror(errno));
        close_fd(&fd);
        return;
    }
    watch_init(&pressure, fd, ready);
    watch_for(&pressure, EPOLLPRI);
}

void pressure_ignore(void) {
    if (pressure.fd < 0)
        return;
    watch_stop(&pressure);
    close_fd(&pressure.fd);
}

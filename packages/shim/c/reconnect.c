// inotify on the socket's directory, and a timer beside it: a socket is there a moment before anybody listens on it,
// and a directory may be gone, or a user's inotify instances used up.
#include "reconnect.h"

#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "place.h"

enum { FIRST_MS = 1, LONGEST_MS = 1000 };

static const char *name;
static char directory[sizeof((struct sockaddr_un *)0)->sun_path];
static int fd = -1;
static bool waiting;
static int pause_ms = FIRST_MS;
static int64_t due;

void reconnect_open(const char *socket_path) {
    const char *slash = strrchr(socket_path, '/');
    name = slash ? slash + 1 : socket_path;
    size_t length = (size_t)(name - socket_path);
    memcpy(directory, socket_path, length);
    strcpy(directory + length, length > 0 ? "" : ".");
}

static void watch(void) {
    if (fd >= 0)
        return;
    fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    place_enter();
    if (fd >= 0 && inotify_add_watch(fd, place_directory(directory), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
        close(fd);
        fd = -1;
    }
    place_leave();
}

static void unwatch(void) {
    if (fd >= 0)
        close(fd);
    fd = -1;
}

void reconnect_begin(void) {
    waiting = true;
    due = clock_ms() + pause_ms;
    pause_ms = pause_ms * 2 < LONGEST_MS ? pause_ms * 2 : LONGEST_MS;
    watch();
}

void reconnect_end(void) {
    waiting = false;
    unwatch();
}

void reconnect_useful(void) {
    pause_ms = FIRST_MS;
}

void reconnect_poll(struct pollfd *polled) {
    polled->fd = fd;
    polled->events = POLLIN;
}

static void happened(const struct inotify_event *event) {
    // The directory itself is gone: another one may come in its place.
    if (event->mask & IN_IGNORED) {
        unwatch();
        return;
    }
    if (event->len > 0 && strcmp(event->name, name) == 0) {
        pause_ms = FIRST_MS;
        due = 0;
    }
}

void reconnect_ready(void) {
    _Alignas(struct inotify_event) char events[4096];
    ssize_t size = read(fd, events, sizeof events);
    for (ssize_t at = 0; at < size && fd >= 0;) {
        const struct inotify_event *event = (const struct inotify_event *)(events + at);
        happened(event);
        at += (ssize_t)(sizeof *event + event->len);
    }
}

int reconnect_wait(void) {
    if (!waiting)
        return -1;
    int64_t left = due - clock_ms();
    return left > 0 ? (int)left : 0;
}

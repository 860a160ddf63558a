// The event loop on epoll. It takes one event per wait, because a handler may free any other watch and no event of a
// freed watch may be pending then. Level-triggered epoll takes the descriptors in turn, so none starves.
#include "base/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

static int epoll_fd = -1;
static struct timer *timers;

void loop_open(void) {
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        fatal("epoll_create1: %s", strerror(errno));
}

void loop_close(void) {
    close_fd(&epoll_fd);
}

int64_t now_milliseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        fatal("clock_gettime: %s", strerror(errno));
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int next_timeout(void) {
    if (!timers)
        return -1;
    int64_t due = timers->due;
    for (struct timer *timer = timers->next; timer; timer = timer->next)
        if (timer->due < due)
            due = timer->due;
    int64_t left = due - now_milliseconds();
    return left < 0 ? 0 : (int)left;
}

static void run_expired_timers(void) {
    if (!timers)
        return;
    int64_t now = now_milliseconds();
    for (struct timer *timer = timers, *next; timer; timer = next) {
        next = timer->next;
        if (timer->due > now)
            continue;
        timer_stop(timer);
        timer->expired(timer);
        next = timers;
    }
}

void loop_run(void) {
    for (;;) {
        struct epoll_event event;
        int count = epoll_wait(epoll_fd, &event, 1, next_timeout());
        if (count < 0 && errno != EINTR)
            fatal("epoll_wait: %s", strerror(errno));
        if (count == 1) {
            struct watch *watch = event.data.ptr;
            watch->ready(watch, event.events);
        }
        run_expired_timers();
    }
}

void watch_init(struct watch *watch, int fd, void (*ready)(struct watch *, uint32_t)) {
    *watch = (struct watch){.fd = fd, .ready = ready};
}

void watch_for(struct watch *watch, uint32_t events) {
    if (watch->registered && watch->events == events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(epoll_fd, watch->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd, &event) < 0)
        fatal("epoll_ctl of descriptor %d: %s", watch->fd, strerror(errno));
    watch->registered = true;
    watch->events = events;
}

void watch_stop(struct watch *watch) {
    if (!watch->registered)
        return;
    if (epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) < 0)
        fatal("epoll_ctl of descriptor %d: %s", watch->fd, strerror(errno));
    watch->registered = false;
}

void timer_start(struct timer *timer, int milliseconds) {
    timer_stop(timer);
    timer->due = now_milliseconds() + milliseconds;
    timer->armed = true;
    timer->next = timers;
    timers = timer;
}

void timer_stop(struct timer *timer) {
    if (!timer->armed)
        return;
    for (struct timer **link = &timers; *link; link = &(*link)->next)
        if (*link == timer) {
            *link = timer->next;
            break;
        }
    timer->armed = false;
}

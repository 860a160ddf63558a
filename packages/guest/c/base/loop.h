// The event loop: watches on file descriptors, and timers. It handles one event after the other.
#ifndef RUNV_LOOP_H
#define RUNV_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct watch {
    int fd;
    uint32_t events;
    bool registered;
    void (*ready)(struct watch *watch, uint32_t events);
};

struct timer {
    struct timer *next;
    int64_t due;
    bool armed;
    void (*expired)(struct timer *timer);
};

void loop_open(void);
void loop_run(void);
void loop_close(void);

void watch_init(struct watch *watch, int fd, void (*ready)(struct watch *, uint32_t));
// Waits for these events, and always for a hang-up. watch_stop() ends the wait.
void watch_for(struct watch *watch, uint32_t events);
void watch_stop(struct watch *watch);

void timer_start(struct timer *timer, int milliseconds);
void timer_stop(struct timer *timer);
int64_t now_milliseconds(void);

#endif

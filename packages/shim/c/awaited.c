// No event tells that a reader has opened a FIFO: it is looked for, soon at first, and less often when none came.
#include "awaited.h"

#include <poll.h>

#include "clock.h"

enum { FIRST_US = 2000, LONGEST_US = 100000, LATE_READER_MS = 10000 };

// Of a pipe's end for writing, which is all that tells of an error there.
static bool has_reader(int fd) {
    struct pollfd polled = {.fd = fd, .events = POLLOUT};
    return poll(&polled, 1, 0) < 0 || (polled.revents & POLLERR) == 0;
}

static int64_t after(int pause_us) {
    return clock_ms() + pause_us / 1000;
}

void awaited_begin(struct awaited *awaited, int fd) {
    awaited->waiting = !has_reader(fd);
    awaited->pause_us = FIRST_US;
    awaited->due = after(FIRST_US);
}

void awaited_ends(struct awaited *awaited) {
    if (awaited->given_up == 0)
        awaited->given_up = clock_ms() + LATE_READER_MS;
}

enum awaited_found awaited_look(struct awaited *awaited, int fd) {
    int64_t now = clock_ms();
    if (now < awaited->due)
        return NOT_YET;
    if (has_reader(fd)) {
        awaited->waiting = false;
        return COME;
    }
    if (awaited->given_up != 0 && now >= awaited->given_up) {
        awaited->waiting = false;
        return GIVEN_UP;
    }
    awaited->pause_us = awaited->pause_us * 6 / 5 < LONGEST_US ? awaited->pause_us * 6 / 5 : LONGEST_US;
    awaited->due = after(awaited->pause_us);
    return NOT_YET;
}

int awaited_wait(const struct awaited *awaited) {
    if (!awaited->waiting)
        return -1;
    int64_t left = awaited->due - clock_ms();
    return left > 0 ? (int)left : 0;
}

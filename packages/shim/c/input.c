// Reads stdin into a ring: begin is what was taken, end what was read, and in between lies what was sent.
#include "input.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "descriptor.h"

static struct ring ring;
static struct descriptor source = {.fd = -1};
static uint64_t sent;
static bool ended;
static int later = -1; // a timer, while the terminal is not ours to read

void input_open(int fd) {
    // Reading needs no reader, so that opening cannot fail as it can for an output.
    (void)descriptor_open(&source, fd);
}

void input_poll(struct pollfd *polled) {
    polled->fd = ring_room(&ring) > 0 ? source.fd : -1;
    if (later >= 0)
        polled->fd = later;
    polled->events = POLLIN;
}

// In the background of a terminal reading fails, which is not its end: the shell may bring us to the front.
static bool in_background(int error) {
    pid_t front = error == EIO ? tcgetpgrp(source.fd) : -1;
    return front >= 0 && front != getpgrp();
}

// False when there is no timer to be had.
static bool read_later(void) {
    const struct itimerspec pause = {.it_value = {.tv_sec = 1}};
    later = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    return later >= 0 && timerfd_settime(later, 0, &pause, NULL) == 0;
}

static void read_again(void) {
    close(later);
    later = -1;
}

static void end(void) {
    ended = true;
    if (later >= 0)
        read_again();
    descriptor_close(&source);
}

void input_ready(void) {
    if (later >= 0) {
        read_again();
        return;
    }
    struct span free = ring_free(&ring);
    ssize_t count = descriptor_read(&source, free.at, free.size);
    if (count > 0) {
        ring.end += (uint64_t)count;
        return;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count == 0 || !in_background(errno) || !read_later())
        end();
}

uint64_t input_read(void) {
    return ring.end;
}

uint64_t input_taken(void) {
    return ring.begin;
}

bool input_ended(void) {
    return ended;
}

bool input_take(uint64_t total) {
    if (total < ring.begin || total > sent)
        return false;
    ring.begin = total;
    return true;
}

bool input_send_again(uint64_t taken) {
    if (taken < ring.begin || taken > ring.end)
        return false;
    ring.begin = taken;
    sent = taken;
    return true;
}

struct span input_unsent(uint64_t *offset) {
    *offset = sent;
    return ring_from(&ring, sent);
}

void input_sent(size_t size) {
    sent += size;
}

// Reads stdin into a ring: begin is what was taken, end what was read, and in between lies what was sent.
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "descriptor.h"

// As much as the guest takes without an answer: less would hold it up.
static uint8_t bytes[256 * 1024];
static struct ring ring = {.size = sizeof bytes, .bytes = bytes};
static struct descriptor source = {.fd = -1};
static uint64_t sent;
static bool ended;
static bool finishing; // it ends at `last`, whatever comes after
static uint64_t last;
static int later = -1; // a timer, while the terminal is not ours to read

void input_open(int fd) {
    // Reading needs no reader, so that opening cannot fail as it can for an output.
    (void)descriptor_open(&source, fd);
}

static int bytes_there(void) {
    int count = 0;
    return ioctl(source.fd, FIONREAD, &count) < 0 ? 0 : count;
}

// A writer that closed before the FIFO was opened left its bytes but no hang-up: the kernel tells only of writers that came
// after. Being one such writer for a moment makes it tell.
static void touch(void) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", source.fd);
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
}

static bool has_mode(mode_t type) {
    struct stat status;
    return fstat(source.fd, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

void input_own(int fd) {
    descriptor_own(&source, fd);
    if (has_mode(S_IFIFO) && bytes_there() > 0)
        touch();
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

void input_finish(void) {
    if (ended || finishing || has_mode(S_IFREG))
        return;
    finishing = true;
    last = ring.end + (uint64_t)bytes_there();
    if (last == ring.end)
        end();
}

static struct span room_to_read(void) {
    struct span room = ring_free(&ring);
    if (finishing && room.size > last - ring.end)
        room.size = (size_t)(last - ring.end);
    return room;
}

void input_ready(void) {
    if (later >= 0) {
        read_again();
        return;
    }
    struct span room = room_to_read();
    ssize_t count = descriptor_read(&source, room.at, room.size);
    if (count > 0) {
        ring.end += (uint64_t)count;
        if (finishing && ring.end == last)
            end();
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

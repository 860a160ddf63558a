// One connection at a time. What is to be said is no queue: it is made, when there is room, from where the shim
// stands, so that nothing grows while nobody listens.
#include "daemon.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "incoming.h"
#include "outgoing.h"
#include "place.h"
#include "process.h"
#include "reconnect.h"

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int fd = -1;
static int64_t alone; // since then there is no connection
static int patience_ms;
static bool deaf; // the daemon reads no more, but may have said something before

void daemon_open(const char *socket_path, int patience) {
    strcpy(address.sun_path, place_socket(socket_path));
    patience_ms = patience;
    alone = clock_ms();
    reconnect_open(socket_path);
    reconnect_begin();
}

static void lose(void) {
    // Nothing is left that another daemon could say.
    process_end_at_once();
    if (process.shared)
        process_exit(0);
    close(fd);
    fd = -1;
    alone = clock_ms();
    reconnect_begin();
}

static noreturn void refuse(const char *why) {
    process_refused(why, strlen(why));
}

// Nobody ends a shim that no daemon knows of yet, when the command that has started it was killed.
static void end_when_forgotten(void) {
    if (place_gone())
        refuse("the daemon has ended, and has removed the directory of its socket");
    if (!outgoing_ever_welcomed() && clock_ms() - alone > patience_ms)
        refuse("no daemon has come that knows of this process");
}

static void begin(int made) {
    fd = made;
    deaf = false;
    reconnect_end();
    incoming_begin();
    outgoing_begin();
}

void daemon_connect(void) {
    if (reconnect_wait() != 0)
        return;
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) {
        reconnect_begin();
        return;
    }
    place_enter();
    // At a unix socket nothing is ever in progress: it is connected, or refused, or its queue is full.
    int result = connect(made, (struct sockaddr *)&address, sizeof address);
    place_leave();
    if (result < 0) {
        close(made);
        end_when_forgotten();
        reconnect_begin();
        return;
    }
    begin(made);
}

void daemon_poll(struct pollfd *polled) {
    polled->fd = fd;
    polled->events = POLLIN;
    if (outgoing_waiting() && !deaf)
        polled->events |= POLLOUT;
}

void daemon_ready(short events) {
    if ((events & ~POLLOUT) == 0)
        return;
    struct span room = incoming_room();
    ssize_t count = recv(fd, room.at, room.size, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0 || !incoming_came((size_t)count))
        lose();
}

void daemon_say(void) {
    while (fd >= 0 && !deaf) {
        struct span next = outgoing_next();
        if (next.size == 0)
            return;
        ssize_t count = send(fd, next.at, next.size, MSG_NOSIGNAL);
        if (count >= 0)
            outgoing_went((size_t)count);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            // Reading tells of the end, after what was still said: it may be the process's exit.
            deaf = true;
    }
}

void daemon_resized(void) {
    outgoing_resized();
}

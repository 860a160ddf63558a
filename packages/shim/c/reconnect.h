// When to try to connect to the daemon again: as soon as its socket is made anew, else after a time that grows to a
// second.
#ifndef RUNV_RECONNECT_H
#define RUNV_RECONNECT_H

#include <poll.h>
#include <stdbool.h>

// The path must stay.
void reconnect_open(const char *socket_path);
// There is no connection: it is lost, or could not be made.
void reconnect_begin(void);
// There is one.
void reconnect_end(void);
// Something useful came over it: the next loss is the first one again.
void reconnect_useful(void);
void reconnect_poll(struct pollfd *polled);
void reconnect_ready(void);
// In milliseconds; 0: now; -1: there is nothing to wait for.
int reconnect_wait(void);

#endif

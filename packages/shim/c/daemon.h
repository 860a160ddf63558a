// The connection to the daemon, made again for as long as the shim lives.
#ifndef RUNV_DAEMON_H
#define RUNV_DAEMON_H

#include <poll.h>

enum { LONGEST_KEY = 1024 };

// The path must stay. A shim that no daemon wants within the patience, in milliseconds, ends.
void daemon_open(const char *socket_path, int patience);
void daemon_poll(struct pollfd *polled);
void daemon_ready(short events);
// Says what there is to say, as far as it can be said now.
void daemon_say(void);
// Connects, if it is time to.
void daemon_connect(void);
// The terminal has another size.
void daemon_resized(void);

#endif

// The end of the host's connection, and of the guest.
#ifndef RUNV_SHUTDOWN_H
#define RUNV_SHUTDOWN_H

#include <stdnoreturn.h>

// The host went away: drops the requests that wait for an answer, and what only they had use for.
void forget_host(void);
// Closes everything and powers off (on a host: exits).
noreturn void shut_down(void);

#endif

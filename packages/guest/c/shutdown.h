// What ends with the host's connection, and with the guest.
#ifndef RUNV_SHUTDOWN_H
#define RUNV_SHUTDOWN_H

#include <stdnoreturn.h>

// The host went away: nobody waits for answers any more.
void forget_host(void);
// Closes everything and powers off (on a host: exits).
noreturn void shut_down(void);

#endif

// Sockets that listen on the loopback of this network namespace.
#ifndef RUNV_LISTEN_H
#define RUNV_LISTEN_H

#include <stdint.h>
#include <sys/socket.h>

// At a port of the kernel's choice; -1 where the namespace has no such addresses.
int listen_on(sa_family_t family);
// The port that a connection was made to.
uint16_t port_of(int connection);

#endif

// Opens the ports: those of virtio, and for the tests on a host unix sockets.
#ifndef RUNV_FINDPORT_H
#define RUNV_FINDPORT_H

// Opens the virtio port of this name, and waits for it to appear.
int port_find(const char *name);

// Gives -1 and errno.
int socket_connect(const char *path);
// The path that a socket is connected to, for free(). NULL for any other descriptor.
char *socket_path(int fd);

#endif

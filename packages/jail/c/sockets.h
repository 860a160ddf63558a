// Unix sockets by their paths.
#ifndef RUNV_SOCKETS_H
#define RUNV_SOCKETS_H

// Fail when they cannot. A socket that listens is the caller's user's alone.
int socket_listen(const char *path);
int socket_connect(const char *path);

#endif

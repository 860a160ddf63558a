// The address of a service manager.
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct address {
    struct sockaddr_un name;
    socklen_t length;
};

// As NOTIFY_SOCKET has it: an absolute path, or `@` and a name without a file. False where it is neither, or too long.
bool address_read(const char *text, struct address *address);

#endif

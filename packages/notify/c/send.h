// One message to a service manager.
#ifndef SEND_H
#define SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "address.h"

// In the name of process `pid`, which needs CAP_SYS_ADMIN; in this process's own where that is refused. False with errno.
bool send_message(int socket, const struct address *to, pid_t pid, const char *text, size_t length);

#endif

// The command, as it is handed to the daemon.
#ifndef RUNV_REQUEST_H
#define RUNV_REQUEST_H

#include <stdbool.h>

// False where it was not sent, or not all of it: the daemon has then done nothing.
bool request_send(char **argv);

#endif

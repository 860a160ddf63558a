// The reports of a child that is being set up, over a socket that closes when its program runs.
#ifndef RUNV_REPORT_H
#define RUNV_REPORT_H

#include "base/base.h"

enum report_kind {
    REPORT_TERMINAL = 'T',  // carries the pty's master
    REPORT_CREATED = 'C',   // set up; waits for one byte before it goes on
    REPORT_EXECUTING = 'X', // only the exec itself can still fail
    REPORT_FAILED = 'F',
};

struct report {
    char kind;
    struct failure failure;
};

// In the child. When a report cannot be sent, PID 1 has closed the socket, and the child ends.
void report_send(int socket, char kind, const struct failure *failure, int fd);
// In PID 1. Gives 1 and a report, 0 when the other end is closed, -1 when there is no report now. `fd` is -1 or the
// descriptor that the report carries.
int report_receive(int socket, struct report *report, int *fd);

#endif

// What root may do, and the shim need not once it is set up.
#ifndef RUNV_PRIVILEGES_H
#define RUNV_PRIVILEGES_H

// Gives up every capability for good. Does not return when it cannot.
void privileges_give_up(void);

#endif

// The signals that the shim gets, which are the guest's process's.
#ifndef RUNV_SIGNALS_H
#define RUNV_SIGNALS_H

#include <poll.h>
#include <stdbool.h>

// Holds them back, from here on; they are kept.
void signals_hold(void);
void signals_open(void);
void signals_poll(struct pollfd *polled);
// Takes what has come; true when the terminal has another size.
bool signals_ready(void);
// The next one to be said, each once; 0 for none.
int signals_next(void);
// One that asks the process to end, and that no daemon has taken for some seconds; 0 for none.
int signals_unheard(void);

#endif

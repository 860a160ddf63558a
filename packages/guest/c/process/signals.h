// PID 1's signals: SIGCHLD says that a process has ended, the others are blocked.
#ifndef RUNV_SIGNALS_H
#define RUNV_SIGNALS_H

void signals_open(void);
void signals_close(void);

#endif

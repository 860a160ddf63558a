// Memory that the host adds when the containers run short of it.
#ifndef RUNV_DEMAND_H
#define RUNV_DEMAND_H

#include <stdint.h>

// At STARTPOD. @to_come how much the host adds in the end, in MiB; 0: what there is has to do.
void demand_begin(int64_t to_come);
// The host that was asked has gone: the next one is asked anew.
void demand_forget(void);

#endif

// The process's terminal on the host: its modes and its size.
#ifndef RUNV_TERMINAL_H
#define RUNV_TERMINAL_H

#include <stdint.h>

// The terminal is what that descriptor is; it may be closed afterwards. Does not return when it cannot be kept.
void terminal_open(int fd);
// Raw, because the guest's terminal does the line discipline. Gives 0, or an errno.
int terminal_make_raw(void);
// Raw again, where it was made so.
void terminal_return(void);
// As it was before, for the caller's sake; does nothing where nothing was made raw.
void terminal_restore(void);

struct terminal_size {
    uint16_t rows, columns;
};

// 0 and 0 without a terminal.
struct terminal_size terminal_size(void);

#endif

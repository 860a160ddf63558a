// What the shim says of its setting up, once, on descriptor 3.
#ifndef RUNV_REPORT_H
#define RUNV_REPORT_H

#include <stdnoreturn.h>

// To be called before anything is opened, which might get the number 3.
void report_open(void);
void report_ready(int pid);
// Says the line, gives the terminal its modes back, and exits with 1.
noreturn void report_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

// The end of processes: reaped, written back to the host, reported.
#ifndef RUNV_ENDING_H
#define RUNV_ENDING_H

#include "process/process.h"

// Reaps all that has ended.
void processes_reap(void);
// SIGKILLs everything and waits for it, at most so long.
void processes_end(int milliseconds);
// For a process's output streams.
void process_first_output_ended(void *process);
void process_second_output_ended(void *process);

#endif

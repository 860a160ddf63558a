// The end of processes: reaping them, writing back to the host, reporting them.
#ifndef RUNV_REAP_H
#define RUNV_REAP_H

#include "process/process.h"

// Reaps every process that has ended.
void processes_reap(void);
// Sends SIGKILL to every process and waits for their ends, for at most this time.
void processes_end(int milliseconds);
// To be called by a process's output streams.
void process_first_output_ended(void *process, uint64_t total);
void process_second_output_ended(void *process, uint64_t total);

#endif

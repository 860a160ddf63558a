// The process in the guest: its streams here, and the shim's own end.
#ifndef RUNV_PROCESS_H
#define RUNV_PROCESS_H

#include <stdbool.h>
#include <stdnoreturn.h>

#include "output.h"
#include "terminal.h"

struct process {
    const char *key;
    int pid; // as the host has it
    bool terminal;
    bool carrier; // started by the daemon, to carry stdio and no more
    bool shared;  // its descriptors were another shim's: no later daemon knows of it
    struct output outputs[2]; // stdout, stderr; with a terminal only the first
};

extern struct process process;

// The output of that stream of a frame, 1 or 2; NULL when the process has none such.
struct output *process_output(int stream);
// The process has ended, and all of its output was passed on: the shim ends, once readers that may still come for the end of a
// stream have come.
void process_ended(int status);
// Ends the shim where the process has ended, and no such reader is awaited any more.
void process_end_when_done(void);
// Ends the shim where the process has ended.
void process_end_at_once(void);
// Ends the shim as the process has ended.
noreturn void process_exit(int status);
// Ends the shim because the daemon knows no such process, and says so on stderr.
noreturn void process_refused(const char *line, size_t length);

#endif

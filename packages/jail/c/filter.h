// Which system calls a program may make that somebody may have broken into. It may still execute the program.
#ifndef RUNV_FILTER_H
#define RUNV_FILTER_H

// Refuses, for this process and all that it starts, what an emulator has no use for: other processes, sockets but unix ones,
// namespaces, mounts, and the kernel's larger surfaces.
void filter_no_processes(void);
// Refuses all but what a User-mode Linux makes, which has a process for each address space of its guest.
void filter_few_calls(void);

#endif

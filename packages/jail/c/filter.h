// The system calls that a hypervisor has no use for, and who has broken out of its guest would have.
#ifndef RUNV_FILTER_H
#define RUNV_FILTER_H

// Refuses them for good, for this process and all that it starts. It may still execute the program.
void filter_install(void);

#endif

// What a hostile kernel is told, and how it says what came of what it tried.
#ifndef RUNV_ATTACK_H
#define RUNV_ATTACK_H

#include <sys/types.h>

// Things of the host outside the jail, and things inside that are the kernel's to use.
struct target {
    char secret[256];  // a file of the host's
    char share[256];   // the pod's share, with a volume `writable` and one `readonly`
    char device[64];   // a network interface of the host's
    pid_t victim;      // a process of the host's, of the same user as this one
    int monitor;       // a descriptor that the kernel has: a listening socket
};

// One line: the name, and "done" or the error's name.
long said(const char *name, long result);
void say(const char *name, const char *outcome);
// The same of an attempt in a process of its own, which the host may kill for it.
void said_of_child(const char *name, void (*attempt)(const struct target *), const struct target *target);

void attack_files(const struct target *target);
void attack_processes(const struct target *target);
void attack_privileges(const struct target *target);
void attack_network(const struct target *target);
// Which calls get through to the host's kernel, by number.
void probe_calls(void);
void exhaust(const struct target *target);

#endif

// Tells when programs wait for memory.
#ifndef RUNV_PRESSURE_H
#define RUNV_PRESSURE_H

// Calls `felt` again and again, at most twice a second, while they do. Idempotent; without an effect in a kernel that does not count it.
void pressure_watch(void (*felt)(void));
void pressure_ignore(void);

#endif

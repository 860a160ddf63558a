// Writing back to the host what programs have written.
#ifndef RUNV_WRITEBACK_H
#define RUNV_WRITEBACK_H

#include <stdbool.h>
#include <sys/types.h>

// Part of whoever waits; all zero at first.
struct write_back {
    struct write_back *next;
    bool waits, begun;
    void (*written)(struct write_back *write_back);
};

// `written` is called once the host has all that was written before write_back_begin(), in the order of these calls.
void write_back_wait(struct write_back *write_back, void (*written)(struct write_back *));
void write_back_begin(void);
void write_back_cancel(struct write_back *write_back);
// Whether it was the child that writes back.
bool write_back_reaped(pid_t pid);
// From now on it is done at once.
void write_back_shut_down(void);

#endif

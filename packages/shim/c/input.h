// The process's stdin: read from the caller, and kept until the guest has taken it.
#ifndef RUNV_INPUT_H
#define RUNV_INPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

void input_open(int fd);
// One that is the shim's own. A FIFO's end is its last writer's close, and one that has none yet is waited for.
void input_own(int fd);
void input_poll(struct pollfd *polled);
// Reads what there is, once.
void input_ready(void);

// Ends stdin after what is there now; a file ends by itself.
void input_finish(void);

uint64_t input_read(void);  // bytes, so far
uint64_t input_taken(void); // of them the guest has
bool input_ended(void);
// False: that cannot be, it is less than before or more than was sent.
bool input_take(uint64_t total);
// After WELCOME: what the guest has not taken is to be sent again. False as above.
bool input_send_again(uint64_t taken);
// What is to be sent next, of size 0 when nothing is, and its offset.
struct span input_unsent(uint64_t *offset);
void input_sent(size_t size);

#endif

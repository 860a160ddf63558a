// The reader of a FIFO that is open for writing already, and that nobody may read yet.
#ifndef RUNV_AWAITED_H
#define RUNV_AWAITED_H

#include <stdbool.h>
#include <stdint.h>

struct awaited {
    bool waiting;
    int pause_us;     // until it is looked for again, which gets longer
    int64_t due;      // when that is
    int64_t given_up; // when nobody comes any more; 0 while the stream goes on
};

enum awaited_found { NOT_YET, COME, GIVEN_UP };

// Waits only where that is a FIFO without a reader.
void awaited_begin(struct awaited *awaited, int fd);
// The stream has ended: a reader may still come for some seconds.
void awaited_ends(struct awaited *awaited);
// While it waits: looks, if it is time to.
enum awaited_found awaited_look(struct awaited *awaited, int fd);
// In ms, until it is to look; -1 when it does not wait.
int awaited_wait(const struct awaited *awaited);

#endif

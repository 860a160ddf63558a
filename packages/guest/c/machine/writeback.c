// One write-back serves all who waited when it began. A child writes back a large amount, because the event loop must not wait for it.
#include "machine/writeback.h"

#include <stddef.h>

#include "machine/share.h"

static struct write_back *first, **last = &first;
static pid_t child;
static bool shutting_down;

void write_back_wait(struct write_back *write_back, void (*written)(struct write_back *)) {
    write_back_cancel(write_back);
    *write_back = (struct write_back){.waits = true, .written = written};
    *last = write_back;
    last = &write_back->next;
}

void write_back_cancel(struct write_back *write_back) {
    if (!write_back->waits)
        return;
    struct write_back **link = &first;
    while (*link != write_back)
        link = &(*link)->next;
    *link = write_back->next;
    if (!*link)
        last = link;
    write_back->waits = false;
}

static void tell(void) {
    while (first && first->begun) {
        struct write_back *write_back = first;
        write_back_cancel(write_back);
        write_back->written(write_back);
    }
}

void write_back_begin(void) {
    while (first && child == 0) {
        for (struct write_back *write_back = first; write_back; write_back = write_back->next)
            write_back->begun = true;
        child = shutting_down || !share_is_dirty() ? 0 : share_write_back_in_child();
        if (child > 0)
            return;
        child = 0;
        share_write_back();
        tell();
    }
}

bool write_back_reaped(pid_t pid) {
    if (child == 0 || pid != child)
        return false;
    child = 0;
    tell();
    write_back_begin();
    return true;
}

void write_back_shut_down(void) {
    shutting_down = true;
}

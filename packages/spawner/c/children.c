#include "children.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

struct entry {
    struct entry *next;
    unsigned long id;
    struct child child; // without a pid when it has ended
    bool opened;
};

static struct entry *entries;

bool children_add(unsigned long id, const struct child *child) {
    struct entry *entry = malloc(sizeof *entry);
    if (!entry)
        return false;
    *entry = (struct entry){entries, id, *child, false};
    entries = entry;
    return true;
}

static struct entry *find(unsigned long id) {
    struct entry *entry = entries;
    while (entry && entry->id != id)
        entry = entry->next;
    return entry;
}

static void remove_if_done(struct entry *entry) {
    if (entry->child.pid > 0 || !entry->opened)
        return;
    struct entry **at = &entries;
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    free(entry);
}

void children_opened(unsigned long id) {
    struct entry *entry = find(id);
    if (!entry)
        return;
    child_close_pipes(&entry->child);
    entry->opened = true;
    remove_if_done(entry);
}

void children_kill(unsigned long id, int signal) {
    struct entry *entry = find(id);
    if (entry && entry->child.pid > 0)
        kill(entry->child.pid, signal);
}

bool children_reap(unsigned long *id, int *status) {
    pid_t pid;
    while ((pid = waitpid(-1, status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
        struct entry *entry = entries;
        while (entry && entry->child.pid != pid)
            entry = entry->next;
        if (!entry || pid < 0)
            continue;
        *id = entry->id;
        entry->child.pid = -1;
        remove_if_done(entry);
        return true;
    }
    return false;
}

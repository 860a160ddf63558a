// Sharing namespaces in a pod.
#include "namespaces.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "container.h"
#include "json.h"

static bool find(struct json_object *shared, const char *type, uint64_t flag, int *pidfd,
                 struct namespaces *namespaces, struct failure *failure) {
    const char *id;
    struct json_object *found = NULL;
    *pidfd = -1;
    if (!shared || !json_object_object_get_ex(shared, type, &found))
        return true;
    if (!json_plain_text(found, type, &id, failure))
        return false;
    namespaces->shared |= flag;
    if (!id[0])
        return true;
    struct container *container = container_find(id);
    if (!container || !container->init)
        return fail(failure, "NOTFOUND", "there is no running container \"%.200s\" to share its %s namespace",
                    id, type);
    *pidfd = container->pidfd;
    return true;
}

bool namespaces_find(struct json_object *shared, struct namespaces *namespaces, struct failure *failure) {
    *namespaces = (struct namespaces){0};
    return find(shared, "pid", CLONE_NEWPID, &namespaces->pid, namespaces, failure) &&
           find(shared, "ipc", CLONE_NEWIPC, &namespaces->ipc, namespaces, failure) &&
           find(shared, "uts", CLONE_NEWUTS, &namespaces->uts, namespaces, failure);
}

bool namespaces_enter(const struct namespaces *namespaces, struct failure *failure) {
    if (namespaces->ipc >= 0 && setns(namespaces->ipc, CLONE_NEWIPC) < 0)
        return fail_errno(failure, errno, "entering another container's ipc namespace");
    if (namespaces->uts >= 0 && setns(namespaces->uts, CLONE_NEWUTS) < 0)
        return fail_errno(failure, errno, "entering another container's uts namespace");
    return true;
}

// Sharing namespaces in a pod.
#include "container/namespaces.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/json.h"
#include "container/container.h"

static bool find(struct json_object *shared, const char *type, uint64_t flag, int *pidfd,
                 struct namespaces *namespaces, struct failure *failure) {
    const char *id;
    struct json_object *found = NULL;
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
    if (flag != CLONE_NEWUSER)
        return true;
    namespaces->maps = &container->maps;
    return id_maps_any(namespaces->maps) ||
           fail(failure, "INVALID", "the container \"%.200s\" has no user namespace to share", id);
}

bool namespaces_find(struct json_object *shared, struct namespaces *namespaces, struct failure *failure) {
    *namespaces = (struct namespaces){.pid = -1, .ipc = -1, .uts = -1, .user = -1, .made = {-1, -1, -1}};
    return find(shared, "pid", CLONE_NEWPID, &namespaces->pid, namespaces, failure) &&
           find(shared, "ipc", CLONE_NEWIPC, &namespaces->ipc, namespaces, failure) &&
           find(shared, "uts", CLONE_NEWUTS, &namespaces->uts, namespaces, failure) &&
           find(shared, "user", CLONE_NEWUSER, &namespaces->user, namespaces, failure);
}

static void take(struct namespaces *namespaces, uint64_t flag, int *place, int made) {
    if (namespaces->shared & flag)
        return;
    namespaces->shared |= flag;
    *place = made;
}

bool namespaces_make(const struct id_maps *maps, struct namespaces *namespaces, struct failure *failure) {
    struct user_namespace *made = &namespaces->made;
    if (!id_maps_any(maps))
        return true;
    if (!userns_make(maps, namespaces->user, made, failure))
        return false;
    take(namespaces, CLONE_NEWIPC, &namespaces->ipc, made->ipc);
    take(namespaces, CLONE_NEWUTS, &namespaces->uts, made->uts);
    namespaces->user = made->user;
    return true;
}

void namespaces_close(struct namespaces *namespaces) {
    userns_close(&namespaces->made);
}

bool namespaces_enter(const struct namespaces *namespaces, struct failure *failure) {
    if (namespaces->ipc >= 0 && setns(namespaces->ipc, CLONE_NEWIPC) < 0)
        return fail_errno(failure, errno, "entering another container's ipc namespace");
    if (namespaces->uts >= 0 && setns(namespaces->uts, CLONE_NEWUTS) < 0)
        return fail_errno(failure, errno, "entering another container's uts namespace");
    return true;
}

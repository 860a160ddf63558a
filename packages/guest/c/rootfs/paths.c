// Masked paths read as empty, read-only ones refuse writers. A mount is made detached and moved onto the opened target,
// so that no path is resolved twice.
#include "rootfs/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs/inroot.h"

// Gives 0 or an errno. Takes `tree`.
static int move_onto(int tree, int target) {
    int error = 0;
    if (tree < 0 ||
        move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        error = errno;
    close_fd(&tree);
    return error;
}

static int cover_directory(int target) {
    int context = fsopen("tmpfs", FSOPEN_CLOEXEC), tree = -1;
    if (context >= 0 && fsconfig(context, FSCONFIG_SET_STRING, "mode", "755", 0) == 0 &&
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        tree = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    int error = tree < 0 ? errno : 0;
    close_fd(&context);
    return error ? error : move_onto(tree, target);
}

static int cover_file(int target) {
    return move_onto(open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), target);
}

static int mask(int target) {
    struct stat status;
    if (fstat(target, &status) < 0)
        return errno;
    return S_ISDIR(status.st_mode) ? cover_directory(target) : cover_file(target);
}

static int protect(int target) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    int tree = open_tree(target, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
        int error = errno;
        close_fd(&tree);
        return error;
    }
    return move_onto(tree, target);
}

static bool each(int root, struct json_object *list, const char *what, int (*change)(int target),
                 struct failure *failure) {
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *path = json_object_get_string(json_object_array_get_idx(list, i));
        int target = inroot_open(root, path, O_PATH, 0);
        if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
            continue;
        int error = target < 0 ? errno : change(target);
        close_fd(&target);
        if (error)
            return fail_errno(failure, error, "%s the path \"%.200s\"", what, path);
    }
    return true;
}

bool protect_paths(int root, const struct container_spec *spec, struct failure *failure) {
    // In this order a masked path below a read-only one stays masked.
    return each(root, spec->readonly_paths, "protecting", protect, failure) &&
           each(root, spec->masked_paths, "masking", mask, failure);
}

// Reads the settings from the environment.
#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "daemon.h"
#include "report.h"

// A command looks that long for a daemon that takes what it asks, and the daemon some 10 s for the shim.
enum { PATIENCE_MS = 90000 };

static const char *absolute_socket(const char *name, const char *path) {
    const size_t longest = sizeof((struct sockaddr_un *)0)->sun_path - 1;
    if (path[0] != '/' || strlen(path) > longest)
        report_failure("%s is \"%.200s\": give an absolute path of at most %zu bytes", name, path, longest);
    return path;
}

// Without symbolic links: one that is absolute would lead elsewhere from another root.
static const char *resolved_socket(const char *path) {
    static char resolved[sizeof((struct sockaddr_un *)0)->sun_path];
    char directory[PATH_MAX], found[PATH_MAX];
    const char *name = strrchr(path, '/');
    snprintf(directory, sizeof directory, "%.*s", (int)(name - path) + 1, path);
    if (!realpath(directory, found) || strlen(found) + strlen(name) >= sizeof resolved)
        return path;
    strcpy(resolved, strcmp(found, "/") == 0 ? "" : found);
    return strcat(resolved, name);
}

static const char *required(const char *name) {
    const char *value = getenv(name);
    if (!value || !*value)
        report_failure("%s is not set: the shim is started by runv, not by hand", name);
    return value;
}

static bool flag(const char *name) {
    const char *value = getenv(name);
    if (value && strcmp(value, "1") != 0)
        report_failure("%s is \"%.200s\": set it to 1, or not at all", name, value);
    return value != NULL;
}

static int milliseconds(const char *name, int otherwise) {
    const char *value = getenv(name);
    if (!value)
        return otherwise;
    char *end;
    errno = 0;
    long read = strtol(value, &end, 10);
    if (errno != 0 || end == value || *end || read < 1 || read > INT_MAX)
        report_failure("%s is \"%.200s\": give a number of milliseconds from 1 to %d", name, value, INT_MAX);
    return (int)read;
}

static const char *absolute(const char *name, const char *path) {
    if (path[0] != '/')
        report_failure("%s is \"%.200s\": give an absolute path", name, path);
    return path;
}

// RUNV_SHIM_SOURCE_<n> is mounted as RUNV_SHIM_MOUNT_<n> says: "ro:" or "rw:", and where.
static bool read_mount(int index, struct mounted *mounted) {
    char source[40], mount[40];
    snprintf(source, sizeof source, "RUNV_SHIM_SOURCE_%d", index);
    snprintf(mount, sizeof mount, "RUNV_SHIM_MOUNT_%d", index);
    const char *said = getenv(mount);
    if (!said)
        return false;
    mounted->readonly = strncmp(said, "ro:", 3) == 0;
    if (!mounted->readonly && strncmp(said, "rw:", 3) != 0)
        report_failure("%s is \"%.200s\": begin it with ro: or rw:", mount, said);
    mounted->destination = absolute(mount, said + 3);
    mounted->source = absolute(source, required(source));
    return true;
}

static void read_root(struct settings *settings) {
    settings->root = getenv("RUNV_SHIM_ROOT");
    if (!settings->root)
        return;
    absolute("RUNV_SHIM_ROOT", settings->root);
    settings->root_readonly = flag("RUNV_SHIM_ROOT_READONLY");
    settings->own_pids = settings->detached;
    int *count = &settings->mount_count;
    while (*count < MOST_MOUNTS && read_mount(*count, &settings->mounts[*count]))
        *count += 1;
}

void settings_read(struct settings *settings) {
    settings->socket = resolved_socket(absolute_socket("RUNV_SHIM_SOCKET", required("RUNV_SHIM_SOCKET")));
    settings->key = required("RUNV_SHIM_KEY");
    if (strlen(settings->key) > LONGEST_KEY)
        report_failure("RUNV_SHIM_KEY has %zu bytes and can have %d", strlen(settings->key), LONGEST_KEY);
    settings->terminal = flag("RUNV_SHIM_TERMINAL");
    settings->detached = flag("RUNV_SHIM_DETACHED");
    settings->patience_ms = milliseconds("RUNV_SHIM_PATIENCE_MS", PATIENCE_MS);
    settings->carrier = flag("RUNV_SHIM_CARRIER");
    settings->shared = flag("RUNV_SHIM_SHARED");
    settings->console_socket = getenv("RUNV_SHIM_CONSOLE_SOCKET");
    if (settings->console_socket) {
        absolute_socket("RUNV_SHIM_CONSOLE_SOCKET", settings->console_socket);
        if (!settings->terminal)
            report_failure("RUNV_SHIM_CONSOLE_SOCKET is set for a process without a terminal: set RUNV_SHIM_TERMINAL=1 too");
    }
    read_root(settings);
    settings->netns = getenv("RUNV_SHIM_NETNS");
    if (settings->netns && strcmp(settings->netns, "new") != 0 && settings->netns[0] != '/')
        report_failure("RUNV_SHIM_NETNS is \"%.200s\": give \"new\" or an absolute path", settings->netns);
}

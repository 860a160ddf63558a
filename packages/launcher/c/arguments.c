// Reads as much of the command line as finds the daemon.
#include "arguments.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char default_root[] = "/run/runv";

// Flags before the command that take a value.
static const char *const with_value[] = {
    "--driver",       "--kernel", "--initrd",     "--default_cpus", "--default_memory", "--default-cpus", "--default-memory",
    "--template",     "--factory", "--config",    "--boot-timeout", "--log",            "--log-format",   "--rootless",
    "--criu",         "--log-level", NULL,
};

static const char *const without_value[] = {"--systemd-cgroup", "--debug", NULL};

// Commands that a daemon can run: they end soon and need no process of their own. packages/cli/src/main.ts has the same list.
static const char *const delegable[] = {"create", "start", "state", "kill", "delete", "pause", "resume", "ps", "exec", NULL};

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

// The value of `--flag value` or `--flag=value`; NULL for another flag, or none.
static const char *value_of(const char *flag, char ***at) {
    size_t length = strlen(flag);
    const char *word = **at;
    if (strncmp(word, flag, length) != 0)
        return NULL;
    if (word[length] == '=')
        return word + length + 1;
    if (word[length] != 0 || !(*at)[1])
        return NULL;
    ++*at;
    return **at;
}

static bool is_flag_with_value_inside(const char *word) {
    const char *equals = strchr(word, '=');
    char flag[32];
    if (!equals || (size_t)(equals - word) >= sizeof flag)
        return false;
    memcpy(flag, word, (size_t)(equals - word));
    flag[equals - word] = 0;
    return is_one_of(flag, with_value);
}

static bool is_delegable(char *const *command) {
    if (!is_one_of(*command, delegable))
        return false;
    bool detached = strcmp(*command, "exec") != 0;
    for (char *const *word = command + 1; *word; word++) {
        if (strcmp(*word, "--solo-namespaced") == 0)
            return false;
        if (strcmp(*word, "-d") == 0 || strcmp(*word, "--detach") == 0)
            detached = true;
    }
    // At a terminal, Node draws the progress of a create.
    return detached && !(strcmp(*command, "create") == 0 && isatty(STDERR_FILENO));
}

bool arguments_read(char **argv, char *socket_path, size_t size) {
    const char *root = default_root, *daemon = NULL, *value;
    char **at = argv[0] ? argv + 1 : argv;
    for (; *at && **at == '-'; at++) {
        if ((value = value_of("--root", &at)))
            root = value;
        else if ((value = value_of("--daemon", &at)))
            daemon = value;
        else if (is_one_of(*at, with_value) && at[1])
            at++;
        else if (!is_flag_with_value_inside(*at) && !is_one_of(*at, without_value))
            return false;
    }
    if (!*at || !is_delegable(at))
        return false;
    int length = daemon ? snprintf(socket_path, size, "%s.cli", daemon)
                        : snprintf(socket_path, size, "%s/.daemon/runv.sock.cli", root);
    return length > 0 && (size_t)length < size;
}

#include "settings.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "arguments.h"
#include "failure.h"
#include "filter.h"

static const struct {
    const char *name;
    enum entry_kind kind;
} options[] = {
    {"--read-only", READ_ONLY}, {"--data", DATA},     {"--writable", WRITABLE}, {"--share", SHARE},
    {"--device", DEVICE},       {"--listen", LISTEN}, {"--read", READ},         {"--fifo", FIFO},
};
enum { OPTIONS = sizeof options / sizeof *options };

bool entry_is_path(enum entry_kind kind) {
    return kind <= DEVICE;
}

static bool read_entry(struct settings *settings, struct arguments *arguments, const char *name) {
    for (int i = 0; i < OPTIONS; i++) {
        if (strcmp(name, options[i].name) != 0)
            continue;
        if (settings->entry_count == MOST_ENTRIES)
            fail(0, "more than %d paths and descriptors", MOST_ENTRIES);
        settings->entries[settings->entry_count++] =
            (struct entry){options[i].kind, argument_path(arguments, name), -1};
        return true;
    }
    return false;
}

static void (*filter_named(const char *name))(void) {
    if (strcmp(name, "no-processes") == 0)
        return filter_no_processes;
    if (strcmp(name, "few-calls") == 0)
        return filter_few_calls;
    fail(0, "unknown filter \"%.100s\"", name);
}

static void add_cgroup(struct settings *settings, const char *path) {
    if (settings->cgroup_count == MOST_ENTRIES)
        fail(0, "more than %d control groups", MOST_ENTRIES);
    settings->cgroups[settings->cgroup_count++] = path;
}

void settings_read(struct settings *settings, char **words) {
    struct arguments arguments = {words};
    for (;;) {
        const char *name = argument_next(&arguments);
        if (!name)
            fail(0, "no program: -- and a program end the options");
        if (strcmp(name, "--") == 0)
            break;
        if (strcmp(name, "--cgroup") == 0)
            add_cgroup(settings, argument_path(&arguments, name));
        else if (strcmp(name, "--root") == 0)
            settings->root = argument_path(&arguments, name);
        else if (strcmp(name, "--user") == 0)
            settings->user = (uid_t)argument_number(&arguments, name, INT_MAX);
        else if (strcmp(name, "--status") == 0)
            settings->status = argument_path(&arguments, name);
        else if (strcmp(name, "--filter") == 0)
            settings->filter = filter_named(argument_value(&arguments, name));
        else if (!read_entry(settings, &arguments, name))
            fail(0, "unknown option \"%.100s\"", name);
    }
    settings->program = arguments.next;
    if (!*settings->program)
        fail(0, "no program after --");
    if (settings->root && !settings->user)
        fail(0, "--root needs --user, and that other than root");
}

// Reads hooks.startContainer from JSON.
#include "spec/hooks.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

enum { MOST_HOOKS = 1024, MOST_STRINGS = 65536, MOST_SECONDS = 1000000 };

// A list of pointers that ends with NULL. The JSON object keeps the strings.
static bool parse_strings(struct json_object *entry, const char *name, char ***strings,
                          struct failure *failure) {
    struct json_object *list;
    if (!json_array(entry, name, &list, failure))
        return false;
    size_t count = list ? json_object_array_length(list) : 0;
    if (count > MOST_STRINGS)
        return fail(failure, "INVALID", "a hook's %s has %zu entries, at most %d are allowed", name, count,
                    MOST_STRINGS);
    *strings = allocate((count + 1) * sizeof **strings);
    for (size_t i = 0; i < count; i++) {
        const char *text;
        if (!json_plain_text(json_object_array_get_idx(list, i), name, &text, failure))
            return false;
        (*strings)[i] = (char *)(uintptr_t)text;
    }
    return true;
}

static bool parse_hook(struct json_object *entry, struct hook *hook, struct failure *failure) {
    int64_t seconds;
    if (!json_object_is_type(entry, json_type_object))
        return fail(failure, "INVALID", "an entry of startContainer must be an object");
    if (!json_text(entry, "path", NULL, &hook->path, failure) ||
        !parse_strings(entry, "args", &hook->arguments, failure) ||
        !parse_strings(entry, "env", &hook->environment, failure) ||
        !json_integer(entry, "timeout", 1, MOST_SECONDS, 0, &seconds, failure))
        return false;
    hook->timeout = seconds > 0 ? (int)(seconds * 1000) : -1;
    return hook->path[0] == '/' ||
           fail(failure, "INVALID", "the hook \"%.200s\" must be an absolute path", hook->path);
}

bool hooks_parse(struct json_object *container, struct hooks *hooks, struct failure *failure) {
    struct json_object *found, *list;
    if (!json_nested(container, "hooks", &found, failure) ||
        !json_text(container, "state", "{}", &hooks->state, failure))
        return false;
    if (!found)
        return true;
    if (!json_array(found, "startContainer", &list, failure))
        return false;
    size_t count = list ? json_object_array_length(list) : 0;
    if (count > MOST_HOOKS || hooks->state[0] != '{')
        return fail(failure, "INVALID", "there may be %d hooks, and their state is an object", MOST_HOOKS);
    hooks->hooks = allocate(count * sizeof *hooks->hooks);
    hooks->count = count;
    for (size_t i = 0; i < count; i++)
        if (!parse_hook(json_object_array_get_idx(list, i), &hooks->hooks[i], failure))
            return false;
    return true;
}

void hooks_free(struct hooks *hooks) {
    for (size_t i = 0; i < hooks->count; i++) {
        free(hooks->hooks[i].arguments);
        free(hooks->hooks[i].environment);
    }
    free(hooks->hooks);
}

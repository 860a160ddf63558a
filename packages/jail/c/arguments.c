#include "arguments.h"

#include <errno.h>
#include <stdlib.h>

#include "failure.h"

const char *argument_next(struct arguments *arguments) {
    return *arguments->next ? *arguments->next++ : NULL;
}

const char *argument_value(struct arguments *arguments, const char *name) {
    const char *value = argument_next(arguments);
    if (!value)
        fail(0, "%s needs a value", name);
    return value;
}

const char *argument_path(struct arguments *arguments, const char *name) {
    const char *path = argument_value(arguments, name);
    if (*path != '/')
        fail(0, "%s needs an absolute path, not \"%.300s\"", name, path);
    return path;
}

long argument_number(struct arguments *arguments, const char *name, long most) {
    const char *text = argument_value(arguments, name);
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < 0 || number > most)
        fail(0, "%s needs a number from 0 to %ld, not \"%.100s\"", name, most, text);
    return number;
}

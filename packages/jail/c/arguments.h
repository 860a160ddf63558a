// The command line, read one word after the other.
#ifndef RUNV_ARGUMENTS_H
#define RUNV_ARGUMENTS_H

#include <stdbool.h>

struct arguments {
    char **next; // ends with NULL
};

// The next word; NULL at the end.
const char *argument_next(struct arguments *arguments);
// The value that follows `name`. Fails without one.
const char *argument_value(struct arguments *arguments, const char *name);
// A path; fails unless it is absolute.
const char *argument_path(struct arguments *arguments, const char *name);
// A whole number from 0 to `most`.
long argument_number(struct arguments *arguments, const char *name, long most);

#endif

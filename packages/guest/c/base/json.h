// Typed access to a command's JSON. A field of the wrong type is a failure that names the field.
#ifndef RUNV_JSON_H
#define RUNV_JSON_H

#include <json-c/json.h>

#include "base/base.h"

// The object in the bytes, or NULL and a failure.
struct json_object *json_parse_object(const uint8_t *data, size_t size, struct failure *failure);

// Getters give `fallback` for a field that is missing or null. A string is valid as long as its object is.
bool json_text(struct json_object *object, const char *name, const char *fallback, const char **value,
               struct failure *failure);
bool json_flag(struct json_object *object, const char *name, bool fallback, bool *value,
               struct failure *failure);
bool json_integer(struct json_object *object, const char *name, int64_t least, int64_t most, int64_t fallback,
                  int64_t *value, struct failure *failure);
bool json_u64(struct json_object *object, const char *name, uint64_t fallback, uint64_t *value,
              struct failure *failure);
// These give NULL for a missing field.
bool json_array(struct json_object *object, const char *name, struct json_object **value,
                struct failure *failure);
bool json_nested(struct json_object *object, const char *name, struct json_object **value,
                 struct failure *failure);
// A string without a NUL byte.
bool json_plain_text(struct json_object *value, const char *name, const char **text, struct failure *failure);

#endif

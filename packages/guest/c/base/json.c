// Typed access to JSON, on json-c, which passes on bytes that are not UTF-8, as the protocol requires.
#include "base/json.h"

#include <string.h>

// json-c needs some 100 bytes for "[]". Without a limit, 8 MiB of those would take all memory of a small VM.
enum { MOST_VALUES = 200 * 1000, SHOWN_NAME = 64 };

static size_t count_values(const uint8_t *data, size_t size) {
    size_t count = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        if (in_string && data[i] == '\\')
            i++;
        else if (data[i] == '"')
            in_string = !in_string;
        else if (!in_string && (data[i] == ',' || data[i] == '[' || data[i] == '{'))
            count++;
    }
    return count;
}

struct json_object *json_parse_object(const uint8_t *data, size_t size, struct failure *failure) {
    if (count_values(data, size) > MOST_VALUES) {
        fail(failure, "INVALID", "the message has more than %d values", MOST_VALUES);
        return NULL;
    }
    struct json_tokener *tokener = json_tokener_new();
    if (!tokener)
        fatal("out of memory: a JSON parser");
    struct json_object *object = json_tokener_parse_ex(tokener, (const char *)data, (int)size);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    while (end < size && strchr(" \t\r\n", data[end]))
        end++;
    if (error == json_tokener_success && end < size) {
        json_object_put(object);
        fail(failure, "INVALID", "the message has something after its JSON object, at byte %zu", end);
        return NULL;
    }
    if (error == json_tokener_success && json_object_is_type(object, json_type_object))
        return object;
    json_object_put(object);
    fail(failure, "INVALID", "the message is not a JSON object: %s",
         error == json_tokener_success ? "it is something else" : json_tokener_error_desc(error));
    return NULL;
}

static struct json_object *field(struct json_object *object, const char *name) {
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

static bool wrong(struct failure *failure, const char *name, const char *wanted, struct json_object *value) {
    return fail(failure, "INVALID", "%s must be %s, it is %.*s", name, wanted, SHOWN_NAME,
                json_object_to_json_string(value));
}

bool json_plain_text(struct json_object *value, const char *name, const char **text,
                     struct failure *failure) {
    if (!json_object_is_type(value, json_type_string))
        return wrong(failure, name, "a string", value);
    const char *string = json_object_get_string(value);
    if (strlen(string) != (size_t)json_object_get_string_len(value))
        return wrong(failure, name, "a string without a NUL byte", value);
    *text = string;
    return true;
}

bool json_text(struct json_object *object, const char *name, const char *fallback, const char **value,
               struct failure *failure) {
    struct json_object *found = field(object, name);
    if (found)
        return json_plain_text(found, name, value, failure);
    if (!fallback)
        return fail(failure, "INVALID", "%s is missing", name);
    *value = fallback;
    return true;
}

bool json_flag(struct json_object *object, const char *name, bool fallback, bool *value,
               struct failure *failure) {
    struct json_object *found = field(object, name);
    *value = fallback;
    if (!found)
        return true;
    if (!json_object_is_type(found, json_type_boolean))
        return wrong(failure, name, "true or false", found);
    *value = json_object_get_boolean(found);
    return true;
}

bool json_integer(struct json_object *object, const char *name, int64_t least, int64_t most, int64_t fallback,
                  int64_t *value, struct failure *failure) {
    struct json_object *found = field(object, name);
    *value = fallback;
    if (!found)
        return true;
    if (!json_object_is_type(found, json_type_int))
        return wrong(failure, name, "an integer", found);
    int64_t number = json_object_get_int64(found);
    if (number < least || number > most)
        return fail(failure, "INVALID", "%s is %s, it must be %lld to %lld", name,
                    json_object_to_json_string(found), (long long)least, (long long)most);
    *value = number;
    return true;
}

bool json_u64(struct json_object *object, const char *name, uint64_t fallback, uint64_t *value,
              struct failure *failure) {
    struct json_object *found = field(object, name);
    *value = fallback;
    if (!found)
        return true;
    if (!json_object_is_type(found, json_type_int) || json_object_get_int64(found) < 0)
        return wrong(failure, name, "an integer of 64 bits without a sign", found);
    *value = json_object_get_uint64(found);
    return true;
}

static bool typed(struct json_object *object, const char *name, json_type type, const char *wanted,
                  struct json_object **value, struct failure *failure) {
    *value = field(object, name);
    if (!*value || json_object_is_type(*value, type))
        return true;
    return wrong(failure, name, wanted, *value);
}

bool json_array(struct json_object *object, const char *name, struct json_object **value,
                struct failure *failure) {
    return typed(object, name, json_type_array, "a list", value, failure);
}

bool json_nested(struct json_object *object, const char *name, struct json_object **value,
                 struct failure *failure) {
    return typed(object, name, json_type_object, "an object", value, failure);
}

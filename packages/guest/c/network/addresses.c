// Reads addresses and interfaces from JSON.
#include "network/addresses.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_MTU = 68, MOST_MTU = 65535 };

size_t ip_size(int family) {
    return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

bool ip_parse(const char *text, const char *name, struct ip_address *address, struct failure *failure) {
    *address = (struct ip_address){.family = strchr(text, ':') ? AF_INET6 : AF_INET};
    return inet_pton(address->family, text, address->bytes) == 1 ||
           fail(failure, "INVALID", "%s must be an IP address, it is \"%.64s\"", name, text);
}

static bool parse_bytes(const char *text, uint8_t mac[MAC_SIZE]) {
    char *end = NULL;
    for (size_t i = 0; i < MAC_SIZE; i++) {
        const char *start = text + 3 * i;
        if (!isxdigit((unsigned char)start[0]) || !isxdigit((unsigned char)start[1]))
            return false;
        mac[i] = (uint8_t)strtoul(start, &end, 16);
        if (end != start + 2 || *end != (i + 1 < MAC_SIZE ? ':' : 0))
            return false;
    }
    return true;
}

bool mac_parse(struct json_object *object, const char *name, uint8_t mac[MAC_SIZE], struct failure *failure) {
    const char *text;
    if (!json_text(object, name, NULL, &text, failure))
        return false;
    return parse_bytes(text, mac) ||
           fail(failure, "INVALID", "%s must be a MAC address, it is \"%.64s\"", name, text);
}

// An empty text is like a missing field.
static bool parse_optional(struct json_object *object, const char *name, int family,
                           struct ip_address *address, struct failure *failure) {
    const char *text;
    if (!json_text(object, name, "", &text, failure))
        return false;
    *address = (struct ip_address){0};
    if (!text[0])
        return true;
    return ip_parse(text, name, address, failure) &&
           (address->family == family ||
            fail(failure, "INVALID", "%s is of another family than the address", name));
}

static bool parse_address(struct json_object *object, struct interface_address *address,
                          struct failure *failure) {
    const char *text, *scope;
    int64_t prefix;
    if (!json_object_is_type(object, json_type_object))
        return fail(failure, "INVALID", "an address must be an object");
    if (!json_text(object, "address", NULL, &text, failure) ||
        !ip_parse(text, "address", &address->local, failure) ||
        !json_integer(object, "prefix", 0, (int64_t)ip_size(address->local.family) * 8, -1, &prefix,
                      failure) ||
        !json_text(object, "scope", "global", &scope, failure) ||
        !parse_optional(object, "peer", address->local.family, &address->peer, failure) ||
        !parse_optional(object, "broadcast", address->local.family, &address->broadcast, failure))
        return false;
    if (prefix < 0)
        return fail(failure, "INVALID", "prefix is missing");
    address->prefix = (uint8_t)prefix;
    address->scope = !strcmp(scope, "link") ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    return true;
}

static bool parse_addresses(struct json_object *list, struct interface_spec *spec, struct failure *failure) {
    size_t count = list ? json_object_array_length(list) : 0;
    if (count > MOST_ADDRESSES)
        return fail(failure, "INVALID", "an interface has at most %d addresses, not %zu", MOST_ADDRESSES,
                    count);
    for (size_t i = 0; i < count; i++)
        if (!parse_address(json_object_array_get_idx(list, i), &spec->addresses[i], failure))
            return false;
    spec->count = count;
    return true;
}

bool interface_spec_parse(struct json_object *object, struct interface_spec *spec, struct failure *failure) {
    const char *name;
    int64_t mtu;
    struct json_object *addresses;
    if (!mac_parse(object, "device", spec->device, failure) ||
        !mac_parse(object, "mac", spec->mac, failure) ||
        !json_text(object, "name", NULL, &name, failure) ||
        !json_integer(object, "mtu", LEAST_MTU, MOST_MTU, 1500, &mtu, failure) ||
        !json_array(object, "addresses", &addresses, failure))
        return false;
    if (!name[0] || strlen(name) >= sizeof spec->name)
        return fail(failure, "INVALID", "name must have 1 to %zu bytes, it is \"%.64s\"",
                    sizeof spec->name - 1, name);
    strcpy(spec->name, name);
    spec->mtu = (uint32_t)mtu;
    return parse_addresses(addresses, spec, failure);
}

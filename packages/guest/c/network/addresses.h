// MAC and IP addresses in a command's JSON, and the interface that SETUPINTERFACE asks for.
#ifndef RUNV_ADDRESSES_H
#define RUNV_ADDRESSES_H

#include <net/if.h>
#include <netinet/in.h>

#include "base/json.h"

enum { MAC_SIZE = 6, MOST_ADDRESSES = 64 };

struct ip_address {
    int family; // AF_INET or AF_INET6
    uint8_t bytes[16];
};

struct interface_address {
    struct ip_address local, peer, broadcast; // family 0: not given
    uint8_t prefix;
    uint8_t scope;
};

struct interface_spec {
    uint8_t device[MAC_SIZE]; // the one that it has
    uint8_t mac[MAC_SIZE];    // the one that it gets
    char name[IFNAMSIZ];
    uint32_t mtu;
    size_t count;
    struct interface_address addresses[MOST_ADDRESSES];
};

bool mac_parse(struct json_object *object, const char *name, uint8_t mac[MAC_SIZE], struct failure *failure);
bool ip_parse(const char *text, const char *name, struct ip_address *address, struct failure *failure);
size_t ip_size(int family);

bool interface_spec_parse(struct json_object *object, struct interface_spec *spec, struct failure *failure);

#endif

#include "address.h"

#include <stddef.h>
#include <string.h>

bool address_read(const char *text, struct address *address) {
    size_t length = strlen(text);
    // A name without a file ends with the address; a path has a 0 at its end.
    bool is_abstract = text[0] == '@';
    if ((!is_abstract && text[0] != '/') || length < 2 || length + !is_abstract > sizeof address->name.sun_path)
        return false;
    memset(&address->name, 0, sizeof address->name);
    address->name.sun_family = AF_UNIX;
    memcpy(address->name.sun_path, text, length);
    if (is_abstract)
        address->name.sun_path[0] = 0;
    address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !is_abstract);
    return true;
}

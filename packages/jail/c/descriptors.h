// What the jailed program finds open.
#ifndef RUNV_DESCRIPTORS_H
#define RUNV_DESCRIPTORS_H

#include "settings.h"

// Opens every descriptor of the settings. Fails when it cannot.
void descriptors_open(struct settings *settings);
// Gives them their numbers, and closes everything else but stdio and the report's.
void descriptors_place(const struct settings *settings);

#endif

// What the jailed program finds open.
#ifndef RUNV_DESCRIPTORS_H
#define RUNV_DESCRIPTORS_H

#include "settings.h"

// Opens every descriptor of the settings. Fails when it cannot.
void descriptors_open(struct settings *settings);
// Gives them their numbers, and closes everything else but stdio and the report's.
void descriptors_place(const struct settings *settings);
// Closes everything but stdio, the FIFOs, and what is in `kept`, which has ascending numbers below theirs.
void descriptors_keep_fifos(const struct settings *settings, const int *kept, int count);
// What the program has written to a FIFO and nobody has read is lost with its last descriptor: it is put in a file beside the FIFO.
void descriptors_save_fifos(const struct settings *settings);

#endif

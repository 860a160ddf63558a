// Bytes from one connection to another one, both ways.
#ifndef RUNV_RELAY_H
#define RUNV_RELAY_H

// Until both have ended, or one has failed. Each end of file is passed on.
void relay(int one, int other);

#endif

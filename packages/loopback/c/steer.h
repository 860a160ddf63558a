// Steers connections to a socket by a BPF program of the network namespace: sk_lookup, in Linux since 5.9.
#ifndef RUNV_STEER_H
#define RUNV_STEER_H

// Has the two listeners take what is sent to 127.0.0.1 and ::1 in this network namespace, whatever the port, for as long as this
// process lives. One of them may be -1. Needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN.
void steer(int four, int six);

#endif

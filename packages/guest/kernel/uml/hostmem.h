/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOSTMEM_H
#define HOSTMEM_H

/* Has the machine have so many bytes of memory, or what it has taken by itself where that is more. Returns 0 or a negative error number. */
int hostmem_grow(unsigned long long size);

#endif

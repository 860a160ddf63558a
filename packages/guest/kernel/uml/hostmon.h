/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOSTMON_H
#define HOSTMON_H

struct hostmon;

/* Answers a line of a command's, before the last one. */
__printf(2, 3) void hostmon_say(struct hostmon *with, const char *format, ...);

/*
 * Carries out a command about taps. @fd came with it, or is -1; where it is kept it is made -1.
 * Returns 0 or a negative error number, -EINVAL for what is no such command.
 */
int hosttap_carry_out(struct hostmon *with, const char *line, int *fd);

#endif

// What the daemon says to a command.
#ifndef RUNV_ANSWER_H
#define RUNV_ANSWER_H

// Follows it to the end. Returns the command's exit status, or -1 where nothing of it was done.
int answer_follow(void);

#endif

// Makes the same small system call 100,000 times.
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    for (int call = 0; call < 100000; call++)
        if (syscall(SYS_getppid) < 0)
            return 1;
    return 0;
}

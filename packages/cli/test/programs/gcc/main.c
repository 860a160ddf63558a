// Each thread multiplies two matrices of its own.
#include <pthread.h>
#include <stdio.h>

#include "matrix.h"

#define THREADS 4

static unsigned sums[THREADS];

static void *work(void *number) {
    unsigned seed = (unsigned)(unsigned long)number;
    static _Thread_local matrix left, right, product;
    fill(left, seed);
    fill(right, seed + 1);
    multiply(product, left, right);
    sums[seed] = sum(product);
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (unsigned long number = 0; number < THREADS; number++)
        if (pthread_create(&threads[number], NULL, work, (void *)number) != 0)
            return 1;
    for (int number = 0; number < THREADS; number++) {
        pthread_join(threads[number], NULL);
        printf("thread %d: %08x\n", number, sums[number]);
    }
    return 0;
}

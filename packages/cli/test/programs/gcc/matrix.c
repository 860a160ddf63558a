#include "matrix.h"

void fill(matrix of, unsigned seed) {
    for (int row = 0; row < SIZE; row++)
        for (int column = 0; column < SIZE; column++)
            of[row][column] = seed = seed * 1664525 + 1013904223;
}

void multiply(matrix into, matrix left, matrix right) {
    for (int row = 0; row < SIZE; row++)
        for (int column = 0; column < SIZE; column++) {
            into[row][column] = 0;
            for (int at = 0; at < SIZE; at++)
                into[row][column] += left[row][at] * right[at][column];
        }
}

unsigned sum(matrix of) {
    unsigned all = 0;
    for (int row = 0; row < SIZE; row++)
        for (int column = 0; column < SIZE; column++)
            all += of[row][column];
    return all;
}

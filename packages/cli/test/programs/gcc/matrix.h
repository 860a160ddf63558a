#define SIZE 64

typedef unsigned matrix[SIZE][SIZE];

void fill(matrix of, unsigned seed);
void multiply(matrix into, matrix left, matrix right);
unsigned sum(matrix of);

# C: compiles a program of two files with optimisation, with a library and threads, and runs it.
set -eu
cd /root
gcc -O2 -Wall -Werror -c /program/matrix.c
ar rcs libmatrix.a matrix.o
gcc -O2 -Wall -Werror -pthread -o main /program/main.c -L. -lmatrix
./main
gcc -O2 -static -pthread -o static /program/main.c -L. -lmatrix
./static
gcc -c /program/wrong.c 2> /dev/null || echo "what is wrong is not compiled: $?"

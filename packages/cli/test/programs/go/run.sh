# Go: builds a module, runs what it has built, and builds and runs in one.
set -eu
export GOCACHE=/root/cache GOFLAGS=-mod=mod CGO_ENABLED=0
cp -r /program/module /root/module
cd /root/module
go build -o primes .
./primes 20000
go run . 100

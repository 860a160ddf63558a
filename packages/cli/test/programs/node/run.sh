# JavaScript: digests, compression, a worker, a child process, and a server with its client.
set -eu
node /program/main.mjs

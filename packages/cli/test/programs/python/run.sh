# Python: digests, regular expressions, processes that share a queue, and threads.
set -eu
python3 /program/main.py

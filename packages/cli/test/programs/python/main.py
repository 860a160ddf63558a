import hashlib
import json
import multiprocessing
import re
import socket
import subprocess
import tempfile
import threading
import zlib


def square(number):
    return number * number


def echo(connection):
    connection.sendall(connection.recv(100).upper())
    connection.close()


if __name__ == "__main__":
    block = b"runv" * 100_000
    print("digest", hashlib.sha256(block).hexdigest())
    print("compressed and back", zlib.decompress(zlib.compress(block)) == block)
    print("words", len(re.findall(r"r\w{3}", block.decode())))
    print("big number", sum(map(int, str(3**5000))))
    with multiprocessing.Pool(2) as pool:
        print("squares of processes", sum(pool.map(square, range(1000), 100)))
    with tempfile.NamedTemporaryFile("w+") as file:
        json.dump({"b": [1, 2.5, None], "a": "ä"}, file, sort_keys=True)
        file.flush()
        print("a child", subprocess.check_output(["cat", file.name], text=True))
    here, there = socket.socketpair()
    thread = threading.Thread(target=echo, args=(there,))
    thread.start()
    here.sendall(b"heard by a thread")
    print(here.recv(100).decode())
    thread.join()

"""A server that runs out of file descriptors waits without using CPU time, and continues when some are free again."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request

program = sys.argv[1]
process = subprocess.Popen(
    [program, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True,
    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48)))
line = process.stdout.readline()
port = int(line.split("http://127.0.0.1:")[1].split()[0])


def used():
    """Returns the server's CPU time in seconds."""
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def health():
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_drydock/health", timeout=20) as response:
        return response.status


try:
    assert health() == 200
    connections = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(100)]
    # Wait until the server has accepted as many connections as it can.
    deadline = time.monotonic() + 10
    while len(os.listdir(f"/proc/{process.pid}/fd")) < 40:
        assert time.monotonic() < deadline, os.listdir(f"/proc/{process.pid}/fd")
        time.sleep(0.01)
    before, began = used(), time.monotonic()
    time.sleep(1)
    share = (used() - before) / (time.monotonic() - began)
    assert share < 0.3, f"{share:.0%} of a core while nothing happens"
    for connection in connections:
        connection.close()
    assert health() == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
finally:
    process.kill()

"""Loads a server with 64 connections of mixed calls, pushes, pulls and forks, with guests that start and stop, a journal
follower, and a client that does not read.

    python3 tools/benchmarks/soak.py DRYDOCK [MINUTES]

Prints requests, errors, percentiles, memory and descriptors each minute. Exit code 1: an error (a 5xx response or a broken
connection), or memory or descriptors that grow after the third minute.
"""

import collections
import os
import random
import shutil
import socket
import sys
import tempfile
import threading
import time

from load import Caller, Server

program, minutes = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 10
plays = shutil.which("bwrap") is not None and shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin") is not None
folder = tempfile.mkdtemp(prefix="drydock-soak-")
arguments = ["--clock", "scaled:60", "--state", folder + "/state"] + (["--guests"] if plays else [])
server = Server(program, *arguments)
stop = threading.Event()
lock = threading.Lock()
times, errors, total = [], collections.Counter(), 0


def note(kind, seconds, status):
    global total
    with lock:
        total += 1
        # A follower waits on purpose.
        if kind != "journal":
            times.append(seconds * 1000)
        if status >= 500 and status != 501:
            errors[f"{kind} {status}"] += 1


def worker(body, seed):
    lots = random.Random(seed)
    caller = Caller(server.port, note)
    while not stop.is_set():
        try:
            body(caller, lots)
        except AssertionError as error:
            with lock:
                errors[f"{body.__name__} {error}"] += 1
        except Exception as error:
            if stop.is_set():
                return
            with lock:
                errors[f"{body.__name__} {type(error).__name__}: {error}"] += 1
            caller.close()
            time.sleep(0.1)
    caller.close()


def calls(caller, lots):
    name = f"n{lots.randrange(1 << 40)}"
    match lots.randrange(12):
        case 0: caller.query("ec2", "DescribeInstances", MaxResults=5)
        case 1: caller.query("ec2", "DescribeVpcs")
        case 2:
            made = caller.query("ec2", "CreateVpc", CidrBlock="10.0.0.0/24").find("vpcId")
            if made:
                caller.query("ec2", "DeleteVpc", VpcId=made)
        case 3:
            caller.query("ec2", "CreateKeyPair", KeyName=name, KeyType="ed25519")
            caller.query("ec2", "DeleteKeyPair", KeyName=name)
        case 4:
            caller.ecr("CreateRepository", repositoryName=name)
            caller.ecr("DeleteRepository", repositoryName=name, force=True)
        case 5: caller.ecr("DescribeRepositories")
        case 6:
            caller.query("iam", "CreateUser", UserName=name)
            caller.query("iam", "DeleteUser", UserName=name)
        case 7: caller.query("sts", "GetSessionToken")
        case 8: caller.query("ec2", "DescribeVpcs", **{"Filter.1.Name": "no-such-filter", "Filter.1.Value.1": name})
        case 9: caller.send("POST", "/", name, {"Content-Type": "text/plain"}, kind="nonsense")
        case 10: caller.query("ec2", "DescribeSecurityGroups")
        case 11: caller.query("sts", "GetCallerIdentity")


def images(caller, lots):
    name = f"image{lots.randrange(1 << 40)}"
    caller.login()
    caller.ecr("CreateRepository", repositoryName=name)
    content = lots.randbytes(lots.randrange(1 << 10, 1 << 18))
    pushed = caller.push(name, "v1", content)
    assert pushed, "a push was refused"
    assert caller.pull(name, "v1") == content, "a pull brought something else"
    caller.ecr("DeleteRepository", repositoryName=name, force=True)


def forks(caller, lots):
    made = caller.send("POST", "/_drydock/fork", b"{}", kind="fork").json
    other = Caller(made["port"], note)
    other.query("ec2", "DescribeVpcs")
    other.close()
    caller.send("DELETE", "/_drydock/forks/" + made["name"], kind="fork")
    time.sleep(1)


def follows(caller, lots):
    position = 0
    while not stop.is_set():
        page = caller.send("GET", f"/_drydock/journal?since={position}&wait=2s", kind="journal").json
        position = page["next"]


def reads_nothing(caller, lots):
    body = "Action=DescribeInstances&Version=2016-11-15"
    headers = caller.signed("ec2", body, {"Content-Type": "application/x-www-form-urlencoded"})
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {len(body)}\r\n{head}\r\n{body}".encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(1)
        try:
            for _ in range(200):
                connection.sendall(request)
        except TimeoutError:
            pass
        stop.wait(5)


def instances(caller, lots):
    image = lots.choice(machine_images)
    made = caller.query("ec2", "RunInstances", ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1).find("instanceId")
    if made:
        stop.wait(4 if plays else 0.5)
        caller.query("ec2", "TerminateInstances", **{"InstanceId.1": made})


first = Caller(server.port)
listed = first.query("ec2", "DescribeImages", **{"Owner.1": "099720109477"})
machine_images = [listed.find("imageId")]
first.close()
plan = [(calls, 47), (images, 8), (forks, 2), (follows, 1), (reads_nothing, 2), (instances, 4)]
threads = []
for body, count in plan:
    for _ in range(count):
        threads.append(threading.Thread(target=worker, args=(body, len(threads)), daemon=True))
for thread in threads:
    thread.start()
print(f"{len(threads)} connections for {minutes:g} min, {'with' if plays else 'without'} guests")
print(f"{'min':>5} {'requests':>9} {'errors':>7} {'p50 ms':>8} {'p99 ms':>8} {'p99.9 ms':>9} {'MiB':>7} {'descriptors':>12}")

begun, settled, history = time.monotonic(), None, []
verdict = 0
while True:
    elapsed = (time.monotonic() - begun) / 60
    if elapsed >= minutes or not server.alive:
        break
    stop.wait(min(60, max(1, (minutes - elapsed) * 60)))
    if not server.alive:
        break
    with lock:
        some, times = sorted(times), []
        requests, total = total, 0
        failed = sum(errors.values())
    at = lambda share: some[min(len(some) - 1, int(len(some) * share))] if some else 0
    elapsed = (time.monotonic() - begun) / 60
    memory, descriptors = server.memory(), server.descriptors()
    print(f"{elapsed:5.1f} {requests:9} {failed:7} {at(.5):8.2f} {at(.99):8.2f} {at(.999):9.2f} {memory:7.0f} {descriptors:12}")
    sys.stdout.flush()
    history.append((elapsed, memory, descriptors))

if not server.alive:
    print("the server ended:", *server.errors[-5:], sep="\n  ")
    verdict = 1
stop.set()
for thread in threads:
    thread.join(20)
for kind, count in errors.most_common(10):
    print(f"{count} x {kind}")
    verdict = 1
late = [sample for sample in history if sample[0] >= 3]
if len(late) > 1:
    # Memory that the heap returns late, and connections that come and go, do not count as growth.
    if late[-1][1] > late[0][1] * 1.1 + 32:
        print(f"memory grew from {late[0][1]:.0f} to {late[-1][1]:.0f} MiB after the third minute")
        verdict = 1
    if late[-1][2] > late[0][2] + 32:
        print(f"descriptors grew from {late[0][2]} to {late[-1][2]} after the third minute")
        verdict = 1
else:
    print("too short to judge growth")
if server.alive and server.stop() != 0:
    print("the server did not end with success")
    verdict = 1
shutil.rmtree(folder, ignore_errors=True)
sys.exit(verdict)

"""Kills the server with kill -9 under load, again and again. No acknowledged change may be lost.

    python3 tools/benchmarks/crash.py DRYDOCK [ROUNDS]

Exit code 1: the first loss. Requests without a response may or may not have taken effect.
"""

import random
import shutil
import sys
import tempfile
import threading
import time

from load import Caller, Server

program, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
folder = tempfile.mkdtemp(prefix="drydock-crash-")
lots = random.Random(1)
lock = threading.Lock()
users, keys, images, vpcs, gone = set(), {}, {}, set(), set()
killed = threading.Event()


def load(body, number, port):
    caller, mine, count = Caller(port), random.Random(number), 0
    while not killed.is_set():
        count += 1
        try:
            body(caller, mine, f"r{number}-{count}")
        except Exception:
            if not killed.is_set():
                time.sleep(0.01)
            caller.close()


def iam(caller, mine, name):
    if caller.query("iam", "CreateUser", UserName=name).status == 200:
        with lock:
            users.add(name)
    made = caller.query("iam", "CreateAccessKey", UserName=name)
    if made.status == 200:
        with lock:
            keys[name] = (made.find("AccessKeyId"), made.find("SecretAccessKey"))
    if mine.random() < 0.1:
        other = name + "-x"
        if caller.query("iam", "CreateUser", UserName=other).status == 200 and \
                caller.query("iam", "DeleteUser", UserName=other).status == 200:
            with lock:
                gone.add(other)


def registry(caller, mine, name):
    name = "app/" + name
    caller.login()
    if caller.ecr("CreateRepository", repositoryName=name).status == 200:
        content = mine.randbytes(mine.randrange(1 << 10, 1 << 17))
        pushed = caller.push(name, "v1", content)
        if pushed:
            with lock:
                images[name] = (pushed[0], content)


def network(caller, mine, name):
    made = caller.query("ec2", "CreateVpc", CidrBlock="10.0.0.0/24")
    vpc = made.find("vpcId")
    if made.status != 200 or not vpc:
        return
    with lock:
        vpcs.add(vpc)
    # Keeps only a few, because there is a quota.
    if mine.random() < 0.97:
        with lock:
            vpcs.discard(vpc)
        if caller.query("ec2", "DeleteVpc", VpcId=vpc).status == 200:
            with lock:
                gone.add(vpc)


def check(server, sample):
    caller = Caller(server.port)
    caller.login()
    listed, marker = set(), None
    while True:
        page = caller.query("iam", "ListUsers", MaxItems=1000, **({"Marker": marker} if marker else {}))
        import re
        listed |= {name.decode() for name in re.findall(rb"<UserName>([^<]*)</UserName>", page.body)}
        marker = page.find("Marker")
        if not marker:
            break
    assert users <= listed, f"users are lost: {sorted(users - listed)[:5]}"
    shown = caller.query("ec2", "DescribeVpcs")
    for vpc in vpcs:
        assert vpc in shown, f"VPC {vpc} is lost"
    for name in gone:
        assert name not in listed and name not in shown, f"{name} was deleted and is back"
    for name, (digest, content) in sample(images):
        assert caller.pull(name, digest) == content, f"image {name} is lost"
    for name, (key, secret) in sample(keys):
        who = Caller(server.port, key=key, secret=secret).query("sts", "GetCallerIdentity")
        assert f":user/{name}" in who, f"the key of {name} is lost"
    caller.close()


verdict = 0
slowest = 0.0
for number in range(1, rounds + 1):
    began = time.monotonic()
    server = Server(program, "--state", folder)
    slowest = max(slowest, time.monotonic() - began)
    try:
        check(server, lambda all: lots.sample(sorted(all.items()), min(20, len(all))))
    except AssertionError as error:
        print(f"round {number}: {error}")
        verdict = 1
        server.kill()
        break
    killed.clear()
    threads = [
        threading.Thread(target=load, args=(body, number * 10 + place, server.port))
        for place, body in enumerate([iam, iam, registry, registry, network])]
    for thread in threads:
        thread.start()
    time.sleep(lots.uniform(0.2, 1.5))
    killed.set()
    server.kill()
    for thread in threads:
        thread.join(60)
else:
    server = Server(program, "--state", folder)
    try:
        check(server, lambda all: sorted(all.items()))
    except AssertionError as error:
        print(f"after the last round: {error}")
        verdict = 1
    verdict = verdict or (0 if server.stop() == 0 else 1)
print(f"{number} rounds, {len(users)} users, {len(keys)} keys, {len(images)} images, {len(gone)} deletions acknowledged; "
      f"slowest start {slowest * 1000:.0f} ms; {'nothing was lost' if verdict == 0 else 'LOST'}")
shutil.rmtree(folder, ignore_errors=True)
sys.exit(verdict)

"""Measures the guests of `drydock serve --guests`: the time from RunInstances to a prompt, and of a login. Then starts many
instances with many logins and checks what remains: processes, descriptors, threads, mounts, sockets and files.

guests.py DRYDOCK [INSTANCES [LOGINS [ROUNDS]]]
"""

import concurrent.futures
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3

DRYDOCK = sys.argv[1]
INSTANCES = int(sys.argv[2]) if len(sys.argv) > 2 else 50
LOGINS = int(sys.argv[3]) if len(sys.argv) > 3 else 200
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 5
# The project's limits on an idle machine, in seconds.
PROMPT, ROUND_TRIP = 1.5, 0.3
USER_DATA = """#!/bin/bash
sudo apt-get update -y
sudo apt-get upgrade -y
sudo apt-get install -y nano vim curl wget unzip
curl "https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip" -o "awscliv2.zip"
unzip awscliv2.zip
sudo ./aws/install
curl -fsSL https://get.docker.com -o get-docker.sh
sudo sh get-docker.sh
sudo usermod -aG docker ubuntu
"""


class Server:
    def __init__(self, folder):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.folder, self.url = os.path.join(folder, "tmp"), f"http://127.0.0.1:{port}"
        os.mkdir(self.folder)
        self.key = os.path.join(folder, "key.pem")
        seed = str(int.from_bytes(os.urandom(4), "big") + 1)
        self.process = subprocess.Popen(
            [DRYDOCK, "serve", "--guests", "--port", str(port), "--seed", seed], stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": self.folder})
        if b"ready" not in self.process.stdout.readline():
            raise SystemExit("drydock serve --guests did not start; it says above why")
        self.ec2 = boto3.client(
            "ec2", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        material = self.ec2.create_key_pair(KeyName="key")["KeyMaterial"]
        with open(os.open(self.key, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(material)
        self.ec2.authorize_security_group_ingress(
            GroupName="default", IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def run(self, count):
        run = self.ec2.run_instances(
            ImageId="ami-0c7217cdde317cfec", InstanceType="t2.micro", KeyName="key", MinCount=count, MaxCount=count,
            UserData=USER_DATA)
        return [instance["InstanceId"] for instance in run["Instances"]]

    def addresses(self, ids):
        """Returns the instances' addresses when all have one."""
        while True:
            pages = self.ec2.get_paginator("describe_instances").paginate(InstanceIds=ids)
            found = [i.get("PublicIpAddress") for page in pages for r in page["Reservations"] for i in r["Instances"]]
            if all(found):
                return found
            time.sleep(0.01)

    def guests(self):
        with urllib.request.urlopen(self.url + "/_drydock/guests") as reply:
            return json.load(reply)

    def port(self):
        return self.guests()[0]["port"]

    def terminate(self, ids):
        self.ec2.terminate_instances(InstanceIds=ids)
        while any(guest["instance"] in ids and guest["up"] for guest in self.guests()):
            time.sleep(0.05)

    def ssh(self, address, *words):
        return [
            "ssh", "-F", "none", "-i", self.key, "-p", str(self.port_), "-o", "StrictHostKeyChecking=no", "-o",
            "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", *words, f"ubuntu@{address}"]

    def login(self, address, command="true"):
        began = time.monotonic()
        subprocess.run([*self.ssh(address), command], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return time.monotonic() - began

    def prompt(self, address):
        """Waits until a shell on a terminal shows its prompt."""
        with subprocess.Popen(self.ssh(address, "-tt"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
            shown = b""
            while b"$ " not in shown:
                piece = os.read(shell.stdout.fileno(), 4096)
                if not piece:
                    raise SystemExit(f"no prompt at {address}: {shown!r}")
                shown += piece
            arrived = time.monotonic()
            shell.kill()
        return arrived

    # What exists

    def remains(self):
        pid = self.process.pid
        children, parents = 0, {pid}
        status = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat") as stat:
                        fields = stat.read().rsplit(")", 1)[1].split()
                    status.append((int(name), int(fields[1])))
                except OSError:
                    pass
        grown = True
        while grown:
            grown = False
            for child, parent in status:
                if parent in parents and child not in parents:
                    parents.add(child)
                    children += 1
                    grown = True
        descriptors = self.descriptors()
        sockets = set(descriptors.values())
        with open(f"/proc/{pid}/net/tcp") as table:
            listening = sum(f"socket:[{f[9]}]" in sockets and f[3] == "0A" for f in map(str.split, list(table)[1:]))
        with open("/proc/self/mountinfo") as table:
            mounts = len(table.readlines())
        return {
            "processes": children, "descriptors": len(descriptors), "threads": len(os.listdir(f"/proc/{pid}/task")),
            "mounts": mounts, "listening": listening, "files": sum(len(f) + len(d) for _, d, f in os.walk(self.folder))}

    def descriptors(self):
        folder, found = f"/proc/{self.process.pid}/fd", {}
        for name in os.listdir(folder):
            try:
                found[name] = os.readlink(f"{folder}/{name}")
            except OSError:
                pass  # closed in between
        return found

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM"))


def measure_one(server):
    prompts, boots, trips = [], [], []
    for number in range(ROUNDS):
        began = time.monotonic()
        ids = server.run(1)
        address = server.addresses(ids)[0]
        prompts.append(server.prompt(address) - began)
        server.login(address, "cloud-init status --wait")
        boots.append(time.monotonic() - began)
        trips += [server.login(address) for _ in range(10)]
        server.terminate(ids)
    for what, values, limit in [("RunInstances to the first prompt", prompts, PROMPT), ("… until user data has run", boots, None),
                                ("login, command, logout", trips, ROUND_TRIP)]:
        wanted = f"   wanted: under {limit} s" if limit else ""
        print(f"{what:36}{statistics.median(values):8.3f} s   worst {max(values):.3f} s{wanted}")


def measure_many(server):
    """Returns whether everything is as it was before."""
    before = server.remains()
    began = time.monotonic()
    ids = server.run(INSTANCES)
    addresses = server.addresses(ids)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(server.login, addresses))
        print(f"{f'{INSTANCES} instances, each logged in to':36}{time.monotonic() - began:8.3f} s")
        for address in addresses:
            server.login(address, "cloud-init status --wait")
        print(f"{'… until user data has run in all':36}{time.monotonic() - began:8.3f} s   server's memory {server.memory()} MiB")
        running = server.remains()
        began = time.monotonic()
        trips = list(pool.map(server.login, (addresses * (LOGINS // INSTANCES + 1))[:LOGINS]))
        seconds = time.monotonic() - began
    print(f"{f'{LOGINS} logins, eight at once':36}{seconds:8.3f} s   {LOGINS / seconds:.0f} a second, worst {max(trips):.3f} s")
    after = settle(server, running, 10)
    began = time.monotonic()
    server.terminate(ids)
    print(f"{f'{INSTANCES} terminated':36}{time.monotonic() - began:8.3f} s")
    # The addresses of terminated instances stay silent for a minute.
    end = settle(server, before, 75)
    print(f"{'left over':14}{'before':>9}{'running':>9}{'after logins':>14}{'terminated':>12}")
    for what in before:
        print(f"{what:14}{before[what]:9}{running[what]:9}{after[what]:14}{end[what]:12}")
    return is_within(after, running) and is_within(end, before)


def is_within(now, before):
    # The server's own thread and connection pools vary a little; guests' processes and files must not.
    slack = {"descriptors": 8, "threads": 8}
    return all(now[what] <= before[what] + slack.get(what, 0) for what in before)


def settle(server, before, seconds):
    end = time.monotonic() + seconds
    while not is_within(server.remains(), before) and time.monotonic() < end:
        time.sleep(0.2)
    return server.remains()


def main():
    folder = tempfile.mkdtemp(prefix="drydock-bench-", dir="/tmp")
    server = None
    try:
        server = Server(folder)
        # The first instance also pays for one-time setup, so it is not measured.
        first = server.run(1)
        server.addresses(first)
        server.port_ = server.port()
        server.login(server.addresses(first)[0])
        server.terminate(first)
        measure_one(server)
        is_clean = measure_many(server)
        if not is_clean:
            raise SystemExit("something is left over, see above")
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()

"""A guest's images survive a restart of the server, as its disk does: after SIGTERM and after kill -9.

engine_restart.py DRYDOCK
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from served import Served

PROGRAM = sys.argv[1]
folder = tempfile.mkdtemp(prefix="de-", dir="/tmp")
seed = str(int.from_bytes(os.urandom(4), "big"))


def socket(served, instance):
    for _ in range(600):
        done = subprocess.run([PROGRAM, "docker-socket", "--endpoint", served.url, instance], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip()
        time.sleep(0.1)  # nothing else signals outside that a guest has booted
    raise AssertionError(done.stderr)


def docker(address, *arguments):
    done = subprocess.run(
        ["docker", "-H", address, *arguments], capture_output=True, text=True, timeout=60,
        env={**os.environ, "DOCKER_CONFIG": f"{folder}/config"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def images(address):
    """Returns the listed images, sorted: the command prints an image's names in any order."""
    return sorted(docker(address, "images", "--digests", "--no-trunc").splitlines())


def serve():
    return Served(PROGRAM, "--guests", "--state", f"{folder}/state", "--transitions", "instant", "--seed", seed)


try:
    served = serve()
    ec2 = served.client("ec2")
    image = ec2.describe_images(Owners=["099720109477"])["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}]
    made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=tags)
    instance = made["Instances"][0]["InstanceId"]
    address = socket(served, instance)
    assert socket(served, "web") == address, "an instance goes by its name too"
    docker(address, "pull", "-q", "alpine")
    docker(address, "tag", "alpine", "mine:v1")
    before = images(address)
    for end in (served.terminate, lambda: served.kill()):
        end()
        served = serve()
        address = socket(served, instance)
        assert images(address) == before
        docker(address, "save", "-o", f"{folder}/saved.tar", "mine:v1")
    served.client("ec2").stop_instances(InstanceIds=[instance])
    for _ in range(600):
        done = subprocess.run([PROGRAM, "docker-socket", "--endpoint", served.url, instance], capture_output=True, text=True)
        if done.returncode:
            break
        time.sleep(0.1)
    assert f"no running guest of {served.url} has the id, name or address '{instance}'" in done.stderr, done
    served.client("ec2").start_instances(InstanceIds=[instance])
    assert images(socket(served, instance)) == before
    served.client("ec2").terminate_instances(InstanceIds=[instance])
    done = subprocess.run([PROGRAM, "docker-socket", "--endpoint", served.url, "i-0"], capture_output=True, text=True)
    assert done.returncode == 2 and "has the id, name or address 'i-0'" in done.stderr, done
    served.terminate()
    done = subprocess.run([PROGRAM, "docker-socket", "--endpoint", served.url, instance], capture_output=True, text=True)
    assert done.returncode == 2 and "Is 'drydock serve' running?" in done.stderr, done
finally:
    if served.process.poll() is None:
        served.kill()
    shutil.rmtree(folder, ignore_errors=True)

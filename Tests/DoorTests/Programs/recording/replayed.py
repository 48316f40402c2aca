"""Records a program's calls to moto's server, stops moto, and runs the program again with the recording.

Arguments: the path of drydock, then the program and its arguments."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

drydock, *program = sys.argv[1:]
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
environment = {
    **os.environ, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
environment.pop("AWS_ENDPOINT_URL", None)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(port):
    for _ in range(600):
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("moto's server did not come up within a minute")


with tempfile.TemporaryDirectory(prefix="drydock-replay-") as folder:
    har = f"{folder}/moto.har"
    port = free_port()
    moto = subprocess.Popen(
        ["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        recorded = subprocess.run(
            [drydock, "record", "--target", f"http://127.0.0.1:{port}", "--out", har, "--", *program], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
        assert recorded.returncode == 0, f"recording failed:\n{recorded.stdout}\n{recorded.stderr}"
    finally:
        moto.kill()
        moto.wait(10)

    replay = subprocess.Popen(
        [drydock, "replay", har, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = replay.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert url, f"no ready line: {line!r} {replay.stderr.read() if replay.poll() is not None else ''}"
        again = subprocess.run(
            program, env={**environment, "AWS_ENDPOINT_URL": url[0]}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=600)
        assert again.returncode == 0, f"replaying failed:\n{again.stdout}\n{again.stderr}"
    finally:
        replay.send_signal(signal.SIGTERM)
        said = replay.communicate(timeout=20)[1]
    assert "no " not in said, f"the replay missed something:\n{said}"
    assert recorded.stdout == again.stdout, f"printed otherwise:\n{recorded.stdout}\n---\n{again.stdout}"
    assert again.stdout, "nothing was printed"
    with open(har) as file:
        text = file.read()
    assert SECRET not in text and "PRIVATE KEY-----\\nM" not in text, "a secret is in the recording"
    print(f"{text.count('startedDateTime')} exchanges")

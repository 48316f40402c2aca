"""The steps of action.yml, run as GitHub's runner does: with their inputs in the environment, and files that they write to."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import textwrap

import boto3
import pytest

ACTION = pathlib.Path(__file__).resolve().parents[2] / "action.yml"


@pytest.fixture
def runner(tmp_path):
    """What a runner gives each step."""
    files = {name: tmp_path / name.lower() for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
    for file in files.values():
        file.touch()
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    return {**os.environ, **{name: str(file) for name, file in files.items()}, "RUNNER_TEMP": str(tmp_path), "PATH": path}


def scripts():
    """What each step runs, in order."""
    text = ACTION.read_text().partition("\n  steps:\n")[2]
    found = re.findall(r"^      run: (\|\n(?:        .*\n|\n)+|.+\n)", text, re.MULTILINE)
    return [textwrap.dedent(script[2:]) if script.startswith("|") else script for script in found]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_the_action_serves_for_later_steps(runner):
    install, serve = scripts()
    # The package is there already, and pip leaves it at that.
    subprocess.run(["bash", "-eo", "pipefail", "-c", install], check=True, env={**runner, "PACKAGE": "drydock-aws"})
    port = free_port()
    environment = {**runner, "PORT": str(port), "OPTIONS": "--transitions instant --account 210987654321"}
    step = subprocess.Popen(["bash", "-eo", "pipefail", "-c", serve], env=environment, start_new_session=True)
    try:
        assert step.wait(timeout=60) == 0
        output = pathlib.Path(runner["GITHUB_OUTPUT"]).read_text()
        assert output == f"endpoint=http://localhost:{port}\n"
        later = dict(line.split("=", 1) for line in pathlib.Path(runner["GITHUB_ENV"]).read_text().splitlines())
        assert later["AWS_ENDPOINT_URL"] == f"http://localhost:{port}"
        client = boto3.client(
            "sts", endpoint_url=later["AWS_ENDPOINT_URL"], region_name=later["AWS_DEFAULT_REGION"],
            aws_access_key_id=later["AWS_ACCESS_KEY_ID"], aws_secret_access_key=later["AWS_SECRET_ACCESS_KEY"])
        assert client.get_caller_identity()["Account"] == "210987654321"
    finally:
        os.killpg(step.pid, signal.SIGTERM)


def test_a_server_that_does_not_start_fails_the_step(runner):
    environment = {**runner, "PORT": "70000", "OPTIONS": ""}
    step = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", scripts()[1]], env=environment, capture_output=True, text=True, timeout=120)
    assert step.returncode == 1
    assert "--port must be between 0 and 65535" in step.stdout

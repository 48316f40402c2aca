"""No secret that a program sent or received is in any file that Drydock wrote, and with --hide-accounts no account id.

Arguments: the path of drydock."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile

import boto3

if sys.argv[1:] == ["--child"]:
    ec2, ecr, iam, sts = (boto3.client(name) for name in ("ec2", "ecr", "iam", "sts"))
    secrets = []
    account = sts.get_caller_identity()["Account"]
    for kind in ("rsa", "ed25519"):
        secrets += ec2.create_key_pair(KeyName=kind, KeyType=kind)["KeyMaterial"].splitlines()[1:-1]
    iam.create_user(UserName="Worker")
    secrets.append(iam.create_access_key(UserName="Worker")["AccessKey"]["SecretAccessKey"])
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    secrets += [token, base64.b64decode(token).decode().split(":")[1]]
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    for session in (sts.assume_role(RoleArn=role, RoleSessionName="session"), sts.get_session_token()):
        keys = session["Credentials"]
        secrets += [keys["SecretAccessKey"], keys["SessionToken"]]
        boto3.client(
            "sts", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"]).get_caller_identity()
    try:
        iam.create_login_profile(UserName="Worker", Password="correct-Horse-7-battery")
    except Exception:  # it was sent, whether it is simulated or not
        pass
    print(json.dumps(secrets + ["correct-Horse-7-battery", os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]]))
    sys.exit(0)

drydock = sys.argv[1]
environment = {
    **os.environ, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLETOKENthatisneverwritten", "AWS_DEFAULT_REGION": "us-east-1"}
child = ["--", sys.executable, __file__, "--child"]

with tempfile.TemporaryDirectory(prefix="drydock-secrets-") as folder:
    secrets = []
    for arguments in (
            ["record", "--target", "simulator", "--out", f"{folder}/plain.har"],
            ["record", "--target", "simulator", "--hide-accounts", "--out", f"{folder}/hidden.har"],
            ["goldens", "update", f"{folder}/golden"]):
        done = subprocess.run([drydock, *arguments, *child], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        secrets += json.loads(done.stdout.splitlines()[0])
    # The recording of a scenario, the journal of the same calls, and a server's log.
    with open(f"{folder}/server.log", "w") as log:
        server = subprocess.Popen([drydock, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        line = server.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        log.write(line)
        done = subprocess.run(
            child[1:], env={**environment, "AWS_ENDPOINT_URL": url}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        secrets += json.loads(done.stdout.splitlines()[0])
        for name, arguments in (("journal.txt", []), ("journal.json", ["--json"])):
            with open(f"{folder}/{name}", "w") as file:
                subprocess.run([drydock, "journal", "--endpoint", url, *arguments], stdout=file, check=True)
        server.terminate()
        server.wait(20)
    subprocess.run(
        [drydock, "verify", f"{folder}/plain.har", "--target", "simulator", "--json"],
        stdout=open(f"{folder}/report.json", "w"), check=False)
    subprocess.run(
        [drydock, "verify", f"{folder}/plain.har", "--target", "simulator", "--report", f"{folder}/report.html"],
        stdout=open(f"{folder}/report.txt", "w"), check=False)
    assert len(secrets) > 60, len(secrets)
    looked = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name)) as file:
                text = file.read()
            assert text, f"{name} is empty"
            looked += 1
            for secret in secrets:
                for form in (secret, secret.replace("/", "\\/"), secret.replace("/", "%2F")):
                    assert form not in text, f"{name} has {secret[:12]}…"
    assert looked == 9, looked
    with open(f"{folder}/plain.har") as plain, open(f"{folder}/hidden.har") as hidden:
        assert "123456789012" in plain.read() and "123456789012" not in hidden.read()

"""Stock ScoutSuite: its rules of EC2, VPC and IAM."""

import glob
import json
import subprocess
import tempfile

import audited

made = audited.fill()


def read(folder, name):
    """Returns the object in one of ScoutSuite's result files, which are JavaScript."""
    (path,) = glob.glob(f"{folder}/scoutsuite-results/scoutsuite_{name}_*.js")
    with open(path) as file:
        return json.loads(file.read().split("\n", 1)[1])


with tempfile.TemporaryDirectory(prefix="drydock-scoutsuite-") as folder:
    done = subprocess.run(
        ["scout", "aws", "--services", "ec2", "vpc", "iam", "--regions", audited.REGION, "--no-browser", "--report-dir", folder],
        env=audited.ENVIRONMENT, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=300)
    assert done.returncode == 0 and " ERROR " not in done.stdout, f"scout ended with {done.returncode}:\n{done.stdout[-4000:]}"
    assert read(folder, "exceptions") == {}
    services = read(folder, "results")["services"]

for service, rule, flagged in [
        ("ec2", "ec2-security-group-opens-SSH-port-to-all", 1), ("ec2", "ec2-security-group-opens-RDP-port-to-all", 0),
        ("ec2", "ec2-ebs-snapshot-not-encrypted", 2), ("ec2", "ec2-ami-public", 0),
        ("vpc", "vpc-subnet-without-flow-log", 6), ("iam", "iam-user-without-mfa", 0)]:
    result = services[service]["findings"][rule]
    assert result["flagged_items"] == flagged and result["checked_items"] > 0, (rule, result)
audited.check(set())

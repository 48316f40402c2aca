"""Stock prowler: all its checks of EC2, VPC, ECR, IAM and SSM."""

import glob
import json
import subprocess
import tempfile

import audited

made = audited.fill()
with tempfile.TemporaryDirectory(prefix="drydock-prowler-") as folder:
    done = subprocess.run(
        ["prowler", "aws", "--services", "ec2", "vpc", "ecr", "iam", "ssm", "-f", audited.REGION, "-M", "json-ocsf", "-o", folder,
         "--no-banner", "--no-color", "--log-level", "ERROR"],
        env={**audited.ENVIRONMENT, "HOME": folder}, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=500)
    # 3: the checks ran and some of them failed.
    assert done.returncode == 3, f"prowler ended with {done.returncode}:\n{done.stdout[-4000:]}"
    files = glob.glob(f"{folder}/*.ocsf.json")
    assert len(files) == 1, files
    with open(files[0]) as file:
        results = json.load(file)

found = {}
for result in results:
    for resource in result["resources"]:
        found.setdefault(result["metadata"]["event_code"], {})[resource["uid"].split("/")[-1]] = result["status_code"]
for check, resource, status in [
        ("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22", made["group"], "FAIL"),
        ("ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389", made["group"], "PASS"),
        ("ec2_instance_port_ssh_exposed_to_internet", made["instance"], "FAIL"),
        ("ec2_instance_imdsv2_enabled", made["instance"], "PASS"),
        ("ec2_ebs_volume_encryption", made["volume"], "FAIL"),
        ("ec2_ebs_snapshots_encrypted", made["snapshot"], "FAIL"),
        ("ec2_ebs_public_snapshot", made["snapshot"], "PASS"),
        ("ec2_ami_public", made["image"], "PASS"),
        ("ecr_repositories_scan_images_on_push_enabled", "app", "FAIL")]:
    assert found[check][resource] == status, (check, found.get(check))
# prowler also asks Batch, Backup, Lambda and Organizations, which are not simulated, and these of SSM. It goes on without them.
audited.check({"DescribeInstanceInformation", "ListDocuments", "ListResourceComplianceSummaries"})

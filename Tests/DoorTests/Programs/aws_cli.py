"""The course with stock AWS CLI commands: deletes first, creates twice, deletes twice, and expects AWS's output each time."""

import json
import os
import shlex
import subprocess
import tempfile

ACCOUNT = "123456789012"
FOLDER = tempfile.TemporaryDirectory(prefix="drydock-aws-cli-")


def aws(command, **environment):
    """Runs a command, split into words as a shell does."""
    done = subprocess.run(["aws", *shlex.split(command)], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                          env={**os.environ, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                               "AWS_DEFAULT_OUTPUT": "json", **environment})
    return done.returncode, done.stdout, done.stderr


def does(command, **environment):
    code, out, err = aws(command, **environment)
    assert code == 0, f"aws {command}\nended with {code}: {out}{err}"
    try:
        return json.loads(out) if out.strip() else None
    except ValueError:
        return out.strip()


def fails(command, error, sentence="", **environment):
    code, out, err = aws(command, **environment)
    # 254 is the exit code for errors that the service returned; older releases of the CLI use 255.
    assert code in (254, 255), f"aws {command}\nended with {code}: {out}{err}"
    assert f"({error})" in err and sentence in err, f"aws {command}\nfailed otherwise: {err}"


def live():
    return does("ec2 describe-instances --filters Name=tag:Name,Values=ec2Test1 Name=instance-state-name,Values=pending,running"
                " --query Reservations[].Instances[].InstanceId")


# 1. The repository.
NO_REPOSITORY = f"The repository with name 'repository_test1' does not exist in the registry with id '{ACCOUNT}'"


def repository_create():
    made = does("ecr create-repository --repository-name repository_test1")["repository"]
    assert made["repositoryArn"] == f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/repository_test1", made
    assert made["imageTagMutability"] == "MUTABLE" and made["encryptionConfiguration"] == {"encryptionType": "AES256"}, made
    uri = does("ecr describe-repositories --repository-names repository_test1 --query repositories[0].repositoryUri --output text")
    assert uri.endswith("/repository_test1"), uri
    password = does("ecr get-login-password --region us-east-1")
    assert isinstance(password, str) and len(password) > 100, password
    assert does("ecr list-images --repository-name repository_test1") == {"imageIds": []}
    failed = does("ecr batch-delete-image --repository-name repository_test1 --image-ids imageTag=v1")["failures"]
    assert failed[0]["failureCode"] == "ImageNotFound", failed


def repository_create_again():
    fails("ecr create-repository --repository-name repository_test1", "RepositoryAlreadyExistsException",
          f"The repository with name 'repository_test1' already exists in the registry with id '{ACCOUNT}'")


def repository_delete():
    gone = does("ecr delete-repository --repository-name repository_test1")["repository"]
    assert gone["repositoryName"] == "repository_test1", gone


def repository_delete_absent():
    for command in ("describe-repositories --repository-names", "delete-repository --repository-name"):
        fails(f"ecr {command} repository_test1", "RepositoryNotFoundException", NO_REPOSITORY)
    fails("ecr batch-delete-image --repository-name repository_test1 --image-ids imageTag=v1", "RepositoryNotFoundException")


# 2. The instance.
def instance_create():
    if not does("ec2 describe-key-pairs --query KeyPairs[].KeyName"):
        pair = does("ec2 create-key-pair --key-name keyPairUniversal --query KeyMaterial --output text")
        assert pair.startswith("-----BEGIN RSA PRIVATE KEY-----"), pair[:40]
    image = does("ec2 describe-images --owners 099720109477 --filters "
                 "'Name=name,Values=ubuntu/images/hvm-ssd*/ubuntu-jammy-22.04-amd64-server-*' "
                 "--query 'sort_by(Images, &CreationDate)[-1].ImageId' --output text")
    assert image.startswith("ami-"), image
    with open(f"{FOLDER.name}/udFile.sh", "w") as file:
        file.write("#!/bin/bash\napt-get update -y\n")
    run = (f"ec2 run-instances --image-id {image} --instance-type t2.micro --key-name keyPairUniversal --count 1 "
           f"--user-data file://{FOLDER.name}/udFile.sh "
           "--tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=ec2Test1}]'")
    fails(run + " --dry-run", "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    made = does(run)["Instances"][0]
    assert made["State"]["Name"] == "pending" and made["ImageId"] == image, made
    does(f"ec2 wait instance-running --instance-ids {made['InstanceId']}")
    assert live() == [made["InstanceId"]]
    row = does(f"ec2 describe-instances --instance-ids {made['InstanceId']} --output text --query "
               "'Reservations[].Instances[].[State.Name,KeyName,SecurityGroups[0].GroupName]'")
    assert row.split() == ["running", "keyPairUniversal", "default"], row


def instance_create_again():
    fails("ec2 create-key-pair --key-name keyPairUniversal", "InvalidKeyPair.Duplicate")
    assert len(live()) == 1


def instance_delete():
    [instance] = live()
    change = does(f"ec2 terminate-instances --instance-ids {instance}")["TerminatingInstances"][0]
    assert change["PreviousState"]["Name"] == "running", change
    does(f"ec2 wait instance-terminated --instance-ids {instance}")
    does("ec2 delete-key-pair --key-name keyPairUniversal")
    # AWS still lists a terminated instance, and terminating it again is no error.
    assert does(f"ec2 terminate-instances --instance-ids {instance}")["TerminatingInstances"][0]["CurrentState"]["Name"] == "terminated"


def instance_delete_absent():
    assert live() == []
    fails("ec2 terminate-instances --instance-ids i-0123456789abcdef0", "InvalidInstanceID.NotFound",
          "The instance ID 'i-0123456789abcdef0' does not exist")
    fails("ec2 terminate-instances --instance-ids nonsense", "InvalidInstanceID.Malformed")
    fails("ec2 describe-key-pairs --key-names keyPairUniversal", "InvalidKeyPair.NotFound",
          "The key pair 'keyPairUniversal' does not exist")
    does("ec2 delete-key-pair --key-name keyPairUniversal")  # no error if it does not exist, as in AWS


# 3. Port 22 of the default group.
RULE = "--group-name default --protocol tcp --port 22 --cidr 0.0.0.0/0"


def rule_create():
    made = does(f"ec2 authorize-security-group-ingress {RULE}")
    assert made["Return"] is True and made["SecurityGroupRules"][0]["FromPort"] == 22, made
    ports = does("ec2 describe-security-groups --group-names default --query SecurityGroups[0].IpPermissions[].ToPort")
    assert 22 in ports, ports


def rule_create_again():
    fails(f"ec2 authorize-security-group-ingress {RULE}", "InvalidPermission.Duplicate", "already exists")


def rule_delete():
    assert does(f"ec2 revoke-security-group-ingress {RULE}")["Return"] is True


def rule_delete_absent():
    # In the default VPC this is no error: the response lists the rules that were not revoked. In other VPCs it is one.
    answer = does(f"ec2 revoke-security-group-ingress {RULE}")
    assert answer["UnknownIpPermissions"][0]["FromPort"] == 22 and not answer.get("RevokedSecurityGroupRules"), answer
    vpc = does("ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId --output text")
    group = does(f"ec2 describe-security-groups --filters Name=vpc-id,Values={vpc} --query SecurityGroups[0].GroupId --output text")
    fails(f"ec2 revoke-security-group-ingress --group-id {group} --protocol tcp --port 22 --cidr 0.0.0.0/0", "InvalidPermission.NotFound",
          "The specified rule does not exist in this security group")
    does(f"ec2 delete-vpc --vpc-id {vpc}")


# 4. The worker.
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]})
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/Push"


def worker_create():
    assert does("sts get-caller-identity --query Arn --output text") == f"arn:aws:iam::{ACCOUNT}:root"
    user = does("iam create-user --user-name Worker")["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/Worker", user
    assert does(f"iam create-policy --policy-name Push --policy-document '{POLICY}'")["Policy"]["Arn"] == POLICY_ARN
    key = does("iam create-access-key --user-name Worker")["AccessKey"]
    keys = dict(AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
    assert does("sts get-caller-identity", **keys) == {"UserId": user["UserId"], "Account": ACCOUNT, "Arn": user["Arn"]}
    fails("ecr get-authorization-token", "AccessDeniedException", "is not authorized to perform: ecr:GetAuthorizationToken", **keys)
    does(f"iam attach-user-policy --user-name Worker --policy-arn {POLICY_ARN}")
    does("ecr get-login-password", **keys)
    fails("ec2 describe-instances", "UnauthorizedOperation", **keys)
    fails("sts get-caller-identity", "SignatureDoesNotMatch", **{**keys, "AWS_SECRET_ACCESS_KEY": "wrong"})


def worker_create_again():
    fails("iam create-user --user-name Worker", "EntityAlreadyExists", "User with name Worker already exists.")


def worker_delete():
    fails("iam delete-user --user-name Worker", "DeleteConflict")
    for key in does("iam list-access-keys --user-name Worker --query AccessKeyMetadata[].AccessKeyId"):
        does(f"iam delete-access-key --user-name Worker --access-key-id {key}")
    does(f"iam detach-user-policy --user-name Worker --policy-arn {POLICY_ARN}")
    does(f"iam delete-policy --policy-arn {POLICY_ARN}")
    does("iam delete-user --user-name Worker")


def worker_delete_absent():
    for command in ("get-user", "delete-user", "list-access-keys"):
        fails(f"iam {command} --user-name Worker", "NoSuchEntity", "The user with name Worker cannot be found.")
    fails(f"iam delete-policy --policy-arn {POLICY_ARN}", "NoSuchEntity")


PARTS = {name: [globals()[f"{name}_{part}"] for part in ("create", "create_again", "delete", "delete_absent")]
         for name in ("repository", "instance", "rule", "worker")}
for _, _, _, delete_absent in PARTS.values():
    delete_absent()
for create, create_again, _, _ in PARTS.values():
    create()
    create_again()
for _, _, delete, delete_absent in reversed(PARTS.values()):
    delete()
    delete_absent()
# Deleted resources can be created again.
PARTS["repository"][0]()
PARTS["repository"][2]()
fails("ec2 describe-instances --filters Name=no-such-filter,Values=x", "InvalidParameterValue", "The filter 'no-such-filter' is invalid")

"""With --state, everything survives a kill -9 and a restart; SIGTERM ends the program with success."""

import sys
import tempfile

from served import Served

program = sys.argv[1]
with tempfile.TemporaryDirectory() as state:
    served = Served(program, "--state", state)
    served.client("ecr").create_repository(repositoryName="kept")
    iam = served.client("iam")
    iam.create_user(UserName="Worker")
    key = iam.create_access_key(UserName="Worker")["AccessKey"]
    vpc = served.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    served.kill()

    served = Served(program, "--state", state)
    assert [r["repositoryName"] for r in served.client("ecr").describe_repositories()["repositories"]] == ["kept"]
    assert served.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"] == vpc
    who = served.client("sts", key["AccessKeyId"], key["SecretAccessKey"]).get_caller_identity()
    assert who["Arn"].endswith(":user/Worker"), who
    assert served.terminate() == 0

import subprocess
import sys

import boto3
import botocore.exceptions
import pytest

pytest_plugins = ["pytester"]


def test_the_environment_leads_here(aws):
    boto3.client("ecr").create_repository(repositoryName="app")
    assert aws.client("ecr").describe_repositories()["repositories"][0]["repositoryName"] == "app"


def test_each_test_has_its_own(aws_session):
    assert aws_session.client("ecr").describe_repositories()["repositories"] == []


@pytest.mark.drydock(seed=3, clock="manual", transitions="aws")
def test_markers_set_it_up(aws):
    before = aws.clock.now
    assert aws.clock.now == before
    instance = aws.client("ec2").run_instances(ImageId=image(aws), InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]
    assert instance["State"]["Name"] == "pending"


@pytest.mark.drydock(faults=[{"service": "ecr", "error": "ServerException"}])
def test_faults(aws):
    with pytest.raises(botocore.exceptions.ClientError, match="ServerException"):
        aws.session().client("ecr", config=boto3.session.Config(retries={"max_attempts": 0})).describe_repositories()


def image(aws):
    found = aws.client("ec2").describe_images(Owners=["099720109477"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])
    return found["Images"][0]["ImageId"]


FAILING = """
import boto3, pytest

@pytest.mark.drydock(strict=True)
def test_refused(aws):
    boto3.client("ecr").describe_repositories()
"""

GOLDEN = """
import boto3

def test_asks(aws, golden_requests):
    boto3.client("ecr").create_repository(repositoryName="{name}")
"""


def test_a_failure_shows_what_was_asked(pytester):
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*what was asked of AWS*", "*ecr:DescribeRepositories*UnrecognizedClientException*"])


def test_golden_requests(pytester, monkeypatch):
    file = pytester.makepyfile(test_golden=GOLDEN.format(name="one"))
    pytester.runpytest_subprocess().assert_outcomes(passed=1, errors=1)
    monkeypatch.setenv("DRYDOCK_RECORD", "missing")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    monkeypatch.delenv("DRYDOCK_RECORD")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    file.write_text(GOLDEN.format(name="two"))
    pytester.runpytest_subprocess().assert_outcomes(passed=1, errors=1)


def test_unknown_marker_argument_is_rejected(pytester):
    pytester.makepyfile("import pytest\n@pytest.mark.drydock(sede=1)\ndef test_it(aws): pass\n")
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines(["*no argument 'sede'*"])


def test_nothing_is_imported_before_it_is_needed():
    code = "import sys, drydock_aws.pytest_plugin; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

import asyncio
import os
import threading
import unittest

import boto3
import botocore.exceptions
import pytest
from botocore.loaders import JSONFileLoader

from drydock_aws import DrydockError, mock, mock_aws

EARLY = boto3.client("ecr", region_name="us-east-1", aws_access_key_id="AKIAREAL", aws_secret_access_key="real")


def names(client=None):
    client = client or boto3.client("ecr", region_name="us-east-1")
    return [found["repositoryName"] for found in client.describe_repositories()["repositories"]]


@mock_aws
def test_a_function_has_a_fresh_account():
    assert names() == []
    boto3.client("ecr", region_name="us-east-1").create_repository(repositoryName="app")
    assert names() == ["app"]


@mock_aws()
def test_another_has_nothing_of_it():
    assert names() == []


def test_clients_made_before_come_here_too():
    with mock_aws():
        EARLY.create_repository(repositoryName="early")
        assert names() == ["early"]


def test_mocks_within_share_the_account():
    with mock_aws():
        EARLY.create_repository(repositoryName="outer")
        with mock_aws():
            assert names() == ["outer"]
        assert names() == ["outer"]


@mock_aws
def test_threads_see_it():
    found = []
    thread = threading.Thread(target=lambda: found.append(names()))
    thread.start()
    thread.join()
    assert found == [[]]


def test_coroutines():
    @mock_aws
    async def inner():
        EARLY.create_repository(repositoryName="async")
        await asyncio.sleep(0)
        return names()

    assert asyncio.run(inner()) == ["async"]
    with mock_aws():
        assert names() == []


@mock_aws
def test_signatures_and_sts_names_are_aws_own():
    me = boto3.client("sts", region_name="eu-west-1").get_caller_identity()
    assert me["Account"] == "123456789012"
    user = boto3.client("iam")
    user.create_user(UserName="ada")
    key = user.create_access_key(UserName="ada")["AccessKey"]
    ada = boto3.client(
        "ecr", region_name="us-east-1", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    with pytest.raises(botocore.exceptions.ClientError, match="not authorized"):
        ada.describe_repositories()


def test_the_account_has_a_clock_and_a_journal():
    with mock_aws() as account:
        before = account.clock.now
        names()
        assert [event["eventName"] for event in account.journal] == ["DescribeRepositories"]
        assert (account.clock.advance("48h") - before).days == 2


def test_what_is_not_simulated_says_so():
    with mock_aws(), pytest.raises(botocore.exceptions.ClientError, match="NotSimulated"):
        boto3.client("s3", region_name="us-east-1").list_buckets()


def test_configuration_is_checked():
    with pytest.raises(DrydockError, match="iam"):
        mock_aws(config={"iam": {"load_aws_managed_policies": True}})
    with pytest.raises(DrydockError, match="stopped more often"):
        mock_aws().stop()


def test_passthrough(monkeypatch):
    with mock_aws(config={"core": {"passthrough": {"services": ["s3"]}}}):
        client = boto3.client("s3", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", aws_access_key_id="x",
                              aws_secret_access_key="x", config=boto3.session.Config(retries={"max_attempts": 0}))
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            client.list_buckets()
        assert names() == []
        for host, passes in (("my-bucket.s3.us-east-1.amazonaws.com", True), ("s3.amazonaws.com", True), ("ec2.us-east-1.amazonaws.com", False)):
            assert (mock._redirection.address(f"https://{host}/") is None) == passes, host


@mock_aws
class TestClass:
    def test_one(self):
        EARLY.create_repository(repositoryName="one")
        assert names() == ["one"]

    def test_two(self):
        assert names() == []


@mock_aws
class TestWithSetup:
    def setup_method(self, method):
        EARLY.create_repository(repositoryName="made")

    def test_one(self):
        EARLY.create_repository(repositoryName="one")
        assert names() == ["made", "one"]

    def test_two(self):
        assert names() == ["made"]


@mock_aws
class TestUnittest(unittest.TestCase):
    def setUp(self):
        EARLY.create_repository(repositoryName="made")

    def tearDown(self):
        self.assertIn("made", names())

    def test_one(self):
        EARLY.create_repository(repositoryName="one")
        self.assertEqual(names(), ["made", "one"])

    def test_two(self):
        self.assertEqual(names(), ["made"])


def test_models_are_read_once(monkeypatch):
    read = []
    monkeypatch.setattr(mock, "_models", {})
    original = JSONFileLoader._load_file

    def noting(self, full_path, open_method):
        read.append(full_path)
        return original(self, full_path, open_method)

    before = JSONFileLoader.load_file
    monkeypatch.setattr(JSONFileLoader, "_load_file", noting)
    for _ in range(2):
        with mock_aws():
            boto3.client("ecr", region_name="us-east-1").describe_repositories()
    assert len([path for path in read if "/ecr/" in path and "service-2" in path and os.path.isfile(path)]) == 1
    assert JSONFileLoader.load_file is before

from datetime import datetime, timedelta, timezone

import pytest

from drydock_aws import DrydockError, Server


def test_a_server_of_its_own():
    with Server(seed=7, clock="manual") as server:
        vpc = server.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        with server.fork() as fork:
            fork.client("ec2").delete_vpc(VpcId=vpc)
            assert len(fork.resource("ec2").meta.client.describe_vpcs(VpcIds=[])["Vpcs"]) == 1
        assert server.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
        server.snapshot("with-vpc")
        server.reset(seed=7)
        assert server.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] == vpc
        server.restore("with-vpc")
        assert len(server.client("ec2").describe_vpcs()["Vpcs"]) == 2
        process = server._process
    assert process.poll() == 0


def test_the_clock_is_moved():
    with Server(clock="manual") as server:
        assert server.clock.set(datetime(2024, 1, 1)) == datetime(2024, 1, 1, tzinfo=timezone.utc)
        assert server.clock.advance(timedelta(hours=1)) == datetime(2024, 1, 1, 1, tzinfo=timezone.utc)


def test_faults_and_the_journal():
    with Server() as server:
        server.faults.set([{"service": "ec2", "operation": "DescribeVpcs", "calls": "first 1", "throttle": "1ms"}])
        server.client("ec2").describe_vpcs()
        assert [event.get("errorCode") for event in server.journal.events(operation="DescribeVpcs")] == [
            "Server.RequestLimitExceeded", None]
        server.faults.clear()
        assert server.faults.state["faults"] == []


def test_what_the_server_says_is_told():
    with pytest.raises(DrydockError, match="account"):
        Server(account="12")


def test_a_missing_program_is_told(monkeypatch):
    monkeypatch.setenv("DRYDOCK_PROGRAM", "/nowhere/drydock")
    with pytest.raises(DrydockError, match="/nowhere/drydock"):
        Server()

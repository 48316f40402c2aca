"""Helpers for recorded programs: clients, and calls that must fail."""

import boto3
from botocore.exceptions import ClientError

ec2, ecr, iam, sts = (boto3.client(name) for name in ("ec2", "ecr", "iam", "sts"))


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError:
        return
    raise SystemExit(f"{call.__name__} was not refused")


def tagged(kind, name="course"):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]

"""boto3 sessions whose clients use a Drydock server."""

from __future__ import annotations

from typing import Any

import boto3


class Session(boto3.Session):  # type: ignore[misc]
    """A boto3 session with one endpoint for all of its clients and resources."""

    def __init__(self, endpoint: str, **arguments: Any) -> None:
        if "profile_name" not in arguments:
            arguments.setdefault("aws_access_key_id", "test")
            arguments.setdefault("aws_secret_access_key", "test")
        super().__init__(**arguments)
        self.endpoint = endpoint

    def client(self, service_name: str, **arguments: Any) -> Any:
        arguments.setdefault("endpoint_url", self.endpoint)
        return super().client(service_name, **arguments)

    def resource(self, service_name: str, **arguments: Any) -> Any:
        arguments.setdefault("endpoint_url", self.endpoint)
        return super().resource(service_name, **arguments)

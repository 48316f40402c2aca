"""Drydock's container for ``testcontainers``-python."""

from __future__ import annotations

import re
from typing import Any

from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

from ._control import Account


class DrydockContainer(DockerContainer):  # type: ignore[misc]
    """Drydock in a container: ``with DrydockContainer() as drydock: drydock.account().client("ecr")``."""

    def __init__(self, image: str = "drydock:latest", region: str = "us-east-1", **arguments: Any) -> None:
        super().__init__(image, **arguments)
        self.region = region
        self.with_exposed_ports(4566)

    def start(self) -> "DrydockContainer":
        super().start()
        try:
            from testcontainers.core.wait_strategies import LogMessageWaitStrategy
        except ImportError:
            # testcontainers before version 4.13
            wait_for_logs(self, r"^Ready\.$", 30)
        else:
            LogMessageWaitStrategy(re.compile(r"^Ready\.$", re.MULTILINE)).with_startup_timeout(30).wait_until_ready(self)
        return self

    def account(self) -> Account:
        return Account(f"http://{self.get_container_host_ip()}:{self.get_exposed_port(4566)}", self.region)

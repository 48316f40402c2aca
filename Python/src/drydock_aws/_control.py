"""The control plane of a server: its clock, journal, faults, forks and snapshots."""

from __future__ import annotations

import http.client
import json
from datetime import datetime, timedelta, timezone
from typing import Any, Optional, Union
from urllib.parse import quote, urlencode, urlsplit

from ._program import DrydockError


class Control:
    """Sends requests to ``/_drydock/…``, ignoring the proxies that the environment sets."""

    def __init__(self, endpoint: str, token: Optional[str] = None) -> None:
        self.endpoint = endpoint
        self._address = urlsplit(endpoint)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, body: Any = None, timeout: float = 70) -> Any:
        """Returns the JSON of the response.

        Args:
            timeout: in seconds.

        Raises:
            DrydockError: the server rejected the request (with its message) or cannot be reached.
        """
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=timeout)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, self._headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except OSError as error:
            raise DrydockError(f"No Drydock server responds at {self.endpoint}: {error}.") from error
        finally:
            connection.close()
        try:
            content = json.loads(text) if text else {}
        except ValueError:
            content = {"error": text}
        if answer.status >= 400:
            raise DrydockError(str(content.get("error") or content.get("message") or text))
        return content


class Clock:
    """The simulator's clock."""

    def __init__(self, control: Control) -> None:
        self._control = control

    @property
    def now(self) -> datetime:
        text = self._control("GET", "/_drydock/clock")["now"]
        return datetime.fromisoformat(text.replace("Z", "+00:00"))

    def advance(self, by: Union[timedelta, str]) -> datetime:
        """Moves the time forward by a timedelta or a string such as ``"48h"`` or ``"90s"``, and returns the new time."""
        text = by if isinstance(by, str) else f"{int(by.total_seconds() * 1000)}ms"
        self._control("POST", "/_drydock/clock", {"advance": text})
        return self.now

    def set(self, time: Union[datetime, str]) -> datetime:
        """Sets the time and returns it. A datetime without a time zone is in UTC."""
        if isinstance(time, datetime):
            time = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
            time = time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._control("POST", "/_drydock/clock", {"set": time})
        return self.now


class Journal:
    """The recorded requests, oldest first, as CloudTrail events (``eventSource``, ``eventName``, ``requestParameters``…)."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def events(
        self, service: str = "", operation: str = "", caller: str = "", errors: bool = False
    ) -> "list[dict[str, Any]]":
        """Returns all matching events that the journal still has. Names may contain ``*``."""
        wanted = {"service": service, "operation": operation, "caller": caller, "errors": "true" if errors else ""}
        found: "list[dict[str, Any]]" = []
        since = 0
        while True:
            query = urlencode({"since": since, **{name: value for name, value in wanted.items() if value}})
            page = self._control("GET", f"/_drydock/journal?{query}")
            found += page["events"]
            since = page["next"]
            if not page["more"]:
                return found

    def __iter__(self) -> Any:
        return iter(self.events())


class Faults:
    """The fault plan; see docs/faults.md."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def set(self, plan: Any) -> None:
        """Replaces the plan: a list of faults, or ``{"seed": …, "faults": […]}``."""
        self._control("POST", "/_drydock/faults", plan)

    def clear(self) -> None:
        self._control("DELETE", "/_drydock/faults")

    @property
    def state(self) -> Any:
        """The plan, and how often each fault matched a request and took effect."""
        return self._control("GET", "/_drydock/faults")


class Account:
    """A simulated AWS at an endpoint: a server, or a fork of one."""

    def __init__(self, endpoint: str, region: str = "us-east-1", token: Optional[str] = None) -> None:
        self.endpoint = endpoint
        self.region = region
        self._token = token
        self._control = Control(endpoint, token)
        self.clock = Clock(self._control)
        self.journal = Journal(self._control)
        self.faults = Faults(self._control)

    # boto3 is optional: callers that only need the endpoint can do without it.

    def session(self, **arguments: Any) -> Any:
        """Returns a boto3 session for this endpoint. Its default keys are the account's root's."""
        from .session import Session

        return Session(self.endpoint, **{"region_name": self.region, **arguments})

    def client(self, service: str, **arguments: Any) -> Any:
        """Returns a boto3 client for this endpoint."""
        return self.session().client(service, **arguments)

    def resource(self, service: str, **arguments: Any) -> Any:
        """Returns a boto3 resource for this endpoint."""
        return self.session().resource(service, **arguments)

    @property
    def environment(self) -> "dict[str, str]":
        """The environment variables that make AWS's SDKs and tools use this endpoint."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }

    def fork(self) -> "Fork":
        """Returns an independent copy at its own endpoint, within a few milliseconds. The copy is a context manager."""
        made = self._control("POST", "/_drydock/fork")
        return Fork(self._control, made["name"], made["endpoint"], self.region, self._token)

    def reset(self, seed: Optional[int] = None) -> None:
        """Deletes all state. With a seed, later ids are derived from that seed."""
        self._control("POST", "/_drydock/reset", {} if seed is None else {"seed": seed})

    def snapshot(self, name: str) -> None:
        """Saves the state under a name, in the server's memory."""
        self._control("POST", "/_drydock/snapshot", {"name": name})

    def restore(self, name: str) -> None:
        """Restores a state that ``snapshot`` saved."""
        self._control("POST", "/_drydock/restore", {"name": name})


class Fork(Account):
    """A copy that runs until it is closed or its server ends."""

    def __init__(self, origin: Control, name: str, endpoint: str, region: str, token: Optional[str]) -> None:
        super().__init__(endpoint, region, token)
        self.name = name
        self._origin = origin

    def close(self) -> None:
        self._origin("DELETE", f"/_drydock/forks/{quote(self.name)}")

    def __enter__(self) -> "Fork":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

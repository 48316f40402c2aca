"""Fixtures and markers for pytest: each test gets its own simulated AWS."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import pytest

if TYPE_CHECKING:
    from ._control import Account

_MARKER = """drydock(seed=, region=, account=, transitions=, clock=, strict=, guests=, options=, snapshot=, scenario=, faults=):
configures the AWS of the fixtures `aws` and `aws_session`: the server, its initial state, and planned faults."""
_RECORDED = "recorded(file): `aws` and `aws_session` return the responses of a recording, a HAR file beside the test."
_SETUP = ("seed", "transitions", "clock", "strict", "guests", "options", "snapshot", "region", "account")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    config.addinivalue_line("markers", _RECORDED)


class _Servers:
    """The servers of a test run, one per configuration."""

    def __init__(self) -> None:
        self._servers: "dict[str, Any]" = {}

    def __call__(self, setup: "dict[str, Any]") -> Any:
        from .server import Server

        key = json.dumps(setup, sort_keys=True, default=str)
        if key not in self._servers:
            self._servers[key] = Server(**setup)
        return self._servers[key]

    def close(self) -> None:
        for server in self._servers.values():
            server.close()


@pytest.fixture(scope="session")
def _drydock_servers() -> "Iterator[_Servers]":
    servers = _Servers()
    yield servers
    servers.close()


@pytest.fixture
def aws(request: pytest.FixtureRequest, _drydock_servers: _Servers, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Account]":
    """A simulated AWS for this test only. Environment variables make boto3, the AWS CLI and others use it."""
    import boto3

    with _account(request, _drydock_servers) as account:
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        # An existing default session would keep the old environment.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        request.node._drydock = account
        yield account


@pytest.fixture
def aws_session(aws: "Account") -> Any:
    """A boto3 session for the test's AWS."""
    return aws.session()


@pytest.fixture
def golden_requests(aws: "Account", request: pytest.FixtureRequest) -> "Iterator[None]":
    """Compares the test's requests to AWS with ``goldens/<test file>/<test>.json`` beside it.

    The variable DRYDOCK_RECORD sets when the file is written: ``never`` (the default), ``missing``, ``failed``, ``all``.
    """
    yield
    path = request.node.path.parent / "goldens" / request.node.path.stem / f"{request.node.name}.json"
    asked = [
        {"service": event["eventSource"].split(".")[0], "operation": event["eventName"],
         "parameters": event.get("requestParameters")}
        for event in aws.journal.events()
    ]
    how = os.environ.get("DRYDOCK_RECORD", "never")
    known = json.loads(path.read_text()) if path.exists() else None
    if how == "all" or (known is None and how in ("missing", "failed")) or (known != asked and how == "failed"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asked, indent=2, ensure_ascii=False) + "\n")
        return
    assert known is not None, f"{path} is missing; DRYDOCK_RECORD=missing writes it."
    assert asked == known, f"The requests differ from {path}; DRYDOCK_RECORD=failed accepts them."


def _account(request: pytest.FixtureRequest, servers: _Servers) -> Any:
    from .server import Replay

    recorded = request.node.get_closest_marker("recorded")
    if recorded is not None:
        return Replay(_beside(request, recorded.args[0]))
    wishes: "dict[str, Any]" = {}
    for marker in reversed(list(request.node.iter_markers("drydock"))):
        wishes.update(marker.kwargs)
    unknown = set(wishes) - {*_SETUP, "scenario", "faults"}
    if unknown:
        raise pytest.UsageError(f"The marker drydock has no argument '{sorted(unknown)[0]}'. It is {_MARKER}")
    setup = {name: wishes[name] for name in _SETUP if name in wishes}
    if "snapshot" in setup:
        setup["snapshot"] = _beside(request, setup["snapshot"])
    fork = servers(setup).fork()
    try:
        _prepare(fork, wishes, request)
    except BaseException:
        fork.close()
        raise
    return fork


def _prepare(fork: Any, wishes: "dict[str, Any]", request: pytest.FixtureRequest) -> None:
    from .server import run_scenario

    if "scenario" in wishes:
        run_scenario(_beside(request, wishes["scenario"]), fork)
    if "faults" in wishes:
        fork.faults.set(wishes["faults"])


def _beside(request: pytest.FixtureRequest, file: Any) -> Path:
    path: Path = request.node.path.parent / file
    return path


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Any:
    """Shows the requests that a failed test sent to its AWS, with the reasons for rejections."""
    outcome = yield
    report = outcome.get_result()
    account = getattr(item, "_drydock", None)
    if account is None or call.when != "call" or not report.failed:
        return
    try:
        lines = [_line(event) for event in account.journal.events()[-50:]]
    except Exception as error:  # The server itself may have failed.
        lines = [f"The journal cannot be read: {error}"]
    if lines:
        report.sections.append(("what was asked of AWS", "\n".join(lines)))


def _line(event: "dict[str, Any]") -> str:
    text = f"{event['eventSource'].split('.')[0]}:{event['eventName']}"
    if "errorCode" not in event:
        return text
    explanation = (event.get("_drydock") or {}).get("explanation")
    return f"{text}  {event['errorCode']}: {event.get('errorMessage', '')}" + (f"\n    {explanation}" if explanation else "")

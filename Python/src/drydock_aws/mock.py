"""``mock_aws`` sends boto3's requests to AWS to a Drydock server, with a new account for each test.

Like moto's, it decorates functions, coroutines and classes, and is a context manager, so a suite changes only one import. Clients
may be created before, within, or when a module is imported.
"""

from __future__ import annotations

import functools
import inspect
import os
import socket
import threading
import unittest
from typing import Any, Callable, Optional, TypeVar, Union, overload
from urllib.parse import urlsplit, urlunsplit

from ._control import Fork
from ._program import DrydockError
from .server import Server

T = TypeVar("T", bound=Callable[..., Any])

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "FOOBARKEY", "AWS_SECRET_ACCESS_KEY": "FOOBARSECRET"}
_AWS = (
    ".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
)


class _Redirection:
    """State that all mocks of a process share: one server, the current fork, and botocore's original functions."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._server: Optional[Server] = None
        self._owner = 0
        self._depth = 0
        self._fork: Optional[Fork] = None
        self._kept: Any = None
        self._load: Any = None
        self._environment: "dict[str, Optional[str]]" = {}
        self._passes: "tuple[str, ...]" = ()

    @property
    def account(self) -> Fork:
        if self._fork is None:
            raise DrydockError("mock_aws is not active here.")
        return self._fork

    def server(self) -> Server:
        """Returns the process's server. A forked process starts its own, because it could not end its parent's."""
        with self._lock:
            if self._server is None or self._owner != os.getpid():
                self._server = Server()
                self._owner = os.getpid()
            return self._server

    def enter(self, reset: bool, config: "dict[str, Any]") -> None:
        """Starts a mock. Only the outermost one has an effect: with `reset` it uses a new account, else the last one."""
        with self._lock:
            if self._depth == 0:
                if reset or self._fork is None or self._owner != os.getpid():
                    self._renew()
                self._begin(config)
            self._depth += 1

    def leave(self, remove: bool) -> None:
        with self._lock:
            if self._depth == 0:
                raise DrydockError("mock_aws was stopped more often than it was started.")
            self._depth -= 1
            if self._depth == 0:
                self._end()
                if remove and self._fork is not None:
                    self._fork.close()
                    self._fork = None

    def _renew(self) -> None:
        old = self._fork if self._owner == os.getpid() else None
        self._fork = self.server().fork()
        if old is not None:
            old.close()

    def _begin(self, config: "dict[str, Any]") -> None:
        import boto3
        from botocore.httpsession import URLLib3Session
        from botocore.loaders import JSONFileLoader

        core = config.get("core", {})
        self._passes = tuple(core.get("passthrough", {}).get("services", ()))
        self._kept = URLLib3Session.send
        # As in botocore's clients. Without the option, each request with a body waits 40 ms for an acknowledgement.
        options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        session = URLLib3Session(max_pool_connections=50, socket_options=options)
        URLLib3Session.send = _sending(self, self._kept, session)
        self._environment = {}
        if core.get("mock_credentials", True):
            # Real keys from the environment or a file must not be used, not even to sign.
            self._environment = {name: os.environ.get(name) for name in (*_CREDENTIALS, "AWS_PROFILE")}
            os.environ.pop("AWS_PROFILE", None)
            os.environ.update(_CREDENTIALS)
        if core.get("reset_boto3_session", True):
            boto3.DEFAULT_SESSION = None
        self._load = JSONFileLoader.load_file
        JSONFileLoader.load_file = _remembering(self._load)

    def _end(self) -> None:
        from botocore.httpsession import URLLib3Session
        from botocore.loaders import JSONFileLoader

        URLLib3Session.send = self._kept
        JSONFileLoader.load_file = self._load
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def address(self, url: str) -> "Optional[tuple[str, str]]":
        """Returns a request's new URL and the host name that it was signed for; None if it is not for AWS or passes through."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        # The service's name isn't the first everywhere: bucket.s3.amazonaws.com.
        if self._fork is None or not host.endswith(_AWS) or not set(host.split(".")).isdisjoint(self._passes):
            return None
        here = urlsplit(self._fork.endpoint)
        return urlunsplit((here.scheme, here.netloc, parts.path, parts.query, "")), parts.netloc


def _sending(redirection: _Redirection, original: Any, session: Any) -> Any:
    """Returns the replacement of botocore's ``URLLib3Session.send``. All clients use it, also those created earlier."""

    @functools.wraps(original)
    def send(self: Any, request: Any) -> Any:
        found = redirection.address(request.url)
        if found is None:
            return original(self, request)
        from botocore.awsrequest import AWSPreparedRequest

        url, name = found
        # The signature covers AWS's host name, so the Host header must keep it.
        headers = request.headers.copy() if hasattr(request.headers, "copy") else dict(request.headers)
        headers["Host"] = name
        there = AWSPreparedRequest(request.method, url, headers, request.body, request.stream_output)
        answer = original(session, there)
        answer.url = request.url
        return answer

    return send


_models: "dict[str, Any]" = {}


def _remembering(original: Any) -> Any:
    """Returns the replacement of botocore's ``JSONFileLoader.load_file``, which caches botocore's own files.

    Each test starts with a new boto3 session, which would read the services' models again: 0.15 s for EC2's and ECR's.
    """
    import botocore

    data = os.path.join(os.path.dirname(botocore.__file__), "data")

    @functools.wraps(original)
    def load_file(self: Any, file_path: str) -> Any:
        if not file_path.startswith(data):
            return original(self, file_path)
        found = _models.get(file_path)
        if found is None:
            found = original(self, file_path)
            if found is not None:
                _models[file_path] = found
        return found

    return load_file


_redirection = _Redirection()


class _Mock:
    """One use of ``mock_aws``."""

    def __init__(self, config: "Optional[dict[str, Any]]" = None) -> None:
        self._config = config or {}
        for group, names in self._config.items():
            known = {"core": {"mock_credentials", "reset_boto3_session", "passthrough"}}
            unknown = [group] if group not in known else [f"core.{name}" for name in names if name not in known[group]]
            if unknown:
                raise DrydockError(f"mock_aws has no configuration '{unknown[0]}'.")
        if set(self._config.get("core", {}).get("passthrough", {})) - {"services"}:
            raise DrydockError("mock_aws passes services through by the first part of their host name: {'services': ['s3']}.")

    # Within a test.

    @property
    def account(self) -> Fork:
        """The current account, with its clock, journal and faults."""
        return _redirection.account

    def start(self, reset: bool = True) -> None:
        _redirection.enter(reset, self._config)

    def stop(self, remove_data: bool = True) -> None:
        _redirection.leave(remove_data)

    def __enter__(self) -> Fork:
        self.start()
        return _redirection.account

    def __exit__(self, *_: object) -> None:
        self.stop()

    # As a decorator.

    def __call__(self, target: Any) -> Any:
        if inspect.isclass(target):
            return self._decorate_class(target)
        return self._decorate(target, reset=True, remove=True)

    def _decorate(self, function: Any, reset: bool, remove: bool) -> Any:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def asynchronous(*arguments: Any, **named: Any) -> Any:
                self.start(reset)
                try:
                    return await function(*arguments, **named)
                finally:
                    self.stop(remove)

            return asynchronous
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generating(*arguments: Any, **named: Any) -> Any:
                self.start(reset)
                try:
                    yield from function(*arguments, **named)
                finally:
                    self.stop(remove)

            return generating

        @functools.wraps(function)
        def plain(*arguments: Any, **named: Any) -> Any:
            self.start(reset)
            try:
                return function(*arguments, **named)
            finally:
                self.stop(remove)

        return plain

    def _decorate_class(self, cls: type) -> type:
        """Gives each test its own account. A set-up method and the test that follows it share one."""
        setups = [name for name in ("setUp", "setup_method", "asyncSetUp") if _defines(cls, name)]
        for name, member in list(vars(cls).items()):
            if name.startswith("_"):
                continue
            if inspect.isclass(member):
                setattr(cls, name, self._decorate_class(member))
            elif inspect.isfunction(member):
                begins = name == setups[0] if setups else name.startswith(unittest.TestLoader.testMethodPrefix)
                setattr(cls, name, self._decorate(member, reset=begins, remove=begins and not setups))
        return cls


def _defines(cls: type, name: str) -> bool:
    """Returns whether a class or one of its bases, except unittest's, defines a method."""
    return any(name in vars(base) for base in cls.__mro__ if base.__module__ not in ("builtins", "unittest.case", "unittest.async_case"))


@overload
def mock_aws(target: T) -> T: ...
@overload
def mock_aws(target: None = None, config: "Optional[dict[str, Any]]" = None) -> _Mock: ...


def mock_aws(target: Optional[T] = None, config: "Optional[dict[str, Any]]" = None) -> Union[T, _Mock]:
    """Sends boto3's requests to AWS to a Drydock server process, which simulates EC2, ECR, IAM, STS and SSM parameters.

    ``@mock_aws`` and ``@mock_aws()`` decorate a function, a coroutine or a class. ``with mock_aws() as account:`` returns the
    account, whose ``clock``, ``journal`` and ``faults`` a test can use. Nested mocks share the outermost one's account.

    Args:
        config: as in moto; in ``core``, ``mock_credentials``, ``reset_boto3_session``, and ``passthrough`` with ``services``.

    Raises:
        DrydockError: the program is missing or did not start, or the configuration has an unknown name.
    """
    mock = _Mock(config)
    return mock if target is None else mock(target)

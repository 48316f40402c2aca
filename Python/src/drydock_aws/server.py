"""Server processes that end with the Python process."""

from __future__ import annotations

import atexit
import os
import re
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, Optional, Sequence, Union

from ._control import Account
from ._program import DrydockError, program

_READY = re.compile(r"http://[^\s/]+:\d+")


def _ready(process: "subprocess.Popen[bytes]") -> "tuple[str, str]":
    """Returns the address that a program prints when it is ready, and its output until then.

    The address is empty if the program ended before.
    """
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line.decode(errors="replace")
        found = _READY.search(said)
        if found:
            # Keep reading: the program would block on a full pipe.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found.group(), said
    return "", said


class Server(Account):
    """A Drydock server process on a free local port. Use it as a context manager, or ``close`` it.

    Args:
        region: for requests that name none.
        account: twelve digits.
        seed: the same seed and the same requests give the same ids.
        clock: ``real``, ``manual``, or ``scaled:N``.
        transitions: how long state changes take: ``instant`` (a waiter's first request finds them done), ``quick`` or ``aws``.
        strict: reject keys that IAM did not create here.
        state: a folder for the state; without it, the state is in memory.
        snapshot: a snapshot file to start with.
        guests: run instances as sandboxes that accept logins.
        options: further options of ``drydock serve``.
        timeout: how long to wait for the server to become ready, in seconds.

    Raises:
        DrydockError: the server did not start; the message has its output.
    """

    def __init__(
        self,
        *,
        region: str = "us-east-1",
        account: Optional[str] = None,
        seed: Optional[int] = None,
        clock: Optional[str] = None,
        transitions: str = "instant",
        strict: bool = False,
        state: Optional[Union[str, "os.PathLike[str]"]] = None,
        snapshot: Optional[Union[str, "os.PathLike[str]"]] = None,
        guests: bool = False,
        options: Sequence[str] = (),
        timeout: float = 30,
    ) -> None:
        command = [program(), "serve", "--port", "0", "--region", region]
        valued = {
            "--account": account, "--seed": seed, "--clock": clock, "--transitions": transitions, "--state": state,
            "--from": snapshot,
        }
        for name, value in valued.items():
            if value is not None:
                command += [name, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
        command += [name for name, chosen in (("--strict", strict), ("--guests", guests)) if chosen]
        self._log: IO[bytes] = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command + list(options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log)
        atexit.register(self.close)
        super().__init__(self._wait(timeout), region, os.environ.get("DRYDOCK_TOKEN"))

    def _wait(self, timeout: float) -> str:
        watch = threading.Timer(timeout, self._process.kill)
        watch.start()
        try:
            address, said = _ready(self._process)
        finally:
            watch.cancel()
        if address:
            return address
        said += self.log
        self.close()
        raise DrydockError(f"'drydock serve' did not become ready. Its output: {said.strip() or 'none'}")

    @property
    def log(self) -> str:
        """The server's standard error so far."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def close(self) -> None:
        """Ends the server and waits for its exit, at most 15 seconds before it is killed."""
        atexit.unregister(self.close)
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def run_scenario(file: Union[str, Path], account: Account, *arguments: str) -> None:
    """Runs a scenario file against an account.

    Raises:
        DrydockError: the run failed; the message has its output.
    """
    command = [program(), "run", os.fspath(file), "--target", account.endpoint, "--yes", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise DrydockError((done.stdout + done.stderr).strip())


class Replay(Account):
    """A process that serves the responses of a recording (a HAR file) on a free port."""

    def __init__(self, file: Union[str, Path], region: str = "us-east-1") -> None:
        self._process: "subprocess.Popen[bytes]" = subprocess.Popen(
            [program(), "replay", os.fspath(file), "--port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        address, said = _ready(self._process)
        if not address:
            self._process.wait()
            raise DrydockError(f"'drydock replay {file}' did not become ready. Its output: {said.strip()}")
        super().__init__(address, region)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()

    def __enter__(self) -> "Replay":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

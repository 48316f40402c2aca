"""Finds and runs the program that simulates AWS."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_HERE = Path(__file__).parent


class DrydockError(Exception):
    """An error of a server or a command. The message says what to do."""


def program() -> str:
    """Returns the path of ``drydock``: the variable DRYDOCK_PROGRAM, the wheel's program, or the one on the PATH.

    Raises:
        DrydockError: none is found, or DRYDOCK_PROGRAM names a file that cannot be run.
    """
    named = os.environ.get("DRYDOCK_PROGRAM")
    if named:
        if not os.access(named, os.X_OK):
            raise DrydockError(f"DRYDOCK_PROGRAM names '{named}', which is not a program that can be run.")
        return named
    own = _HERE / "bin" / "drydock"
    if own.exists():
        return str(own)
    found = shutil.which("drydock")
    # Skip this package's own command, a script: it would call itself if the package has no program.
    if found is not None:
        with open(found, "rb") as file:
            if file.read(2) == b"#!":
                found = None
    if found is None:
        raise DrydockError(
            "The program 'drydock' is missing. Install the wheel for your machine, put 'drydock' on the PATH, "
            "or name it in the variable DRYDOCK_PROGRAM."
        )
    return found


def main() -> None:
    """The command ``drydock``: replaces this process by the program."""
    try:
        path = program()
    except DrydockError as error:
        sys.exit(f"drydock: {error}")
    os.execv(path, [path, *sys.argv[1:]])

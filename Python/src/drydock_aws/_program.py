"""Where the program is that simulates AWS."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_HERE = Path(__file__).parent


class DrydockError(Exception):
    """What went wrong with a server or one of its commands, in a sentence that says what to do."""


def program() -> str:
    """The path of ``drydock``: the variable DRYDOCK_PROGRAM, the one that the wheel carries, or the one on the PATH.

    Raises:
        DrydockError: there is none.
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
    # The package's own command, where it came without a program.
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
    """The command ``drydock``: the program in this process's place."""
    try:
        path = program()
    except DrydockError as error:
        sys.exit(f"drydock: {error}")
    os.execv(path, [path, *sys.argv[1:]])

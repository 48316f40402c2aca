"""Where the program is that simulates AWS."""

from __future__ import annotations

import os
import shutil
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
    if found is None:
        raise DrydockError(
            "The program 'drydock' is missing. Install the wheel for your machine, put 'drydock' on the PATH, "
            "or name it in the variable DRYDOCK_PROGRAM."
        )
    return found

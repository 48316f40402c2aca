"""An AWS for tests: a Drydock server of one's own, and ``mock_aws``, which sends boto3's clients to one."""

from ._program import DrydockError, program
from ._version import __version__
from .mock import mock_aws
from .server import Server

__all__ = ["DrydockError", "Server", "__version__", "mock_aws", "program"]

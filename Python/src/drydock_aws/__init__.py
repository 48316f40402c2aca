"""A simulated AWS for tests: ``Server`` starts a Drydock server, and ``mock_aws`` sends boto3's requests to one."""

from ._program import DrydockError, program
from ._version import __version__
from .mock import mock_aws
from .server import Server

__all__ = ["DrydockError", "Server", "__version__", "mock_aws", "program"]

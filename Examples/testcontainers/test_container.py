"""Runs Drydock's container image with testcontainers-python; skipped without Docker or the image."""

import shutil
import subprocess

import pytest

testcontainers = pytest.importorskip("testcontainers.core.container")


def has_image() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "image", "inspect", "drydock:latest"], capture_output=True).returncode == 0


@pytest.mark.skipif(not has_image(), reason="no Docker with the image drydock:latest; tools/package image makes it")
def test_a_repository_in_a_container() -> None:
    from drydock_aws.testcontainers import DrydockContainer

    with DrydockContainer() as drydock:
        ecr = drydock.account().client("ecr")
        ecr.create_repository(repositoryName="team/app")
        assert [found["repositoryName"] for found in ecr.describe_repositories()["repositories"]] == ["team/app"]

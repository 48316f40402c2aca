"""A Terraform folder whose configuration uses the simulator."""

import contextlib
import json
import os
import subprocess
import tempfile


def providers(**others):
    """Returns the AWS provider in us-east-1, and others by alias and region, all with the simulator's endpoints."""
    text = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
"""
    for alias, region in [(None, "us-east-1"), *others.items()]:
        text += 'provider "aws" {\n' + (f'  alias                   = "{alias}"\n' if alias else "") + f"""\
  region                  = "{region}"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  endpoints {{
    ec2 = "ENDPOINT"
    iam = "ENDPOINT"
    sts = "ENDPOINT"
  }}
}}
"""
    return text


class Folder:
    def __init__(self, path):
        self.path = path
        self.environment = {
            **os.environ, "TF_IN_AUTOMATION": "1", "TF_CLI_ARGS": "-no-color", "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": os.devnull, "TF_DATA_DIR": f"{path}/data"}

    def run(self, *arguments, expect=0):
        done = subprocess.run(["terraform", *arguments], cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        assert done.returncode == expect, f"terraform {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-8000:]}"
        return done.stdout

    def values(self):
        """Returns the attributes of all managed resources by address."""
        state = json.loads(self.run("show", "-json"))["values"]["root_module"]["resources"]
        return {resource["address"]: resource["values"] for resource in state if resource["mode"] == "managed"}

    def reimport(self, addresses, *arguments):
        """Removes the resources from the state, and imports them again: by their ids, or by the format of each in a mapping."""
        formats = addresses if isinstance(addresses, dict) else dict.fromkeys(addresses, "{id}")
        values = self.values()
        for address, text in formats.items():
            self.run("state", "rm", address)
            self.run("import", "-input=false", *arguments, address, text.format(**values[address]))

    def destroy(self, *arguments):
        """Destroys everything. Nothing may stay in the state."""
        said = self.run("destroy", "-input=false", "-auto-approve", *arguments)
        assert "Destroy complete!" in said, said
        assert json.loads(self.run("show", "-json")).get("values", {}) == {}, "something is left"

    def output(self):
        return {name: value["value"] for name, value in json.loads(self.run("output", "-json")).items()}


@contextlib.contextmanager
def folder(configuration):
    """Yields an initialized folder with `ENDPOINT` replaced. Providers come from the mirror in DRYDOCK_TERRAFORM_PLUGINS."""
    with tempfile.TemporaryDirectory(prefix="drydock-terraform-") as path:
        with open(f"{path}/main.tf", "w") as file:
            file.write(configuration.replace("ENDPOINT", os.environ["AWS_ENDPOINT_URL"]))
        made = Folder(path)
        made.run("init", "-input=false", f"-plugin-dir={os.path.abspath(os.environ['DRYDOCK_TERRAFORM_PLUGINS'])}")
        yield made

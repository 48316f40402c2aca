"""Stock Terraform with the configuration in Examples/terraform, which the README shows."""

import os

import terraform_folder

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../Examples/terraform/main.tf")

with open(EXAMPLE, encoding="utf-8") as file:
    configuration = file.read()
with terraform_folder.folder(configuration) as folder:
    folder.run("apply", "-auto-approve", "-input=false")
    folder.run("plan", "-detailed-exitcode", "-input=false")
    assert folder.output()["repository"].endswith("/team/app"), folder.output()
    folder.run("destroy", "-auto-approve", "-input=false")

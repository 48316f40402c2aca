"""Stock Terraform with IAM's resources and data sources: apply, an empty plan, changes, import, destroy."""

import os
import subprocess

import boto3
import terraform_folder

CONFIGURATION = r"""
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
variable "step" {
  type    = number
  default = 1
}
provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  endpoints {
    sts = "ENDPOINT"
    iam = "ENDPOINT"
  }
}
locals {
  first   = var.step == 1
  account = data.aws_caller_identity.me.account_id
}
data "aws_caller_identity" "me" {}
data "aws_partition" "main" {}
resource "aws_iam_user" "worker" {
  name          = local.first ? "worker" : "labourer"
  path          = "/teams/"
  force_destroy = true
  # The provider tags a renamed user by its new name before it renames it: not both at once.
  tags = { Team = "web" }
}
resource "aws_iam_user" "other" {
  name = "other"
}
resource "aws_iam_group" "web" {
  name = local.first ? "web" : "site"
  path = "/teams/"
}
resource "aws_iam_group_membership" "web" {
  name  = "web"
  group = aws_iam_group.web.name
  users = local.first ? [aws_iam_user.worker.name, aws_iam_user.other.name] : [aws_iam_user.worker.name]
}
resource "aws_iam_group" "more" {
  name = "more"
}
resource "aws_iam_user_group_membership" "other" {
  user   = aws_iam_user.other.name
  groups = [aws_iam_group.more.name]
}
data "aws_iam_policy_document" "look" {
  statement {
    sid       = "Look${var.step}"
    actions   = ["ecr:Describe*", "ecr:List*"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["web"]
    }
  }
}
resource "aws_iam_group_policy" "look" {
  name   = "look"
  group  = aws_iam_group.web.name
  policy = data.aws_iam_policy_document.look.json
}
resource "aws_iam_group_policy_attachment" "read" {
  group      = aws_iam_group.web.name
  policy_arn = data.aws_iam_policy.read.arn
}
data "aws_iam_policy" "read" { name = "AmazonEC2ContainerRegistryReadOnly" }
resource "aws_iam_policy" "own" {
  name        = "own"
  path        = "/teams/"
  description = "Looks at repositories"
  policy      = data.aws_iam_policy_document.look.json
  tags        = { Step = "${var.step}" }
}
resource "aws_iam_user_policy" "inline" {
  name   = "inline"
  user   = aws_iam_user.worker.name
  policy = data.aws_iam_policy_document.look.json
}
resource "aws_iam_user_policy_attachment" "own" {
  user       = aws_iam_user.other.name
  policy_arn = aws_iam_policy.own.arn
}
resource "aws_iam_access_key" "worker" {
  user   = aws_iam_user.worker.name
  status = local.first ? "Active" : "Inactive"
}
resource "aws_iam_user_login_profile" "other" {
  user                    = aws_iam_user.other.name
  password_length         = 24
  password_reset_required = true
}
resource "aws_iam_user_ssh_key" "worker" {
  username   = aws_iam_user.worker.name
  encoding   = "SSH"
  public_key = file("${path.module}/key.pub")
  status     = local.first ? "Active" : "Inactive"
}
resource "aws_iam_service_specific_credential" "git" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.other.name
}
resource "aws_iam_signing_certificate" "other" {
  user_name        = aws_iam_user.other.name
  certificate_body = file("${path.module}/certificate.pem")
}
resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"
  tags                    = { Step = "${var.step}" }
}
resource "aws_iam_account_alias" "main" {
  account_alias = local.first ? "my-company" : "our-company"
}
resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = local.first ? 8 : 12
  require_lowercase_characters   = true
  require_numbers                = true
  require_uppercase_characters   = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = 90
  password_reuse_prevention      = 3
}
resource "aws_iam_security_token_service_preferences" "main" {
  global_endpoint_token_version = local.first ? "v1Token" : "v2Token"
}
resource "aws_iam_openid_connect_provider" "github" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = local.first ? ["sts.amazonaws.com"] : ["sts.amazonaws.com", "more"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea${var.step}"]
  tags            = { Step = "${var.step}" }
}
resource "aws_iam_saml_provider" "corp" {
  name                   = "corp"
  saml_metadata_document = file("${path.module}/metadata.xml")
}
resource "aws_iam_server_certificate" "web" {
  name             = "web"
  certificate_body = file("${path.module}/certificate.pem")
  private_key      = file("${path.module}/key.pem")
  tags             = { Step = "${var.step}" }
}
resource "aws_iam_service_linked_role" "ecs" {
  aws_service_name = "ecs.amazonaws.com"
  description      = "step ${var.step}"
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:me/app:*"]
    }
  }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.other.arn]
    }
  }
}
resource "aws_iam_role" "push" {
  name                 = "push"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600 * var.step
  permissions_boundary = aws_iam_policy.own.arn
}
resource "aws_iam_role_policy" "push" {
  name   = "push"
  role   = aws_iam_role.push.id
  policy = data.aws_iam_policy_document.look.json
}
resource "aws_iam_role_policy_attachment" "push" {
  role       = aws_iam_role.push.name
  policy_arn = "arn:${data.aws_partition.main.partition}:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
}
resource "aws_iam_role_policies_exclusive" "push" {
  role_name    = aws_iam_role.push.name
  policy_names = [aws_iam_role_policy.push.name]
}
resource "aws_iam_role_policy_attachments_exclusive" "push" {
  role_name   = aws_iam_role.push.name
  policy_arns = [aws_iam_role_policy_attachment.push.policy_arn]
}
resource "aws_iam_user_policy_attachments_exclusive" "other" {
  user_name   = aws_iam_user.other.name
  policy_arns = [aws_iam_user_policy_attachment.own.policy_arn]
}
# Everybody who has the policy, in one.
resource "aws_iam_policy_attachment" "all" {
  name       = "all"
  policy_arn = "arn:${data.aws_partition.main.partition}:iam::aws:policy/AmazonECS_FullAccess"
  groups     = [aws_iam_group.more.name]
  roles      = local.first ? [] : [aws_iam_role.spare.name]
}
resource "aws_iam_role" "spare" {
  name               = "spare"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_user_policies_exclusive" "worker" {
  user_name    = aws_iam_user.worker.name
  policy_names = [aws_iam_user_policy.inline.name]
}
resource "aws_iam_group_policies_exclusive" "web" {
  group_name   = aws_iam_group.web.name
  policy_names = [aws_iam_group_policy.look.name]
}
resource "aws_iam_group_policy_attachments_exclusive" "web" {
  group_name  = aws_iam_group.web.name
  policy_arns = [aws_iam_group_policy_attachment.read.policy_arn]
}
resource "aws_iam_instance_profile" "push" {
  name = "push"
  role = aws_iam_role.push.name
}
data "aws_iam_user" "worker" { user_name = aws_iam_user.worker.name }
data "aws_iam_group" "web" {
  group_name = aws_iam_group.web.name
  depends_on = [aws_iam_group_membership.web]
}
data "aws_iam_role" "push" { name = aws_iam_role.push.name }
data "aws_iam_instance_profile" "push" { name = aws_iam_instance_profile.push.name }
data "aws_iam_openid_connect_provider" "github" { arn = aws_iam_openid_connect_provider.github.arn }
data "aws_iam_saml_provider" "corp" { arn = aws_iam_saml_provider.corp.arn }
data "aws_iam_server_certificate" "web" { name = aws_iam_server_certificate.web.name }
data "aws_iam_account_alias" "main" { depends_on = [aws_iam_account_alias.main] }
data "aws_iam_access_keys" "worker" { user = aws_iam_access_key.worker.user }
data "aws_iam_user_ssh_key" "worker" {
  username          = aws_iam_user.worker.name
  ssh_public_key_id = aws_iam_user_ssh_key.worker.ssh_public_key_id
  encoding          = "SSH"
}
data "aws_iam_roles" "all" {
  name_regex = "^push$"
  depends_on = [aws_iam_role.push]
}
data "aws_iam_instance_profiles" "push" {
  role_name  = aws_iam_role.push.name
  depends_on = [aws_iam_instance_profile.push]
}
data "aws_iam_users" "all" { depends_on = [aws_iam_user.worker, aws_iam_user.other] }
data "aws_iam_principal_policy_simulation" "push" {
  policy_source_arn = aws_iam_user.other.arn
  action_names      = ["ecr:DescribeRepositories", "ecr:DeleteRepository"]
  context {
    key    = "aws:PrincipalTag/team"
    type   = "string"
    values = ["web"]
  }
  depends_on = [aws_iam_user_policy_attachment.own, aws_iam_group_membership.web]
}
data "aws_iam_session_context" "me" { arn = data.aws_caller_identity.me.arn }
output "group" { value = [for user in data.aws_iam_group.web.users : user.user_name] }
output "alias" { value = data.aws_iam_account_alias.main.account_alias }
output "keys" { value = [for key in data.aws_iam_access_keys.worker.access_keys : key.status] }
output "roles" { value = data.aws_iam_roles.all.names }
output "allowed" {
  value = { for result in data.aws_iam_principal_policy_simulation.push.results : result.action_name => result.allowed }
}
output "profiles" { value = data.aws_iam_instance_profiles.push.names }
output "linked" { value = aws_iam_service_linked_role.ecs.name }
"""

# There is no organization, so root access cannot be centralized.
ORGANIZATION = CONFIGURATION.split("locals {")[0] + """
resource "aws_iam_organizations_features" "main" { enabled_features = ["RootCredentialsManagement"] }
"""

iam = boto3.client("iam")


def materials(path):
    """Returns a key in two formats, a certificate, and an identity provider's metadata."""
    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True, cwd=path).stdout

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "certificate.pem", "-days", "2",
            "-subj", "/CN=example.com")
    os.chmod(f"{path}/key.pem", 0o600)
    with open(f"{path}/key.pub", "w") as file:
        file.write(subprocess.run(["ssh-keygen", "-y", "-f", "key.pem"], check=True, capture_output=True, text=True,
                                  cwd=path).stdout)
    with open(f"{path}/certificate.pem") as file:
        body = "".join(line.strip() for line in file if not line.startswith("-----"))
    with open(f"{path}/metadata.xml", "w") as file:
        file.write(
            '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example"><IDPSSODescriptor '
            'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><ds:KeyInfo '
            f'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate>'
            "</ds:X509Data></ds:KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>")


def imports():
    account = "123456789012"
    return {
        "aws_iam_user.worker": "labourer", "aws_iam_group.web": "site", "aws_iam_group_policy.look": "site:look",
        "aws_iam_group_policy_attachment.read": "site/arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly",
        "aws_iam_policy.own": f"arn:aws:iam::{account}:policy/teams/own", "aws_iam_user_policy.inline": "labourer:inline",
        "aws_iam_account_alias.main": "our-company", "aws_iam_account_password_policy.strict": "iam-account-password-policy",
        "aws_iam_openid_connect_provider.github":
            f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com",
        "aws_iam_saml_provider.corp": f"arn:aws:iam::{account}:saml-provider/corp",
        "aws_iam_service_linked_role.ecs":
            f"arn:aws:iam::{account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "aws_iam_role.push": "push", "aws_iam_role_policy.push": "push:push", "aws_iam_instance_profile.push": "push",
    }


with terraform_folder.folder(CONFIGURATION) as made:
    terraform, output = made.run, made.output
    materials(made.path)

    def unchanged(step):
        terraform("plan", "-input=false", "-detailed-exitcode", "-var", f"step={step}")

    said = terraform("apply", "-input=false", "-auto-approve")
    assert "0 changed, 0 destroyed" in said, said
    unchanged(1)
    found = output()
    assert sorted(found["group"]) == ["other", "worker"] and found["alias"] == "my-company", found
    assert found["keys"] == ["Active"] and found["roles"] == ["push"] and found["linked"] == "AWSServiceRoleForECS", found
    assert found["profiles"] == ["push"], found
    assert found["allowed"] == {"ecr:DescribeRepositories": True, "ecr:DeleteRepository": False}, found

    terraform("apply", "-input=false", "-auto-approve", "-var", "step=2")
    unchanged(2)
    found = output()
    assert found["group"] == ["labourer"] and found["alias"] == "our-company" and found["keys"] == ["Inactive"], found

    # Existing resources are imported unchanged.
    taken = imports()
    terraform("state", "rm", *taken)
    with open(f"{made.path}/imports.tf", "w") as file:
        for address, name in taken.items():
            file.write(f'import {{\n  to = {address}\n  id = "{name}"\n}}\n')
    said = terraform("apply", "-input=false", "-auto-approve", "-var", "step=2")
    assert f" {len(taken)} imported, 0 added," in said and "0 destroyed" in said, said
    unchanged(2)

    said = terraform("destroy", "-input=false", "-auto-approve", "-var", "step=2")
    assert "Destroy complete!" in said, said
    summary = iam.get_account_summary()["SummaryMap"]
    for kind in ["Users", "Groups", "Roles", "Policies", "InstanceProfiles", "Providers", "ServerCertificates", "MFADevices"]:
        assert summary[kind] == 0, (kind, summary)
    assert iam.list_account_aliases()["AccountAliases"] == []

with terraform_folder.folder(ORGANIZATION) as made:
    said = made.run("apply", "-input=false", "-auto-approve", expect=1)
    assert "OrganizationNotFoundException" in said, said

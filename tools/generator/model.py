"""Loads botocore's service models, reduced to the selected operations."""
import html
import json
import os
import re
from dataclasses import dataclass, field

from . import names
from .failure import Failure
from .sources import botocore_data, read

# Enumerations with more values than this are open strings, because their lists change with every release of AWS.
MOST_ENUM_VALUES = 60


@dataclass(frozen=True)
class Service:
    id: str
    name: str
    version: str
    is_global: bool = False

    @property
    def module(self):
        return f"{self.name}API"


SERVICES = [
    Service("ec2", "EC2", "2016-11-15"),
    Service("ecr", "ECR", "2015-09-21"),
    Service("iam", "IAM", "2010-05-08", is_global=True),
    Service("ssm", "SSM", "2014-11-06"),
    Service("sts", "STS", "2011-06-15"),
]


@dataclass
class Model:
    service: Service
    metadata: dict
    shapes: dict
    operations: dict  # selected ones, by name, sorted
    all_operations: list
    paginators: dict
    waiters: dict
    in_inputs: set = field(default_factory=set)
    in_outputs: set = field(default_factory=set)
    # By shape: the recorded elements, in AWS's order.
    element_orders: dict = field(default_factory=dict)

    @property
    def protocol(self):
        return self.metadata["protocol"]

    def type_name(self, shape):
        name = shape[0].upper() + shape[1:]
        return self.service.name + name if name in names.TAKEN else name

    def is_enum(self, shape):
        return self.shapes[shape]["type"] == "string" and bool(self.shapes[shape].get("enum"))

    def enum_values(self, shape):
        """Returns the values of a string shape; empty if there are too many to list."""
        values = self.shapes[shape].get("enum", [])
        return values if len(values) <= MOST_ENUM_VALUES else []

    def in_element_order(self, shape, members):
        """Returns the members with their indices in the order of AWS's responses; those in no recording come last."""
        order = self.element_orders.get(shape, [])
        place = {name: index for index, name in enumerate(order)}
        return sorted(enumerate(members), key=lambda entry: (place.get(entry[1].element_name, len(order)), entry[0]))

    def is_required(self, shape, member):
        """Returns whether a member is required. Members of shapes used in responses never are."""
        return member in self.shapes[shape].get("required", []) and shape not in self.in_outputs


def load(service, tools, data=None):
    """Returns a service's model with the selected operations. `data` is the model folder of another botocore."""
    folder = os.path.join(data or botocore_data(), service.id, service.version)
    model = read(folder, "service-2")
    wanted = operation_list(os.path.join(tools, "operations", f"{service.id}.txt"))
    if data is None:
        patch(service, model, os.path.join(tools, "model-patches.json"))
    else:
        wanted = [name for name in wanted if name in model["operations"]]
    unknown = [name for name in wanted if name not in model["operations"]]
    if unknown:
        raise Failure(f"tools/operations/{service.id}.txt names what {service.name} does not have: {', '.join(unknown)}")
    result = Model(
        service, model["metadata"], model["shapes"], {name: model["operations"][name] for name in sorted(wanted)},
        sorted(model["operations"]),
        only(wanted, lambda name, _: name, read(folder, "paginators-1", "pagination")),
        only(wanted, lambda _, waiter: waiter["operation"], read(folder, "waiters-2", "waiters")))
    if service.id == "ec2":
        with open(os.path.join(tools, "element-orders.json"), encoding="utf-8") as file:
            result.element_orders = {shape: entry["elements"] for shape, entry in json.load(file).items()}
    for operation in result.operations.values():
        reach(result, operation.get("input", {}).get("shape"), result.in_inputs)
        reach(result, operation.get("output", {}).get("shape"), result.in_outputs)
    return result


def only(wanted, operation_of, entries):
    return {name: entry for name, entry in sorted(entries.items()) if operation_of(name, entry) in wanted}


def operation_list(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.split("#")[0].strip() for line in file]
    lines = [line for line in lines if line]
    if len(lines) != len(set(lines)):
        raise Failure(f"{path} names an operation twice")
    return lines


def patch(service, model, path):
    """Applies corrections: {"service", "at": [keys…], "value" or "remove": true, "reason"}."""
    with open(path, encoding="utf-8") as file:
        patches = json.load(file)
    for entry in patches:
        if not entry.get("reason"):
            raise Failure(f"{path}: a correction without a reason: {entry}")
        if entry["service"] != service.id:
            continue
        place = model
        try:
            for key in entry["at"][:-1]:
                place = place[key]
            if entry.get("remove"):
                del place[entry["at"][-1]]
            else:
                place[entry["at"][-1]] = entry["value"]
        except (KeyError, TypeError):
            raise Failure(f"{path}: {service.name}'s model has no {'/'.join(entry['at'])}")


def reach(model, shape, into):
    """Collects every shape reachable from one."""
    if shape is None or shape in into:
        return
    into.add(shape)
    definition = model.shapes[shape]
    for part in list(definition.get("members", {}).values()) + [definition.get(k) for k in ("member", "key", "value")]:
        if isinstance(part, dict) and "shape" in part:
            reach(model, part["shape"], into)


def summary(documentation, limit=110):
    """Returns the first sentence of an operation's documentation if it is short enough."""
    text = re.sub(r"<note>.*?</note>|<important>.*?</important>", " ", documentation or "", flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", "", text))
    text = " ".join(text.split())
    sentence = re.match(r".+?[.](?=\s|$)", text)
    return sentence.group() if sentence and len(sentence.group()) <= limit else None

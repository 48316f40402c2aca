"""Compiles the subset of JMESPath that waiters use to Swift.

Supports fields (`a.b`), flattening projections (`a[].b[].c`), `length(…)` and comparison with a number. Raises Failure for
anything else.
"""
import re

from . import names
from .failure import Failure


class Compiler:
    def __init__(self, model, shape, where):
        self.model, self.shape, self.where = model, shape, where

    def fail(self, expression):
        raise Failure(f"{self.where}: the JMESPath expression '{expression}' is not supported")

    def path(self, expression):
        """Returns Swift code for a path applied to `$0`, whether it is a projection, and the result's shape."""
        if not re.fullmatch(r"\w+(\[\])?(\.\w+(\[\])?)*", expression):
            self.fail(expression)
        swift, projected, pending, shape = "$0", False, "", self.shape
        for step, part in enumerate(expression.split(".")):
            name, flat = part.removesuffix("[]"), part.endswith("[]")
            definition = self.model.shapes[shape]
            if definition["type"] != "structure" or name not in definition["members"]:
                self.fail(expression)
            if self.model.is_required(shape, name):
                self.fail(expression)  # the generated code treats every member as optional, as members of outputs are
            member, shape = names.member(name), definition["members"][name]["shape"]
            is_list = self.model.shapes[shape]["type"] == "list"
            if flat != is_list:
                self.fail(expression)
            if projected and flat:
                swift += f".flatMap {{ $0.{pending + '?.' if pending else ''}{member} ?? [] }}"
                pending = ""
            elif projected:
                pending = f"{pending}?.{member}" if pending else member
            else:
                swift += ("?." if step else ".") + member
                if flat:
                    swift = f"({swift} ?? [])"
            projected = projected or flat
            if is_list:
                shape = self.model.shapes[shape]["member"]["shape"]
        if pending:
            swift += f".compactMap {{ $0.{pending} }}"
        return swift, projected, shape

    def condition(self, matcher, expression, expected):
        """Returns Swift code that tests whether an expression has the value that a waiter expects."""
        comparison = re.fullmatch(r"length\((.+)\) (==|!=|<|<=|>|>=) `(\d+)`", expression)
        if comparison:
            if matcher != "path" or expected is not True:
                self.fail(expression)
            inner, operator, number = comparison.groups()
            swift, projected, _ = self.path(inner)
            if not projected:
                swift = f'({swift} ?? "")'
            if number == "0" and operator in (">", "=="):
                return ("!" if operator == ">" else "") + f"{swift}.isEmpty"
            return f"{swift}.count {operator} {number}"
        swift, projected, shape = self.path(expression)
        if self.model.shapes[shape]["type"] != "string" or not isinstance(expected, str):
            self.fail(expression)
        if matcher == "path" and not projected:
            return f'{swift} == "{expected}"'
        if matcher == "pathAll" and projected:
            return f'{swift}.all(are: "{expected}")'
        if matcher == "pathAny" and projected:
            return f'{swift}.any(is: "{expected}")'
        self.fail(expression)

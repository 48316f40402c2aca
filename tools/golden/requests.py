"""Renders botocore's request for an operation's input as a readable HTTP message."""
import base64
import datetime
import json

import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

NOW = datetime.datetime(2023, 12, 17, 9, 30, 10, tzinfo=datetime.timezone.utc)
REGION = "us-east-1"
# AWS's example from its documentation.
CREDENTIALS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TOKEN = "00000000-0000-4000-8000-000000000000"


class Oracle:
    def __init__(self, service, newer):
        """Uses the installed botocore. `newer` is the service's pinned model, for operations that the installed one lacks."""
        self.newer = ServiceModel(newer, service)
        session = botocore.session.get_session()
        self.model = session.get_service_model(service)
        client = session.create_client(
            service, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
        self.endpoint = client.meta.endpoint_url
        self.host = self.endpoint.split("://")[1].rstrip("/")
        self.is_json = self.model.metadata["protocol"] == "json"
        self.serializer = create_serializer(self.model.metadata["protocol"], include_validation=False)

    def message(self, name, parameters):
        model = self.model if name in self.model.operation_names else self.newer
        operation = model.operation_model(name)
        shape = operation.input_shape
        parameters = {**{member: TOKEN for member in operation.idempotent_members}, **parameters}
        parameters = self.ordered(parameters, shape) if shape else {}
        request = self.serializer.serialize_to_request(parameters, operation)
        body = self.body(request["body"])
        signed = AWSRequest(
            method=request["method"], url=self.endpoint.rstrip("/") + request["url_path"], headers=request["headers"],
            data=body.encode())
        # Operations with another proof of identity are not signed.
        if operation.auth_type == "none":
            return self.written(request, signed, body)
        frozen, botocore.auth.get_current_datetime = botocore.auth.get_current_datetime, lambda *_, **__: NOW.replace(tzinfo=None)
        try:
            botocore.auth.SigV4Auth(CREDENTIALS, self.model.signing_name, REGION).add_auth(signed)
        finally:
            botocore.auth.get_current_datetime = frozen
        return self.written(request, signed, body)

    def written(self, request, signed, body):
        headers = {name.lower(): text(value) for name, value in signed.headers.items()}
        headers["host"] = self.host
        lines = [f"{request['method']} {request['url_path']} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in sorted(headers.items()) if name not in ("user-agent", "content-length")]
        return "\n".join(lines) + "\n\n" + self.readable(body)

    def body(self, body):
        """Returns the bytes to send: JSON without spaces, and spaces in forms as %20, as in the signature."""
        if self.is_json:
            return json.dumps(json.loads(text(body)), separators=(",", ":"), ensure_ascii=False)
        return text(AWSRequest(method="POST", url=self.endpoint, data=body).prepare().body).replace("+", "%20")

    def readable(self, body):
        if self.is_json:
            return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
        return body.replace("&", "\n&") + "\n"

    def ordered(self, value, shape):
        """Sorts members in the model's order and maps by key, because botocore keeps the order of its input."""
        if shape.type_name == "structure":
            return {name: self.ordered(value[name], member) for name, member in shape.members.items() if name in value}
        if shape.type_name == "list":
            return [self.ordered(item, shape.member) for item in value]
        if shape.type_name == "map":
            return {key: self.ordered(value[key], shape.value) for key in sorted(value)}
        if shape.type_name == "blob":
            return base64.b64decode(value)
        return value


def text(value):
    return value.decode() if isinstance(value, bytes) else value

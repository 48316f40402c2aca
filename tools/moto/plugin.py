"""A pytest plugin that runs moto's tests against Drydock: ``moto.mock_aws`` becomes Drydock's.

It provides what the tests assume:

- a manifest's layers and configuration are pushed before PutImage, because AWS rejects it without them (their digests are
  those of small texts in moto's helpers);
- repositories have AWS's names, and the simulator's clock follows a test that freezes its own;
- with DRYDOCK_MOTO=mended, inputs of moto's tests that AWS rejects are replaced by valid ones: invalid trust policies, paths
  without slashes, short passwords, invalid metadata, keys and certificates.
"""

import datetime
import functools
import hashlib
import json
import os
import re
import sys
import time

import botocore.client
import drydock_aws
import drydock_aws.mock
import moto
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

# In the package, the decorator's name hides the module's.
mocking = sys.modules["drydock_aws.mock"]

_kept = drydock_aws.mock_aws
_texts: "dict[str, bytes]" = {}


class _AWSNames(mocking.Server):
    def __init__(self) -> None:
        super().__init__(options=("--registry-host", "aws"))


def _mock_aws(target=None, config=None):
    """Drydock always has all managed policies, so moto's setting for them is ignored."""
    core = {name: part for name, part in (config or {}).items() if name == "core"}
    return _kept(target) if target is not None else _kept(config=core)


def _remembering(text: bytes = b"", **named):
    digest = _sha256(text, **named)
    if isinstance(text, bytes) and len(text) < 4096:
        _texts[f"sha256:{digest.hexdigest()}"] = text
    return digest


_TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


def _mended(operation, parameters):
    """Returns IAM's parameters with invalid ones replaced."""
    parameters = dict(parameters)
    trust = parameters.get("AssumeRolePolicyDocument")
    if trust is not None and '"Principal"' not in str(trust):
        parameters["AssumeRolePolicyDocument"] = _TRUST
    path = parameters.get("Path")
    if path and not (path.startswith("/") and path.endswith("/")):
        parameters["Path"] = "/" + path.strip("/") + "/"
    if "Password" in parameters:
        parameters["Password"] += "-Aa1-Aa1"
    if "SAMLMetadataDocument" in parameters:
        parameters["SAMLMetadataDocument"] = _metadata()
    if operation == "UploadSSHPublicKey":
        parameters["SSHPublicKeyBody"] = _public_key()
    if operation == "UploadServerCertificate":
        parameters["CertificateBody"], parameters["PrivateKey"] = _certificate()
        parameters.pop("CertificateChain", None)
    if operation == "CreateOpenIDConnectProvider":
        parameters["Url"] = parameters.get("Url", "").replace("http://", "https://")
    return parameters


@functools.cache
def _certificate():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.com")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - datetime.timedelta(1), now + datetime.timedelta(90)).sign(
        key, hashes.SHA256())
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM).decode(), text.decode()


@functools.cache
def _public_key():
    key = x509.load_pem_x509_certificate(_certificate()[0].encode()).public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


@functools.cache
def _metadata():
    certificate = "".join(_certificate()[0].splitlines()[1:-1])
    descriptor = (
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">'
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>' + certificate +
        '</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><SingleSignOnService '
        'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></IDPSSODescriptor>')
    return (
        '<?xml version="1.0"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/'
        + "x" * 800 + '">' + descriptor + "</EntityDescriptor>")


def _set_clock():
    """Freezes the simulator's clock when a test freezes its own."""
    frozen = datetime.datetime.now(datetime.timezone.utc)
    if abs(frozen.timestamp() - time.clock_gettime(time.CLOCK_REALTIME)) > 300:
        mocking._redirection.account.clock.set(frozen.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _asking(self, operation, parameters):
    _set_clock()
    if _mends and self.meta.service_model.service_name == "iam":
        parameters = _mended(operation, parameters)
    if self.meta.service_model.service_name == "ecr" and operation == "PutImage":
        for digest in set(re.findall(r"sha256:[0-9a-f]{64}", parameters.get("imageManifest", ""))) & set(_texts):
            _push(self, parameters, _texts[digest], digest)
    return _call(self, operation, parameters)


def _push(client, parameters, text, digest):
    place = {name: parameters[name] for name in ("registryId", "repositoryName") if name in parameters}
    try:
        upload = _call(client, "InitiateLayerUpload", place)["uploadId"]
        _call(client, "UploadLayerPart", {
            **place, "uploadId": upload, "partFirstByte": 0, "partLastByte": len(text) - 1, "layerPartBlob": text})
        _call(client, "CompleteLayerUpload", {**place, "uploadId": upload, "layerDigests": [digest]})
    except botocore.client.ClientError:
        pass  # It exists already, or the test is about a missing repository.


_mends = os.environ.get("DRYDOCK_MOTO") == "mended"
mocking.Server = _AWSNames
moto.mock_aws = _mock_aws
_sha256, hashlib.sha256 = hashlib.sha256, _remembering
_call, botocore.client.BaseClient._make_api_call = botocore.client.BaseClient._make_api_call, _asking

"""One Drydock is an OpenID Connect issuer over HTTPS. Another Drydock trusts it, by the certificate's thumbprint or
AWS_CA_BUNDLE."""

import hashlib
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile

import boto3
from botocore.exceptions import ClientError

program, folder = sys.argv[1], tempfile.mkdtemp()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(port, *options, **environment):
    process = subprocess.Popen(
        [program, "serve", "--port", str(port), *options], stdout=subprocess.PIPE, text=True, env=dict(os.environ, **environment))
    line = process.stdout.readline()
    assert "ready on" in line, line
    return process


def account(port):
    keys = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return (boto3.client(service, endpoint_url=f"http://127.0.0.1:{port}", **keys) for service in ("iam", "sts"))


def refusal(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    raise AssertionError("it was allowed")


issuer_port = free_port()
issuer = f"https://localhost:{issuer_port}/_drydock/oidc"
played = serve(issuer_port, "--tls", "--certificates", f"{folder}/authority", "--seed", "7")
servers = [played]
try:
    asked = subprocess.run(
        [program, "oidc", "token", "--issuer", issuer, "--sub", "somebody", "--endpoint", f"http://127.0.0.1:{issuer_port}"],
        capture_output=True, text=True)
    token = asked.stdout.strip()
    assert token.count(".") == 2, asked
    with socket.create_connection(("127.0.0.1", issuer_port)) as connection:
        context = ssl.create_default_context(cafile=f"{folder}/authority/ca.pem")
        with context.wrap_socket(connection, server_hostname="localhost") as secured:
            chain = secured._sslobj.get_unverified_chain() if hasattr(secured._sslobj, "get_unverified_chain") else None
            shown = [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain] if chain else [secured.getpeercert(True)]
    thumbprint = hashlib.sha1(shown[-1]).hexdigest()

    port = free_port()
    servers.append(serve(port, "--oidc-issuer", issuer))
    iam, sts = account(port)
    arn = iam.create_open_id_connect_provider(
        Url=issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"}]}
    role = iam.create_role(RoleName="push", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    request = {"RoleArn": role, "RoleSessionName": "ci", "WebIdentityToken": token}
    said = refusal(sts.assume_role_with_web_identity, **request)
    assert said == "InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", said
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=[thumbprint.upper()])
    assert sts.assume_role_with_web_identity(**request)["SubjectFromWebIdentityToken"] == "somebody"
    broken = dict(request, WebIdentityToken=token[:-8] + ("A" * 8 if token[-8:] != "A" * 8 else "B" * 8))
    said = refusal(sts.assume_role_with_web_identity, **broken)
    assert said == "InvalidIdentityToken: JWT signature verification failed", said

    # If the machine trusts the issuer's certificate, thumbprints are ignored.
    port = free_port()
    servers.append(serve(port, "--oidc-issuer", issuer, AWS_CA_BUNDLE=f"{folder}/authority/ca.pem"))
    iam, sts = account(port)
    arn = iam.create_open_id_connect_provider(
        Url=issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    iam.create_role(RoleName="push", AssumeRolePolicyDocument=json.dumps(trust))
    assert sts.assume_role_with_web_identity(**request)["SubjectFromWebIdentityToken"] == "somebody"

    # The server sends no request to an issuer that is not configured.
    port = free_port()
    servers.append(serve(port))
    iam, sts = account(port)
    iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=[thumbprint])
    iam.create_role(RoleName="push", AssumeRolePolicyDocument=json.dumps(trust))
    said = refusal(sts.assume_role_with_web_identity, **request)
    assert said.startswith("InvalidIdentityToken: Couldn't retrieve verification key"), said
finally:
    for server in servers:
        server.terminate()
        server.wait()

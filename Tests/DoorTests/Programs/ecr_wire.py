"""Every operation of ECR in raw bytes: JSON written here, signed, sent and read without an SDK's models.

Each call lists the response's members with their values or types. The response may contain only members that AWS's model has.
"""

import base64
import hashlib
import http.client
import json
import os

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session

PORT = int(os.environ["DRYDOCK_PORT"])
ACCOUNT = "123456789012"
ARN = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app"
MODEL = botocore.session.get_session().get_service_model("ecr")
KEYS = botocore.credentials.Credentials("test", "test")
connection = http.client.HTTPConnection("127.0.0.1", PORT)
called = set()


def send(operation, body):
    request = botocore.awsrequest.AWSRequest(
        "POST", f"http://127.0.0.1:{PORT}/", data=json.dumps(body).encode(),
        headers={"X-Amz-Target": f"AmazonEC2ContainerRegistry_V20150921.{operation}",
                 "Content-Type": "application/x-amz-json-1.1"})
    botocore.auth.SigV4Auth(KEYS, "ecr", "us-east-1").add_auth(request)
    connection.request("POST", "/", request.data, dict(request.headers))
    answer = connection.getresponse()
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.1", answer.headers["Content-Type"]
    assert answer.headers["x-amzn-RequestId"], "no request id"
    return answer.status, json.loads(answer.read() or b"{}")


def check(found, expected, place):
    if isinstance(expected, dict):
        assert isinstance(found, dict), (place, found)
        for name, value in expected.items():
            assert name in found, f"{place}.{name} is missing in {found}"
            check(found[name], value, f"{place}.{name}")
    elif isinstance(expected, list):
        assert isinstance(found, list) and len(found) == len(expected), (place, found)
        for number, value in enumerate(expected):
            check(found[number], value, f"{place}[{number}]")
    elif isinstance(expected, (type, tuple)):
        assert isinstance(found, expected) and not isinstance(found, bool) or expected is bool, (place, found)
    else:
        assert found == expected, (place, found, expected)


def known(found, shape, place):
    """Checks that the response has only members of AWS's model."""
    if shape.type_name == "structure":
        for name, value in found.items():
            assert name in shape.members, f"{place}.{name} is not AWS's"
            known(value, shape.members[name], f"{place}.{name}")
    elif shape.type_name == "list":
        for value in found:
            known(value, shape.member, place + "[]")


def call(operation, body, **expected):
    status, answer = send(operation, body)
    assert status == 200, (operation, status, answer)
    known(answer, MODEL.operation_model(operation).output_shape, operation)
    check(answer, expected, operation)
    called.add(operation)
    return answer


def refused(operation, body, error, message=None):
    status, answer = send(operation, body)
    assert status == 400 and answer["__type"].split("#")[-1] == error and "message" in answer, (operation, status, answer)
    assert message is None or answer["message"] == message, answer["message"]


def missing(operation, body, member, words="Member must not be null"):
    refused(operation, body, "InvalidParameterException",
            f"Invalid parameter at '{member}' failed to satisfy constraint: '{words}'")


NUMBER = (int, float)
REPOSITORY = {"repositoryName": "team/app"}

# Repositories
call("CreateRepository", {**REPOSITORY, "tags": [{"Key": "a", "Value": "b"}]}, repository={
    "repositoryArn": ARN, "registryId": ACCOUNT, "repositoryName": "team/app", "repositoryUri": str, "createdAt": NUMBER,
    "imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": False},
    "encryptionConfiguration": {"encryptionType": "AES256"}})
refused("CreateRepository", REPOSITORY, "RepositoryAlreadyExistsException")
call("DescribeRepositories", {"repositoryNames": ["team/app"]}, repositories=[{"repositoryArn": ARN}])
refused("DescribeRepositories", {"repositoryNames": ["none"]}, "RepositoryNotFoundException")
# No SDK sends these. The first and the last two are assumed; github.com/mulgadc/spinifex captured the second from AWS.
missing("CreateRepository", {}, "repositoryName", "must not be null")
missing("PutImageTagMutability", REPOSITORY, "imageTagMutability")
missing("TagResource", {"resourceArn": ARN, "tags": [{"Value": "b"}]}, "tags.1.member.key")
refused("CreateRepository", {"repositoryName": 7}, "SerializationException")
call("ListTagsForResource", {"resourceArn": ARN}, tags=[{"Key": "a", "Value": "b"}])
call("TagResource", {"resourceArn": ARN, "tags": [{"Key": "c", "Value": "d"}]})
call("UntagResource", {"resourceArn": ARN, "tagKeys": ["a"]})
call("ListTagsForResource", {"resourceArn": ARN}, tags=[{"Key": "c", "Value": "d"}])
policy = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]})
call("SetRepositoryPolicy", {**REPOSITORY, "policyText": policy}, registryId=ACCOUNT, repositoryName="team/app", policyText=str)
call("GetRepositoryPolicy", REPOSITORY, policyText=str)
call("DeleteRepositoryPolicy", REPOSITORY, policyText=str)
refused("GetRepositoryPolicy", REPOSITORY, "RepositoryPolicyNotFoundException")
call("PutImageTagMutability", {**REPOSITORY, "imageTagMutability": "IMMUTABLE"}, imageTagMutability="IMMUTABLE")
call("PutImageTagMutability", {**REPOSITORY, "imageTagMutability": "MUTABLE"}, imageTagMutability="MUTABLE")
call("PutImageScanningConfiguration", {**REPOSITORY, "imageScanningConfiguration": {"scanOnPush": True}},
     registryId=ACCOUNT, repositoryName="team/app", imageScanningConfiguration={"scanOnPush": True})
call("PutImageScanningConfiguration", {**REPOSITORY, "imageScanningConfiguration": {"scanOnPush": False}})

# Layers
def layer(content):
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    upload = call("InitiateLayerUpload", REPOSITORY, uploadId=str, partSize=int)["uploadId"]
    call("UploadLayerPart", {**REPOSITORY, "uploadId": upload, "partFirstByte": 0, "partLastByte": len(content) - 1,
                             "layerPartBlob": base64.b64encode(content).decode()},
         registryId=ACCOUNT, repositoryName="team/app", uploadId=upload, lastByteReceived=len(content) - 1)
    call("CompleteLayerUpload", {**REPOSITORY, "uploadId": upload, "layerDigests": [digest]},
         registryId=ACCOUNT, repositoryName="team/app", uploadId=upload, layerDigest=digest)
    return {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(content), "digest": digest}


one, two = layer(b"a configuration"), layer(b"a layer")
one["mediaType"] = "application/vnd.docker.container.image.v1+json"
call("BatchCheckLayerAvailability", {**REPOSITORY, "layerDigests": [two["digest"], "sha256:" + "0" * 64]}, failures=[], layers=[
    {"layerDigest": two["digest"], "layerAvailability": "AVAILABLE", "layerSize": 7, "mediaType": two["mediaType"]},
    {"layerAvailability": "UNAVAILABLE"}])

# Images
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
text = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": one, "layers": [two]})
digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
call("PutImage", {**REPOSITORY, "imageManifest": text, "imageTag": "v1"}, image={
    "registryId": ACCOUNT, "repositoryName": "team/app", "imageId": {"imageDigest": digest, "imageTag": "v1"},
    "imageManifest": text, "imageManifestMediaType": MANIFEST})
refused("PutImage", {**REPOSITORY, "imageManifest": text, "imageTag": "v1"}, "ImageAlreadyExistsException")
call("GetDownloadUrlForLayer", {**REPOSITORY, "layerDigest": two["digest"]}, downloadUrl=str, layerDigest=two["digest"])
call("ListImages", REPOSITORY, imageIds=[{"imageDigest": digest, "imageTag": "v1"}])
call("DescribeImages", REPOSITORY, imageDetails=[{
    "registryId": ACCOUNT, "repositoryName": "team/app", "imageDigest": digest, "imageTags": ["v1"], "imageSizeInBytes": 22,
    "imagePushedAt": NUMBER, "imageManifestMediaType": MANIFEST, "artifactMediaType": one["mediaType"]}])
call("BatchGetImage", {**REPOSITORY, "imageIds": [{"imageTag": "v1"}, {"imageTag": "v9"}]}, images=[{"imageManifest": text}],
     failures=[{"imageId": {"imageTag": "v9"}, "failureCode": "ImageNotFound", "failureReason": str}])
call("ListImageReferrers", {**REPOSITORY, "subjectId": {"imageDigest": digest}}, referrers=[])
call("UpdateImageStorageClass", {**REPOSITORY, "imageId": {"imageTag": "v1"}, "targetStorageClass": "ARCHIVE"},
     registryId=ACCOUNT, repositoryName="team/app", imageId={"imageDigest": digest}, imageStatus="ARCHIVED")
call("UpdateImageStorageClass", {**REPOSITORY, "imageId": {"imageDigest": digest}, "targetStorageClass": "STANDARD"},
     imageStatus=str)

# Scans
call("StartImageScan", {**REPOSITORY, "imageId": {"imageTag": "v1"}}, registryId=ACCOUNT, repositoryName="team/app",
     imageId={"imageDigest": digest, "imageTag": "v1"}, imageScanStatus={"status": "IN_PROGRESS"})
refused("StartImageScan", {**REPOSITORY, "imageId": {"imageTag": "v1"}}, "LimitExceededException")
call("DescribeImageScanFindings", {**REPOSITORY, "imageId": {"imageTag": "v1"}}, registryId=ACCOUNT, repositoryName="team/app",
     imageId={"imageDigest": digest, "imageTag": "v1"}, imageScanStatus={"status": "FAILED", "description": str})
rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "team/*", "filterType": "WILDCARD"}]}]
call("PutRegistryScanningConfiguration", {"scanType": "BASIC", "rules": rules},
     registryScanningConfiguration={"scanType": "BASIC", "rules": rules})
call("GetRegistryScanningConfiguration", {}, registryId=ACCOUNT, scanningConfiguration={"scanType": "BASIC", "rules": rules})
call("BatchGetRepositoryScanningConfiguration", {"repositoryNames": ["team/app", "none"]},
     scanningConfigurations=[{"repositoryArn": ARN, "repositoryName": "team/app", "scanOnPush": True,
                              "scanFrequency": "SCAN_ON_PUSH", "appliedScanFilters": rules[0]["repositoryFilters"]}],
     failures=[{"repositoryName": "none", "failureCode": "REPOSITORY_NOT_FOUND", "failureReason": str}])

# Lifecycle policies
lifecycle = json.dumps({"rules": [{
    "rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
    "action": {"type": "expire"}}]})
call("PutLifecyclePolicy", {**REPOSITORY, "lifecyclePolicyText": lifecycle}, registryId=ACCOUNT, repositoryName="team/app",
     lifecyclePolicyText=str)
call("GetLifecyclePolicy", REPOSITORY, registryId=ACCOUNT, repositoryName="team/app", lifecyclePolicyText=str)
call("StartLifecyclePolicyPreview", REPOSITORY, registryId=ACCOUNT, lifecyclePolicyText=str, status="IN_PROGRESS")
call("GetLifecyclePolicyPreview", REPOSITORY, registryId=ACCOUNT, status="COMPLETE", previewResults=[],
     summary={"expiringImageTotalCount": 0})
call("DeleteLifecyclePolicy", REPOSITORY, registryId=ACCOUNT, repositoryName="team/app", lifecyclePolicyText=str)
refused("GetLifecyclePolicy", REPOSITORY, "LifecyclePolicyNotFoundException")

# The registry
replication = {"rules": [{"destinations": [{"region": "eu-west-1", "registryId": ACCOUNT}],
                          "repositoryFilters": [{"filter": "team", "filterType": "PREFIX_MATCH"}]}]}
call("PutReplicationConfiguration", {"replicationConfiguration": replication}, replicationConfiguration=replication)
call("DescribeRegistry", {}, registryId=ACCOUNT, replicationConfiguration=replication)
call("DescribeImageReplicationStatus", {**REPOSITORY, "imageId": {"imageTag": "v1"}}, repositoryName="team/app",
     imageId={"imageDigest": digest}, replicationStatuses=list)
registry_policy = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Sid": "Replicate", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": ["ecr:ReplicateImage"], "Resource": f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"}]})
call("PutRegistryPolicy", {"policyText": registry_policy}, registryId=ACCOUNT, policyText=str)
call("GetRegistryPolicy", {}, registryId=ACCOUNT, policyText=str)
call("DeleteRegistryPolicy", {}, registryId=ACCOUNT, policyText=str)
refused("GetRegistryPolicy", {}, "RegistryPolicyNotFoundException")
call("PutAccountSetting", {"name": "BLOB_MOUNTING", "value": "ENABLED"}, name="BLOB_MOUNTING", value="ENABLED")
call("GetAccountSetting", {"name": "BLOB_MOUNTING"}, name="BLOB_MOUNTING", value="ENABLED")
worker = f"arn:aws:iam::{ACCOUNT}:role/Scanner"
call("RegisterPullTimeUpdateExclusion", {"principalArn": worker}, principalArn=worker, createdAt=NUMBER)
call("ListPullTimeUpdateExclusions", {}, pullTimeUpdateExclusions=[worker])
call("DeregisterPullTimeUpdateExclusion", {"principalArn": worker}, principalArn=worker)
data = call("GetAuthorizationToken", {}, authorizationData=[
    {"authorizationToken": str, "expiresAt": NUMBER, "proxyEndpoint": str}])["authorizationData"][0]
assert base64.b64decode(data["authorizationToken"]).startswith(b"AWS:")

# Signing
signing = {"rules": [{"signingProfileArn": f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/Ours",
                      "repositoryFilters": [{"filter": "team/*", "filterType": "WILDCARD_MATCH"}]}]}
call("PutSigningConfiguration", {"signingConfiguration": signing}, signingConfiguration=signing)
call("GetSigningConfiguration", {}, registryId=ACCOUNT, signingConfiguration=signing)
call("DescribeImageSigningStatus", {**REPOSITORY, "imageId": {"imageTag": "v1"}}, repositoryName="team/app",
     registryId=ACCOUNT, imageId={"imageDigest": digest}, signingStatuses=list)
call("DeleteSigningConfiguration", {}, registryId=ACCOUNT, signingConfiguration=signing)
refused("GetSigningConfiguration", {}, "SigningConfigurationNotFoundException")

# Caches and templates
secret = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:ecr-pullthroughcache/hub-abcdef"
call("CreatePullThroughCacheRule", {"ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io",
                                    "upstreamRegistry": "docker-hub", "credentialArn": secret},
     ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", createdAt=NUMBER, registryId=ACCOUNT,
     upstreamRegistry="docker-hub", credentialArn=secret)
call("DescribePullThroughCacheRules", {}, pullThroughCacheRules=[{"ecrRepositoryPrefix": "hub", "createdAt": NUMBER}])
call("UpdatePullThroughCacheRule", {"ecrRepositoryPrefix": "hub", "credentialArn": secret + "2"}, ecrRepositoryPrefix="hub",
     registryId=ACCOUNT, updatedAt=NUMBER, credentialArn=secret + "2")
call("ValidatePullThroughCacheRule", {"ecrRepositoryPrefix": "hub"}, ecrRepositoryPrefix="hub", registryId=ACCOUNT,
     upstreamRegistryUrl="registry-1.docker.io", isValid=True)
call("DeletePullThroughCacheRule", {"ecrRepositoryPrefix": "hub"}, ecrRepositoryPrefix="hub", registryId=ACCOUNT)
refused("DeletePullThroughCacheRule", {"ecrRepositoryPrefix": "hub"}, "PullThroughCacheRuleNotFoundException")
template = {"prefix": "made", "appliedFor": ["CREATE_ON_PUSH", "REPLICATION"]}
call("CreateRepositoryCreationTemplate", {**template, "description": "ours"}, registryId=ACCOUNT,
     repositoryCreationTemplate={**template, "description": "ours", "createdAt": NUMBER, "updatedAt": NUMBER})
call("DescribeRepositoryCreationTemplates", {}, registryId=ACCOUNT, repositoryCreationTemplates=[{"prefix": "made"}])
call("UpdateRepositoryCreationTemplate", {"prefix": "made", "imageTagMutability": "IMMUTABLE"}, registryId=ACCOUNT,
     repositoryCreationTemplate={"prefix": "made", "imageTagMutability": "IMMUTABLE"})
call("DeleteRepositoryCreationTemplate", {"prefix": "made"}, registryId=ACCOUNT, repositoryCreationTemplate={"prefix": "made"})
refused("DeleteRepositoryCreationTemplate", {"prefix": "made"}, "TemplateNotFoundException")

# The end
refused("DeleteRepository", REPOSITORY, "RepositoryNotEmptyException")
call("BatchDeleteImage", {**REPOSITORY, "imageIds": [{"imageTag": "v1"}, {"imageTag": "v1"}]},
     imageIds=list, failures=list)
call("DeleteRepository", {**REPOSITORY, "force": True}, repository={"repositoryArn": ARN})
refused("DeleteRepository", REPOSITORY, "RepositoryNotFoundException")

left = set(MODEL.operation_names) - called
assert not left, f"not called: {sorted(left)}"
assert len(called) == 58, len(called)

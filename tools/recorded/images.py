"""Images pushed through ECR's API alone, including layer parts. Recorded with a simulator, because moto accepts missing
layers."""

import hashlib
import json

from calls import ecr, refused

name = {"repositoryName": "app"}
ecr.create_repository(**name)


def uploaded(content):
    upload = ecr.initiate_layer_upload(**name)["uploadId"]
    ecr.upload_layer_part(**name, uploadId=upload, partFirstByte=0, partLastByte=len(content) - 1, layerPartBlob=content)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    ecr.complete_layer_upload(**name, uploadId=upload, layerDigests=[digest])
    return digest


layer, config = bytes(range(256)) * 64, b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
digests = [uploaded(config), uploaded(layer)]
ecr.batch_check_layer_availability(**name, layerDigests=[*digests, "sha256:" + "0" * 64])
manifest = json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(config), "digest": digests[0]},
    "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(layer), "digest": digests[1]}]})
image = ecr.put_image(**name, imageManifest=manifest, imageTag="v1")["image"]["imageId"]
refused(ecr.put_image, **name, imageManifest=manifest, imageTag="v1")
refused(ecr.put_image, **name, imageManifest=manifest.replace(digests[1], "sha256:" + "0" * 64), imageTag="v2")
refused(ecr.put_image, **name, imageManifest="{", imageTag="v2")
ecr.put_image(**name, imageManifest=manifest, imageTag="v2")
ecr.list_images(**name)
ecr.describe_images(**name, imageIds=[{"imageTag": "v1"}])
ecr.batch_get_image(**name, imageIds=[{"imageTag": "v2"}, {"imageTag": "none"}])
ecr.get_download_url_for_layer(**name, layerDigest=digests[1])
refused(ecr.get_download_url_for_layer, **name, layerDigest="sha256:" + "0" * 64)
refused(ecr.describe_images, **name, imageIds=[{"imageTag": "none"}])
refused(ecr.delete_repository, **name)
ecr.batch_delete_image(**name, imageIds=[{"imageTag": "v1"}])
ecr.batch_delete_image(**name, imageIds=[{"imageDigest": image["imageDigest"]}, {"imageTag": "none"}])
ecr.delete_repository(**name)

"""The OCI distribution specification 1.1.1 over a socket, on `serve --oci-deletes`. Sends the requests of the conformance
suites' four categories, each under the endpoint's number in the specification. Tags given with a push by digest, and cancelled
uploads, are from the version after 1.1.1.

oci_conformance.py DRYDOCK
"""

import base64
import hashlib
import http.client
import json
import random
import sys
import urllib.parse

from served import Served

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
TYPES = ["application/vnd.example.oci.conformance.v1", "application/vnd.example.oci.conformance.v2"]
REPO, OTHER = "conformance/repo1", "conformance/repo2"
randomness = random.Random(1)
passed = 0

served = Served(sys.argv[1], "--oci-deletes", "--transitions", "instant")
host = served.url.removeprefix("http://")
ecr = served.client("ecr")
for repository in (REPO, OTHER):
    ecr.create_repository(repositoryName=repository)
token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
connection = http.client.HTTPConnection(host)


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    def __getitem__(self, name):
        return self.headers.get(name)

    @property
    def json(self):
        return json.loads(self.body)


def ask(what, method, path, expect, headers={}, body=None):
    global passed
    connection.request(method, path, body, {"Authorization": f"Basic {token}", **headers})
    answer = Answer(connection.getresponse())
    expected = expect if isinstance(expect, tuple) else (expect,)
    assert answer.status in expected, (what, method, path, answer.status, answer.body[:300])
    if 400 <= answer.status < 500 and method != "HEAD" and answer.status != 416:
        # Errors have the specification's format.
        assert answer.json["errors"][0]["code"].isupper() and answer["Content-Type"].startswith("application/json"), what
    if method == "HEAD":
        assert answer.body == b"", what
    passed += 1
    return answer


def is_(found, expected, what):
    global passed
    assert found == expected, (what, found, expected)
    passed += 1


def digest_of(data, algorithm="sha256"):
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def at(place, **query):
    """Returns a location with a query added to the one it has."""
    return place + ("&" if "?" in place else "?") + urllib.parse.urlencode(query) if query else place


def start(repository=REPO):
    return ask("end-4a", "POST", f"/v2/{repository}/blobs/uploads/", 202, {"Content-Length": "0"})["Location"]


def verify(what, answer, digest, data):
    is_(answer["Docker-Content-Digest"], digest, what)
    is_(ask(what, "GET", answer["Location"], 200).body, data, f"{what}: Location leads to the blob")


def push(data, algorithm="sha256", repository=REPO):
    digest = digest_of(data, algorithm)
    put = ask("end-6", "PUT", at(start(repository), digest=digest), 201, {"Content-Type": "application/octet-stream"}, data)
    verify("POST then PUT", put, digest, data)
    return digest


def post_only(data, algorithm):
    digest = digest_of(data, algorithm)
    verify("end-4b", ask("end-4b", "POST", f"/v2/{REPO}/blobs/uploads/?digest={digest}", 201, {}, data), digest, data)
    return digest


def chunked(data, algorithm, by_put, disordered):
    digest, place, size = digest_of(data, algorithm), start(), 1024
    for first in range(0, len(data), size):
        last = min(first + size, len(data)) - 1
        if disordered:
            wrong = first + size if first + size < len(data) else 0
            end = min(wrong + size, len(data)) - 1
            is_last = by_put and end == len(data) - 1
            ask("end-5: out of order", "PUT" if is_last else "PATCH", at(place, digest=digest) if is_last else place, 416,
                {"Content-Range": f"{wrong}-{end}"}, data[wrong:end + 1])
            status = ask("end-13", "GET", place, 204)
            assert status["Range"].startswith("0-")
            if first:
                is_(status["Range"], f"0-{first - 1}", "end-13")
            place = status["Location"]
        put = by_put and last == len(data) - 1
        answer = ask("end-5", "PUT" if put else "PATCH", at(place, digest=digest) if put else place, 201 if put else 202,
                     {"Content-Range": f"{first}-{last}", "Content-Type": "application/octet-stream"}, data[first:last + 1])
        if not put:
            is_(answer["Range"], f"0-{last}", "end-5")
            place = answer["Location"]
    if not by_put:
        answer = ask("end-6", "PUT", at(place, digest=digest), 201, {"Content-Length": "0"})
    verify("chunks", answer, digest, data)
    return digest


def streamed(data, algorithm):
    digest = digest_of(data, algorithm)
    connection.request("PATCH", start(), iter([data[:100], data[100:]]), {"Authorization": f"Basic {token}"}, encode_chunked=True)
    patch = Answer(connection.getresponse())
    is_(patch.status, 202, "stream")
    verify("stream", ask("end-6", "PUT", at(patch["Location"], digest=digest), 201, {"Content-Length": "0"}), digest, data)
    return digest


def remove_blob(digest, repository=REPO):
    ask("end-10", "DELETE", f"/v2/{repository}/blobs/{digest}", 202)
    ask("end-10", "HEAD", f"/v2/{repository}/blobs/{digest}", 404)


def blobs(algorithm):
    ask("end-2: absent", "GET", f"/v2/{REPO}/blobs/{digest_of(b'absent', algorithm)}", 404)
    ways = [lambda data: push(data, algorithm), lambda data: post_only(data, algorithm), lambda data: streamed(data, algorithm)]
    ways += [lambda data, p=p, d=d: chunked(data, algorithm, p, d) for p in (False, True) for d in (False, True)]
    for way in ways:
        data = randomness.randbytes(3067)
        digest = way(data)
        head = ask("end-2", "HEAD", f"/v2/{REPO}/blobs/{digest}", 200)
        is_((head["Content-Length"], head["Docker-Content-Digest"]), (str(len(data)), digest), "end-2")
        get = ask("end-2", "GET", f"/v2/{REPO}/blobs/{digest}", 200)
        is_((get.body, get["Content-Length"], get["Docker-Content-Digest"]), (data, str(len(data)), digest), "end-2")
        remove_blob(digest)
    # A chunk that was already sent.
    place = ask("end-5", "PATCH", start(), 202, {"Content-Range": "0-9"}, b"0123456789")["Location"]
    ask("end-5: retried", "PATCH", place, 416, {"Content-Range": "0-9"}, b"0123456789")
    is_(ask("end-13", "GET", place, 204)["Range"], "0-9", "end-13")
    # Mounts.
    for source in ({"from": OTHER}, {}):
        data = randomness.randbytes(512)
        digest = push(data, algorithm, OTHER)
        verify("end-11", ask("end-11", "POST", at(f"/v2/{REPO}/blobs/uploads/", mount=digest, **source), 201), digest, data)
        remove_blob(digest)
        remove_blob(digest, OTHER)
    data = randomness.randbytes(512)
    digest = digest_of(data, algorithm)
    missing = ask("end-11: absent", "POST", at(f"/v2/{REPO}/blobs/uploads/", mount=digest, **{"from": OTHER}), 202)
    ask("end-6", "PUT", at(missing["Location"], digest=digest), 201, {}, data)
    remove_blob(digest)
    # Cancelled uploads.
    place = start()
    ask("cancel", "DELETE", place, 204, {"Content-Length": "0"})
    ask("cancel", "GET", place, 404)
    # Ranges.
    data = randomness.randbytes(2048)
    digest = push(data, algorithm)
    for asked, first, last in [("500-1499", 500, 1499), ("500-", 500, 2047), ("-500", 1548, 2047), ("2000-5000", 2000, 2047)]:
        part = ask("range", "GET", f"/v2/{REPO}/blobs/{digest}", 206, {"Range": f"bytes={asked}"})
        is_((part.body, part["Content-Range"]), (data[first:last + 1], f"bytes {first}-{last}/2048"), "range")
        is_(part["Content-Length"], str(last - first + 1), "range")
    for asked in ("500-0", "5000-10000"):
        ask("range", "GET", f"/v2/{REPO}/blobs/{digest}", 416, {"Range": f"bytes={asked}"})
    remove_blob(digest)
    for data in (b"", b"{}"):
        digest = push(data, algorithm)
        head = ask("end-2", "HEAD", f"/v2/{REPO}/blobs/{digest}", 200)
        is_(head["Content-Length"], str(len(data)), "end-2")
        is_(ask("end-2", "GET", f"/v2/{REPO}/blobs/{digest}", 200).body, data, "end-2")
        remove_blob(digest)
    # Content that does not match its digest or type.
    digest, other = digest_of(b"right", algorithm), b"wrong"
    ask("bad digest", "POST", f"/v2/{REPO}/blobs/uploads/?digest={digest}", 400, {}, other)
    ask("bad digest", "PUT", at(start(), digest=digest), 400, {}, other)
    place = ask("end-5", "PATCH", start(), 202, {"Content-Range": "0-4"}, other)["Location"]
    ask("bad digest", "PUT", at(place, digest=digest), 400, {"Content-Length": "0"})
    place = ask("end-5", "PATCH", start(), 202, {}, other)["Location"]
    ask("bad digest", "PUT", at(place, digest=digest), 400, {"Content-Length": "0"})


class Data:
    """Images that are pushed and deleted together."""

    def __init__(self, algorithm="sha256"):
        self.algorithm, self.blobs, self.manifests, self.tags, self.referrers = algorithm, {}, {}, {}, {}

    def blob(self, kind, data):
        digest = digest_of(data, self.algorithm)
        self.blobs[digest] = data
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    def manifest(self, content, tag=None):
        data = json.dumps(content).encode()
        digest = digest_of(data, self.algorithm)
        self.manifests[digest] = (content["mediaType"], data)
        if tag:
            self.tags[tag] = digest
        if "subject" in content:
            kind = content.get("artifactType") or content.get("config", {}).get("mediaType")
            entry = {"mediaType": content["mediaType"], "digest": digest, "size": len(data)}
            if kind:
                entry["artifactType"] = kind
            if content.get("annotations"):
                entry["annotations"] = content["annotations"]
            self.referrers.setdefault(content["subject"]["digest"], []).append(entry)
        return {"mediaType": content["mediaType"], "digest": digest, "size": len(data)}

    def image(self, tag=None, layers=2, kind=CONFIG, layer=LAYER, **more):
        config = self.blob(kind, b"{}" if kind == EMPTY else json.dumps({"n": randomness.random()}).encode())
        content = {"schemaVersion": 2, "mediaType": IMAGE, "config": config,
                   "layers": [self.blob(layer, randomness.randbytes(300)) for _ in range(layers)]}
        return self.manifest({**content, **more}, tag)

    def index(self, tag=None, children=2, of=None, **more):
        children = of if of is not None else [self.image() for _ in range(children)]
        return self.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": children, **more}, tag)


def tag_by_parameters(name, data):
    for number, (digest, (kind, bytes)) in enumerate(data.manifests.items()):
        data.tags[f"{name.replace(' ', '-')}-{number}"] = digest
        tags = [tag for tag, tagged in data.tags.items() if tagged == digest]
        place = f"/v2/{REPO}/manifests/{digest}?{urllib.parse.urlencode([('tag', tag) for tag in tags])}"
        put = ask(f"{name}: end-7b", "PUT", place, 201, {"Content-Type": kind}, bytes)
        is_([tag.strip() for tag in put["OCI-Tag"].split(",")], tags, name)
        is_(put["Docker-Content-Digest"], digest, name)
        is_(ask(name, "GET", put["Location"], 200, {"Accept": f"{INDEX}, {IMAGE}"}).body, bytes, name)


def cycle(name, data, by_parameters=False):
    """Pushes, lists, checks, pulls, lists referrers, and deletes."""
    for digest, bytes in data.blobs.items():
        push(bytes, data.algorithm)
    if by_parameters:
        tag_by_parameters(name, data)
    places = [(digest, digest) for digest in data.manifests] + list(data.tags.items())
    for reference, digest in places if not by_parameters else ():
        kind, bytes = data.manifests[digest]
        put = ask(f"{name}: end-7", "PUT", f"/v2/{REPO}/manifests/{reference}", 201, {"Content-Type": kind}, bytes)
        is_(put["Docker-Content-Digest"], digest, name)
        subject = json.loads(bytes).get("subject")
        is_(put["OCI-Subject"], subject and subject["digest"], name)
        is_(ask(name, "GET", put["Location"], 200, {"Accept": f"{INDEX}, {IMAGE}"}).body, bytes, name)
    listed = ask(f"{name}: end-8a", "GET", f"/v2/{REPO}/tags/list", 200).json["tags"]
    assert set(data.tags) <= set(listed), (name, listed)
    is_(listed, sorted(listed), name)
    for number, tag in enumerate(listed):
        rest = ask(f"{name}: end-8b", "GET", f"/v2/{REPO}/tags/list?last={tag}", 200).json["tags"]
        is_(rest, listed[number + 1:], name)
        some = ask(f"{name}: end-8b", "GET", f"/v2/{REPO}/tags/list?n={number + 1}", 200)
        is_(some.json["tags"], listed[:number + 1], name)
        is_(some["Link"] is not None, number + 1 < len(listed), name)
    for reference, digest in places:
        kind, bytes = data.manifests[digest]
        for method in ("HEAD", "GET"):
            answer = ask(f"{name}: end-3", method, f"/v2/{REPO}/manifests/{reference}", 200, {"Accept": f"{INDEX}, {IMAGE}"})
            is_((answer["Content-Type"], answer["Content-Length"], answer["Docker-Content-Digest"]),
                (kind, str(len(bytes)), digest), name)
            is_(answer.body, bytes if method == "GET" else b"", name)
    for subject, entries in data.referrers.items():
        answer = ask(f"{name}: end-12a", "GET", f"/v2/{REPO}/referrers/{subject}", 200)
        is_((answer["Content-Type"], answer.json["schemaVersion"], answer.json["mediaType"]), (INDEX, 2, INDEX), name)
        for entry in entries:
            assert entry in answer.json["manifests"], (name, entry, answer.json)
        for kind in {entry.get("artifactType") for entry in entries} - {None}:
            answer = ask(f"{name}: end-12b", "GET", at(f"/v2/{REPO}/referrers/{subject}", artifactType=kind), 200)
            is_(answer["OCI-Filters-Applied"], "artifactType", name)
            found = answer.json["manifests"]
            is_(sorted(e["digest"] for e in found), sorted(e["digest"] for e in entries if e.get("artifactType") == kind), name)
    for tag in data.tags:
        ask(f"{name}: end-9", "DELETE", f"/v2/{REPO}/manifests/{tag}", 202)
        ask(f"{name}: end-9", "HEAD", f"/v2/{REPO}/manifests/{tag}", 404)
    for digest in reversed(data.manifests):
        ask(f"{name}: end-9", "DELETE", f"/v2/{REPO}/manifests/{digest}", 202)
        ask(f"{name}: end-9", "HEAD", f"/v2/{REPO}/manifests/{digest}", 404)
    for digest in data.blobs:
        remove_blob(digest)


def manifests():
    def one(name, make, algorithm="sha256", by_parameters=False):
        data = Data(algorithm)
        make(data)
        cycle(name, data, by_parameters)

    def subjects(data, subject):
        data.image(subject=subject)
        for number, kind in enumerate(TYPES):
            data.image(f"artifact{number}", 1, EMPTY, kind, artifactType=kind, subject=subject,
                       annotations={"org.opencontainers.conformance": f"hello {number}"})

    def foreign(data):
        config = data.blob(CONFIG, b'{"foreign":1}')
        layer = {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "digest": digest_of(b"far"),
                 "size": 123456, "urls": ["https://store.example.com/blobs/far"]}
        data.manifest({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]}, "foreign")

    def embedded(data):
        config = data.blob(CONFIG, b'{"data":1}')
        config["data"] = base64.b64encode(b'{"data":1}').decode()
        data.manifest({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": []}, "data-field")

    def without_layers(data):
        empty = data.blob(EMPTY, b"{}")
        data.manifest({"schemaVersion": 2, "mediaType": IMAGE, "artifactType": TYPES[0], "config": empty, "layers": [empty]}, "bare")

    one("image", lambda d: d.image("image"))
    one("uncompressed image", lambda d: d.image("uncompressed", layer=LAYER.removesuffix("+gzip")))
    one("large manifest", lambda d: d.image("large", annotations={f"large-{i}": "A" * 10000 for i in range(390)}))
    one("index", lambda d: d.index("index"))
    one("nested index", lambda d: d.index("nested", of=[d.index(), d.index()]))
    one("empty index", lambda d: d.index("empty", of=[]))
    one("artifact", lambda d: d.image("artifact", 1, EMPTY, TYPES[0], artifactType=TYPES[0]))
    one("artifact without layers", without_layers)
    one("artifact index", lambda d: d.index("artifact-index", artifactType=TYPES[0]))
    one("artifacts with a subject", lambda d: subjects(d, d.image("image")))
    one("index with a subject", lambda d: d.index("tagged", artifactType=TYPES[0], subject=d.index("index")))
    one("missing subject", lambda d: subjects(d, {"mediaType": IMAGE, "size": 123, "digest": digest_of(b"missing content")}))
    one("data field", embedded)
    one("non-distributable layers", foreign)
    one("custom fields", lambda d: d.index("custom", of=[d.image(**{"org.example": [1, {"a": None}]})], more={"x": 1}))
    one("no layers", lambda d: d.image("no-layers", 0))
    one("sha512", lambda d: d.index(), "sha512")
    for algorithm in ("sha256", "sha512"):
        one(f"tag parameters {algorithm}", lambda d: d.index(f"top-{algorithm}"), algorithm, by_parameters=True)


def errors():
    ask("end-3: absent", "GET", f"/v2/{REPO}/manifests/{digest_of(b'none')}", 404)
    ask("end-3: absent", "GET", f"/v2/{REPO}/manifests/missing-tag", 404)
    for method in ("HEAD", "GET", "DELETE"):
        ask("end-3: no tag", method, f"/v2/{REPO}/manifests/.INVALID_MANIFEST_NAME", 404)
    ask("end-7: no tag", "PUT", f"/v2/{REPO}/manifests/.INVALID_MANIFEST_NAME", 400, {"Content-Type": IMAGE}, b"{}")
    ask("end-3", "GET", f"/v2/{REPO}/manifests/sha256:baddigeststring", (400, 404))
    ask("end-7", "PUT", f"/v2/{REPO}/manifests/sha256:baddigeststring", 400, {"Content-Type": IMAGE}, b"{}")
    ask("end-7", "PUT", f"/v2/{REPO}/manifests/sha256:totallywrong", 400, {"Content-Type": IMAGE}, b"blablabla")
    data = Data()
    image = data.image("bad")
    for bytes in data.blobs.values():
        push(bytes)
    changed = data.manifests[image["digest"]][1] + b"  "
    ask("end-7: bad digest", "PUT", f"/v2/{REPO}/manifests/{image['digest']}", 400, {"Content-Type": IMAGE}, changed)
    ask("end-9: never pushed", "DELETE", f"/v2/{REPO}/manifests/{image['digest']}", 404)
    # A registry may reject a manifest with missing content, with this code; Drydock does.
    for digest in data.blobs:
        remove_blob(digest)
    content = data.manifests[image["digest"]][1]
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [image]}).encode()
    for kind, bytes in ((IMAGE, content), (INDEX, index)):
        sparse = ask("end-7: sparse", "PUT", f"/v2/{REPO}/manifests/sparse", (400, 404), {"Content-Type": kind}, bytes)
        is_(sparse.json["errors"][0]["code"], "MANIFEST_BLOB_UNKNOWN", "sparse")
    too_large = ask("end-7: 413", "PUT", f"/v2/{REPO}/manifests/large", 413, {"Content-Type": IMAGE}, b" " * ((4 << 20) + 1))
    assert too_large.json["errors"], "413"
    connection.close()
    ask("end-8a", "GET", "/v2/conformance/none/tags/list", 404)


try:
    is_(ask("end-1", "GET", "/v2/", 200).status, 200, "end-1")
    is_(ask("end-8a: empty", "GET", f"/v2/{REPO}/tags/list", 200).json, {"name": REPO, "tags": []}, "end-8a")
    empty = ask("end-12a: empty", "GET", f"/v2/{REPO}/referrers/{digest_of(b'x')}", 200)
    is_((empty["Content-Type"], empty.json["manifests"]), (INDEX, []), "end-12a")
    for algorithm in ("sha256", "sha512"):
        blobs(algorithm)
    manifests()
    errors()
    print(f"{passed} requirements hold")
finally:
    served.terminate()

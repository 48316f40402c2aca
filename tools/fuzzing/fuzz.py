"""The program of `tools/fuzz`: seeded, and limited in count and time. All targets have the same checks: no 5xx response except
"not simulated", no crash, no internal error, and commands exit with 0, 1, 2 or 64 (wrong arguments).
"""

import ast
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "benchmarks"))

import http.client
import socket

from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

from load import Caller, Server

program, count = sys.argv[1], int(sys.argv[2])
wanted = sys.argv[3] if len(sys.argv) > 3 else None
lot = int(os.environ.get("FUZZ_SEED", "1"))
corpus = pathlib.Path(__file__).parent / "corpus"
folder = tempfile.mkdtemp(prefix="drydock-fuzz-")
server = None
targets, found = {}, {}


def begin():
    global server
    if server is None or not server.alive:
        server = Server(program, "--snapshots", folder + "/snapshots")
    return server


def judge(answer, may_be_damaged=False):
    """Checks a response and the server. With `may_be_damaged`, the state came from outside, and its damage may show up later."""
    if may_be_damaged and (answer.headers.get("x-drydock-explanation") or "").startswith("The state is damaged"):
        return alive()
    assert answer.status < 500 or answer.status == 501, f"{answer.status}: {answer.body[:300]!r}"
    alive()


def alive():
    assert server.alive, f"the server ended: {server.errors[-3:]}"
    bugs = [line for line in server.errors if line.startswith("drydock: internal error") or "Fatal error:" in line]
    server.errors.clear()
    assert not bugs, bugs


def target(*strategies, share=1):
    """Registers a function as a target with generated arguments. Slow targets, which start a program each time, get only a
    `share` of the examples."""

    def register(function):
        def bounded(values):
            begin()
            try:
                function(*values)
            except Exception:
                # The last one is the smallest.
                found[function.__name__] = values
                raise

        bounded.__name__ = bounded.__qualname__ = function.__name__
        bounded.__module__ = "fuzz"
        run = settings(
            max_examples=max(5, int(count * share)), database=None, deadline=None, print_blob=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck))(given(st.tuples(*strategies))(bounded))
        targets[function.__name__] = (seed(lot)(run), bounded)
        return function

    return register


text = st.text(max_size=60)
bits = st.binary(max_size=200)
odd = st.sampled_from([
    "", "\0", "\x1b[2J", "../../etc/passwd", "${jndi:x}", "%00", "%zz", "�", "\U0001F600", "9" * 400, "-1", "0", "true", "null",
    "9223372036854775808", "1e999", "2023-13-45T99:99:99Z", "arn:aws:iam::123456789012:user/", "i-" + "0" * 17, "*", "a" * 5000])
word = st.one_of(text, odd)
tree = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), word),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(word, inner, max_size=4)), max_leaves=12)

# The operations and their inputs, from botocore's models.
import botocore.session

session = botocore.session.get_session()
models = {name: session.get_service_model(name) for name in ("ec2", "ecr", "iam", "sts")}
operations = [(service, name) for service, model in sorted(models.items()) for name in sorted(model.operation_names)]


def shaped(shape, depth=0):
    """Generates values that are mostly valid for a shape."""
    if depth > 4:
        return word
    good = {
        "structure": lambda: st.fixed_dictionaries(
            {}, optional={name: shaped(member, depth + 1) for name, member in list(shape.members.items())[:30]}),
        "list": lambda: st.lists(shaped(shape.member, depth + 1), max_size=3),
        "map": lambda: st.dictionaries(word, shaped(shape.value, depth + 1), max_size=3),
        "string": lambda: st.one_of(st.sampled_from(shape.enum), word) if getattr(shape, "enum", None) else word,
        "integer": st.integers, "long": st.integers, "boolean": st.booleans, "float": lambda: st.floats(allow_nan=False),
        "double": lambda: st.floats(allow_nan=False), "timestamp": lambda: word, "blob": lambda: word,
    }.get(shape.type_name, lambda: word)()
    return good if depth == 0 else st.one_of(good, good, good, word)


def flat(value, prefix=""):
    """Yields a tree's values as parameters of the query protocols."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list):
        for place, inner in enumerate(value, 1):
            yield from flat(inner, f"{prefix}.{place}")
    else:
        yield prefix, str(value)


@st.composite
def calls(draw):
    service, name = draw(st.sampled_from(operations))
    shape = models[service].operation_model(name).input_shape
    return service, name, draw(shaped(shape)) if shape else {}


def encodable(value):
    return str(value).encode("utf-8", "replace").decode()


@target(calls())
def requests(call):
    service, name, value = call
    caller = Caller(server.port)
    if service == "ecr":
        body = json.dumps(value).encode("utf-8", "replace")
        headers = caller.signed("ecr", body, {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921." + name})
    else:
        pairs = [("Action", name), ("Version", models[service].api_version)]
        pairs += [(encodable(key), encodable(inner)) for key, inner in flat(value)]
        body = urllib.parse.urlencode(pairs).encode()
        headers = caller.signed(service, body, {"Content-Type": "application/x-www-form-urlencoded"})
    judge(caller.send("POST", "/", body, headers))
    caller.close()


@target(st.binary(max_size=400), st.booleans())
def bytes_on_the_wire(data, begins_well):
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\n" if begins_well else b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        try:
            connection.sendall(head + data + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)
        except OSError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 5") or answer.startswith(b"HTTP/1.1 501"), answer[:200]
    alive()


@target(tree, st.sampled_from(["", "?", "?advance=x"]), st.sampled_from([
    "clock", "faults", "snapshot", "restore", "fork", "seed", "hub", "guests", "journal", "reset"]))
def control_plane(body, query, door):
    caller = Caller(server.port)
    answer = caller.send("POST", f"/_drydock/{door}{query}", json.dumps(body).encode("utf-8", "replace"))
    judge(answer)
    if door == "fork" and answer.status == 200:
        caller.send("DELETE", "/_drydock/forks/" + urllib.parse.quote(answer.json["name"], safe=""))
    caller.send("DELETE", "/_drydock/faults")
    caller.close()


@st.composite
def manifests(draw):
    kind = draw(st.sampled_from([
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json", "application/vnd.docker.distribution.manifest.v1+json", ""]))
    digest = "sha256:" + "0" * 64
    descriptor = st.fixed_dictionaries({}, optional={
        "mediaType": word, "digest": st.one_of(st.just(digest), word), "size": st.one_of(st.integers(), word), "urls": tree,
        "platform": tree, "annotations": tree, "data": word})
    document = draw(st.one_of(tree, st.fixed_dictionaries({}, optional={
        "schemaVersion": st.one_of(st.just(2), tree), "mediaType": st.one_of(st.just(kind), word),
        "config": st.one_of(descriptor, tree), "layers": st.one_of(st.lists(descriptor, max_size=3), tree),
        "manifests": st.lists(descriptor, max_size=3), "subject": st.one_of(descriptor, tree), "annotations": tree,
        "artifactType": word, "fsLayers": tree, "history": tree, "signatures": tree})))
    return kind, document


@target(manifests(), st.sampled_from(["v1", "sha256:" + "0" * 64, "%2e%2e", "a" * 200, "\x7f"]), st.booleans())
def manifests_by_push(drawn, reference, by_api):
    kind, document = drawn
    body = json.dumps(document).encode("utf-8", "replace")
    caller = Caller(server.port)
    caller.ecr("CreateRepository", repositoryName="fuzz")
    if by_api:
        judge(caller.ecr("PutImage", repositoryName="fuzz", imageManifest=body.decode(), imageManifestMediaType=kind))
    else:
        caller.login()
        path = f"/v2/fuzz/manifests/{urllib.parse.quote(reference)}"
        judge(caller.registry("PUT", path, body, **({"Content_Type": kind} if kind else {})))
    caller.close()


@st.composite
def policies(draw):
    statement = st.fixed_dictionaries({}, optional={
        "Effect": st.one_of(st.sampled_from(["Allow", "Deny"]), word), "Action": st.one_of(st.just("ec2:*"), tree),
        "NotAction": tree, "Resource": st.one_of(st.just("*"), tree), "Principal": tree, "Sid": word,
        "Condition": st.one_of(tree, st.dictionaries(
            st.sampled_from(["StringLike", "IpAddress", "NumericLessThan", "DateGreaterThan", "Null", "ForAllValues:StringEquals"]),
            st.dictionaries(word, st.one_of(word, st.lists(word, max_size=3)), max_size=3), max_size=3))})
    document = draw(st.one_of(tree, st.fixed_dictionaries({}, optional={
        "Version": st.one_of(st.just("2012-10-17"), word), "Id": word, "Statement": st.one_of(
            st.lists(statement, max_size=3), statement, tree)})))
    return json.dumps(document)


@target(policies(), st.sampled_from(["user", "role", "repository", "lifecycle", "registry"]))
def policies_of_all_kinds(policy, place):
    caller = Caller(server.port)
    caller.query("iam", "CreateUser", UserName="fuzz")
    caller.ecr("CreateRepository", repositoryName="fuzz")
    if place == "user":
        judge(caller.query("iam", "PutUserPolicy", UserName="fuzz", PolicyName="p", PolicyDocument=policy))
        made = caller.query("iam", "CreateAccessKey", UserName="fuzz")
        if made.status == 200:
            key = made.find("AccessKeyId")
            judge(Caller(server.port, key=key, secret=made.find("SecretAccessKey")).query("ec2", "DescribeVpcs"))
            caller.query("iam", "DeleteAccessKey", UserName="fuzz", AccessKeyId=key)
    elif place == "role":
        judge(caller.query("iam", "CreateRole", RoleName="fuzz", AssumeRolePolicyDocument=policy))
        caller.query("iam", "DeleteRole", RoleName="fuzz")
    elif place == "repository":
        judge(caller.ecr("SetRepositoryPolicy", repositoryName="fuzz", policyText=policy, force=True))
    elif place == "lifecycle":
        judge(caller.ecr("PutLifecyclePolicy", repositoryName="fuzz", lifecyclePolicyText=policy))
    else:
        judge(caller.ecr("PutRegistryPolicy", policyText=policy))
    caller.close()


def archive(names, contents, lots, cut):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in zip(names, contents):
            entry = tarfile.TarInfo(name or "x")
            entry.type = lots.choice([tarfile.REGTYPE, tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE])
            entry.linkname = lots.choice(["", "../../x", "/etc/passwd"])
            entry.size = len(content) if entry.type == tarfile.REGTYPE else 0
            try:
                tar.addfile(entry, io.BytesIO(content) if entry.size else None)
            except (ValueError, UnicodeError):
                continue
    data = out.getvalue()
    return data[:int(len(data) * cut)]


@target(st.lists(st.sampled_from([
    "manifest.json", "index.json", "oci-layout", "repositories", "blobs/sha256/" + "0" * 64, "../../evil", "a/b/layer.tar", "x"]),
    min_size=1, max_size=5), st.lists(st.one_of(bits, tree.map(lambda t: json.dumps(t).encode("utf-8", "replace"))), min_size=5,
    max_size=5), st.integers(0, 1 << 30), st.sampled_from([1, 1, 0.9, 0.5]))
def archives(names, contents, number, cut):
    data = archive(names, contents, random.Random(number), cut)
    caller = Caller(server.port)
    judge(caller.send("POST", "/_drydock/hub/images?name=worker/fuzz:v1", data, {"Content-Type": "application/octet-stream"}))
    caller.close()
    assert not os.path.exists("/evil") and not os.path.exists(folder + "/../evil")


def command(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    said = done.stdout[-500:] + done.stderr[-500:]
    assert done.returncode in (0, 1, 2, 64), f"{done.returncode}: {said!r}"
    assert b"Fatal error:" not in done.stderr and b"drydock: internal error" not in done.stderr, said


@target(st.one_of(tree, st.fixed_dictionaries({"log": st.fixed_dictionaries({}, optional={
    "version": word, "creator": tree, "entries": st.one_of(tree, st.lists(st.fixed_dictionaries({}, optional={
        "request": st.one_of(tree, st.fixed_dictionaries({}, optional={
            "method": word, "url": st.one_of(st.just("http://localhost:4566/"), word), "headers": tree, "postData": tree})),
        "response": st.one_of(tree, st.fixed_dictionaries({}, optional={
            "status": st.one_of(st.integers(), word), "headers": tree, "content": tree})), "startedDateTime": word}), max_size=3)),
    "_drydock": tree})})), st.sampled_from([1, 1, 0.7]), share=0.1)
def recordings(document, cut):
    path = folder + "/fuzz.har"
    data = json.dumps(document).encode("utf-8", "replace")
    pathlib.Path(path).write_bytes(data[:int(len(data) * cut)])
    command("verify", path, "--target", "simulator")


@target(st.one_of(st.binary(max_size=300), tree.map(lambda t: json.dumps(t).encode("utf-8", "replace")), st.lists(st.sampled_from([
    "name: x", "settings: {seed: 7}", "up:", "- {note: a}", "  - call: ec2.DescribeVpcs", "    expect: {Vpcs: []}", "down: []",
    "  - {wait: 1h}", "hub: {users: []}", "&a [*a]", "!!python/object x", "  - repeat: {times: -1, steps: []}",
    "  - {run: 'docker pull alpine'}", "variables: {x: {}}", "? {}", "requires: [guests]"]), max_size=8).map(
        lambda lines: "\n".join(lines).encode())), share=0.1)
def scenarios(data):
    path = folder + "/fuzz.yaml"
    pathlib.Path(path).write_bytes(data)
    # Without shell commands: a scenario's own programs are not under test.
    if b"shell" in data or b"guest" in data:
        return
    command("run", path, "--target", "simulator")


@target(st.integers(0, 1 << 30), st.sampled_from(["bytes", "pages", "cut", "values"]))
def snapshots(number, how):
    caller, lots = Caller(server.port), random.Random(number)
    seeded = folder + "/snapshots/seeded.drydock"
    if not os.path.exists(seeded):
        caller.query("iam", "CreateUser", UserName="kept")
        caller.query("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")
        assert caller.send("POST", "/_drydock/snapshot", b'{"file": "seeded.drydock"}').status == 200
    data = bytearray(pathlib.Path(seeded).read_bytes())
    path = folder + "/snapshots/mutant.drydock"
    if how == "values":
        import sqlite3
        pathlib.Path(path).write_bytes(data)
        database = sqlite3.connect(path)
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        table = lots.choice(tables)
        columns = [row[1] for row in database.execute(f"PRAGMA table_info('{table}')")]
        value = lots.choice(["x", -1, 1 << 62, None, b"\xff\xfe", "", 1e300])
        try:
            database.execute(f'UPDATE "{table}" SET "{lots.choice(columns)}" = ?', (value,))
            database.commit()
        except sqlite3.Error:
            pass
        database.close()
    else:
        if how == "bytes":
            for _ in range(lots.randrange(1, 20)):
                data[lots.randrange(len(data))] = lots.randrange(256)
        elif how == "pages":
            page = lots.randrange(len(data) // 4096) * 4096
            data[page:page + 4096] = lots.randbytes(4096)
        else:
            del data[lots.randrange(len(data)):]
        pathlib.Path(path).write_bytes(bytes(data))
    judge(caller.send("POST", "/_drydock/restore", b'{"file": "mutant.drydock"}'))
    # Whatever happened, the contents can be listed.
    for answer in (caller.query("iam", "ListUsers"), caller.query("ec2", "DescribeVpcs"), caller.ecr("DescribeRepositories")):
        judge(answer, may_be_damaged=True)
    caller.send("POST", "/_drydock/reset", b"{}")
    caller.close()


failed = []
try:
    for name, (run, once) in targets.items():
        if wanted and name != wanted:
            continue
        try:
            for path in sorted(corpus.glob(f"{name}-*.txt")):
                once(ast.literal_eval(path.read_text()))
            found.pop(name, None)
            run()
            print(f"{name}: ok")
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            failed.append(name)
            if name in found:
                text = repr(found[name])
                kept = corpus / f"{name}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}.txt"
                kept.write_text(text, errors="backslashreplace")
                print(f"kept as {kept}")
            causes = getattr(error, "exceptions", [error])
            print(f"{name}: FAILED\n" + "\n".join(str(cause)[:2000] for cause in causes))
        sys.stdout.flush()
finally:
    if server is not None and server.alive:
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(1 if failed else 0)

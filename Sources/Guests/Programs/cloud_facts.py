"""The facts about the instance that cloud-init uses: the metadata service's answers, and the paths of its own files."""
import json, os, re, socket, time

ROOT, INSTANCE, RUN = "/var/lib/cloud", "/var/lib/cloud/instance", "/run/cloud-init"
VERSION = "24.1"
LOG, OUTPUT = "/var/log/cloud-init.log", "/var/log/cloud-init-output.log"
DATA = RUN + "/instance-data.json"
SENSITIVE = RUN + "/instance-data-sensitive.json"


class Unreachable(Exception):
    pass


def request(method, path, headers=(), body=b"", patience=10):
    """Sends a request to the metadata service. Returns status and body."""
    try:
        with socket.create_connection(("169.254.169.254", 80), patience) as way:
            lines = [f"{method} {path} HTTP/1.1", "Host: 169.254.169.254", "Connection: close", f"Content-Length: {len(body)}"]
            way.sendall("\r\n".join(lines + [f"{name}: {value}" for name, value in headers] + ["", ""]).encode() + body)
            pieces = []
            while piece := way.recv(1 << 18):
                pieces.append(piece)
            answer = b"".join(pieces)
    except OSError as error:
        raise Unreachable(str(error))
    head, _, content = answer.partition(b"\r\n\r\n")
    if re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
        content, rest = b"", content
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            count = int(size or b"0", 16)
            content, rest = content + rest[:count], rest[count + 2:]
            if not count:
                break
    return int(head.split(b" ", 2)[1]), content


class Metadata:
    def __init__(self):
        status, token = request("PUT", "/latest/api/token", [("X-aws-ec2-metadata-token-ttl-seconds", "21600")])
        if status != 200:
            raise Unreachable(f"the metadata service returned {status}")
        self.headers = [("X-aws-ec2-metadata-token", token.decode())]

    def get(self, path):
        """Returns the content at a path below /latest/; None if there is none."""
        status, content = request("GET", "/latest/" + path, self.headers)
        return content if status == 200 else None

    def text(self, path):
        content = self.get(path)
        return content.decode(errors="replace") if content is not None else None

    def tree(self, path="meta-data/"):
        """Returns everything below a path, like cloud-init's crawl."""
        found = {}
        for line in (self.text(path) or "").split("\n"):
            if not line:
                continue
            if path == "meta-data/public-keys/":
                number, _, name = line.partition("=")
                key = self.text(f"{path}{number}/openssh-key")
                found[name] = [key] if key else []
            elif line.endswith("/"):
                found[line[:-1]] = self.tree(path + line)
            elif path + line == "meta-data/public-keys":
                found[line] = self.tree(path + line + "/")
            else:
                value = self.text(path + line)
                if value is None:
                    continue
                if value[:1] == "{":
                    try:
                        value = json.loads(value)
                    except ValueError:
                        pass
                found[line] = value.split("\n") if isinstance(value, str) and "\n" in value else value
        return found


def os_release():
    found = {}
    for line in open("/etc/os-release"):
        name, _, value = line.strip().partition("=")
        found[name] = value.strip('"')
    return found


def standard(document, host, keys, userdata):
    """Returns the names below v1 that templates use."""
    system = os_release()
    distro = {"amzn": "amazon"}.get(system.get("ID"), system.get("ID", "ubuntu"))
    release = os.uname()
    values = {
        "availability_zone": document.get("availabilityZone"), "cloud_id": "aws", "cloud_name": "aws", "distro": distro,
        "distro_release": system.get("VERSION_CODENAME", ""), "distro_version": system.get("VERSION_ID", ""),
        "instance_id": document.get("instanceId"), "kernel_release": release.release, "local_hostname": host,
        "machine": document.get("architecture") or release.machine, "platform": "ec2", "public_ssh_keys": keys,
        "python_version": "%d.%d.%d" % __import__("sys").version_info[:3], "region": document.get("region"),
        "subplatform": "metadata (http://169.254.169.254)",
        "system_platform": f"Linux-{release.release}-{release.machine}", "variant": distro,
        "system_info": {"dist": [distro, system.get("VERSION_ID", ""), system.get("VERSION_CODENAME", "")], "platform": "Linux"}}
    for name in list(values):
        if name in ("availability_zone", "cloud_name", "instance_id", "local_hostname"):
            values[name.replace("_", "-")] = values[name]
    return values


def instance_data(metadata, crawl):
    """Returns the content of instance-data.json: v1, ds and the aliases of v1's names."""
    document = json.loads(metadata.text("dynamic/instance-identity/document") or "{}")
    tree = metadata.tree() if crawl else {}
    keys = [key for names in tree.get("public-keys", {}).values() for key in names] if crawl else []
    if not crawl:
        for line in (metadata.text("meta-data/public-keys/") or "").split("\n"):
            key = metadata.text(f"meta-data/public-keys/{line.split('=')[0]}/openssh-key") if line else None
            keys += [key] if key else []
    host = (metadata.text("meta-data/local-hostname") or socket.gethostname())
    v1 = standard(document, host, keys, None)
    values = {"v1": v1, "base64_encoded_keys": [], "sensitive_keys": ["ds/meta_data/iam", "ds/user_data", "merged_cfg", "vendordata"],
              "ds": {"_doc": "EXPERIMENTAL: The structure and format of content scoped under the 'ds' key may change in subsequent "
                             "releases of cloud-init.", "dynamic": {"instance-identity": {"document": document}}, "meta_data": tree}}
    # Names with a hyphen have an alias that templates can use.
    values.update({name: value for name, value in v1.items() if name not in values})
    return values


def jinja_names(value):
    """Adds an alias for each name that a template can't use: hyphens become underscores."""
    if isinstance(value, dict):
        found = {}
        for name, inner in value.items():
            found[name] = jinja_names(inner)
            if isinstance(name, str) and "-" in name:
                found[name.replace("-", "_")] = found[name]
        return found
    return [jinja_names(inner) for inner in value] if isinstance(value, list) else value


def redacted(values):
    values = json.loads(json.dumps(values))
    for path in values.get("sensitive_keys", []):
        place, names = values, path.split("/")
        for name in names[:-1]:
            place = place.get(name, {}) if isinstance(place, dict) else {}
        if isinstance(place, dict) and names[-1] in place:
            place[names[-1]] = "redacted for non-root user"
    return values


def write(path, content, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    new = path + ".tmp"
    with open(new, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content.encode() if isinstance(content, str) else content)
    os.replace(new, path)


def write_json(path, value, mode=0o644):
    write(path, json.dumps(value, indent=1, sort_keys=True) + "\n", mode)


def read_json(path, other=None):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return other


def uptime():
    """Returns the seconds since the guest's boot."""
    try:
        return time.time() - float(open("/run/booted").read())
    except (OSError, ValueError):
        return 0.0


def fetch(url, headers=None, tries=1, body=None):
    """Returns the content at a URL.

    Raises OSError, with a reason that names the host."""
    import urllib.error, urllib.request
    for attempt in range(max(1, tries)):
        try:
            asked = urllib.request.Request(url, data=body, headers=dict({"User-Agent": f"Cloud-Init/{VERSION}"}, **(headers or {})))
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            problem = OSError(f"Fetching from {url} resulted in an invalid http code of {error.code}")
        except urllib.error.URLError as error:
            host = re.sub(r"^[^:]*://([^/:]*).*", r"\1", url)
            unknown = isinstance(error.reason, socket.gaierror)
            problem = OSError(f"Fetching from {url} failed: " + (
                f"no host '{host}' (declare it under 'internet:' of a scenario)" if unknown else str(error.reason)))
        except (ValueError, OSError) as error:
            problem = OSError(f"Fetching from {url} failed: {error}")
    raise problem

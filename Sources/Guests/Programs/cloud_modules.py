"""cloud-init's modules that guests support. Any other raises NotSupported, which sets the boot's status to error.
https://cloudinit.readthedocs.io/en/latest/reference/modules.html"""
import base64, gzip, os, random, re, socket, subprocess, sys
import cloud_facts as facts

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"


class NotSupported(Exception):
    def __init__(self, what):
        super().__init__(f"Drydock guests do not support {what}")


class ProcessExecutionError(Exception):
    def __init__(self, words, code):
        shown = words if isinstance(words, list) else ["/bin/sh", "-c", words]
        super().__init__(f"Unexpected error while running command.\nCommand: {shown}\nExit code: {code}\nReason: -\nStdout: -\nStderr: -")
        self.code = code


def run(words, text=None, quiet=False):
    """Runs a command and shows its output.

    Raises ProcessExecutionError."""
    sys.stdout.flush()
    child = subprocess.run(words, input=text, stdout=subprocess.DEVNULL if quiet else None,
                           **(dict(stdin=subprocess.DEVNULL) if text is None else dict(universal_newlines=True)))
    if child.returncode:
        raise ProcessExecutionError(words, child.returncode)


def texts(value, between=", "):
    """Returns a list of texts; the value may be one text with commas."""
    if value is None or value is False:
        return []
    if isinstance(value, str):
        return [word for word in re.split(f"[{between}]+", value) if word]
    return [str(item) for item in value] if isinstance(value, (list, dict)) else [str(value)]


def is_true(value):
    return value is True or str(value).lower() in ("true", "1", "on", "yes")


def is_amazon():
    return facts.os_release().get("ID") == "amzn"


def write(path, content, mode=0o644, flags="wb"):
    os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
    with open(path, flags) as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)


def replaced_lines(path, start, lines):
    """Replaces the lines of a file that begin with a pattern."""
    try:
        kept = [line for line in open(path).read().split("\n") if not re.match(start, line, re.I)]
    except OSError:
        kept = []
    place = next((i for i, line in enumerate(kept) if line.startswith("Match ")), len(kept))
    while place == len(kept) and kept and not kept[-1]:
        kept.pop()
        place = len(kept)
    kept[place:place] = lines
    with open(path, "w") as file:
        file.write("\n".join(kept).rstrip("\n") + "\n")


def shell_lines(commands):
    """Returns the shell script for the commands of bootcmd and runcmd."""
    lines = ["#!/bin/sh"]
    for command in commands or []:
        if isinstance(command, (list, tuple)):
            lines.append(" ".join("'%s'" % str(word).replace("'", "'\\''") for word in command if word is not None))
        elif isinstance(command, str):
            lines.append(command)
        elif command is not None:
            raise TypeError(f"Unable to shellify type '{type(command).__name__}'. Expected list, string, tuple. Got: {command}")
    return "\n".join(lines) + "\n"


# The first stage

def bootcmd(config, boot):
    if not config.get("bootcmd"):
        return
    path = facts.RUN + "/bootcmd.sh"
    write(path, shell_lines(config["bootcmd"]), 0o700)
    run(["/bin/sh", path])


def file_content(file):
    encoding = str(file.get("encoding") or "").lower().strip()
    content = file.get("content", "")
    data = content if isinstance(content, bytes) else str("" if content is None else content).encode(errors="surrogateescape")
    steps = {"gz": "z", "gzip": "z", "b64": "b", "base64": "b", "text/plain": "", "": ""}
    for name in ("gz+b64", "gzip+b64", "gz+base64", "gzip+base64"):
        steps[name] = "bz"
    if encoding not in steps:
        print(f"Unknown encoding type {encoding}, assuming text/plain", file=sys.stderr)
    for step in steps.get(encoding, ""):
        data = base64.b64decode(data) if step == "b" else gzip.decompress(data)
    source = file.get("source") or {}
    if source.get("uri"):
        try:
            data = facts.fetch(source["uri"], source.get("headers"), 3)
        except OSError:
            if not file.get("content"):
                raise
    return data


def write_each(config, deferred):
    for number, file in enumerate(config.get("write_files") or [], 1):
        if is_true(file.get("defer")) != deferred:
            continue
        path = file.get("path")
        if not path:
            print(f"No path provided to write for entry {number} in module write_files", file=sys.stderr)
            continue
        path, permissions = os.path.abspath(path), file.get("permissions", 0o644)
        if isinstance(permissions, float):
            permissions = int(permissions)
        mode = permissions if isinstance(permissions, int) else int(str(permissions), 8)
        write(path, file_content(file), mode, "ab" if is_true(file.get("append")) else "wb")
        owner = str(file.get("owner") or "root:root")
        run(["chown", owner, path])


def write_files(config, boot):
    write_each(config, False)


def write_files_deferred(config, boot):
    write_each(config, True)


# cloud-init's own, as of its version 24.1.
MOUNT_FIELDS = [None, None, "auto", "defaults,nofail,x-systemd.after=cloud-init.service,_netdev", "0", "2"]


def mounts(config, boot):
    """Writes /etc/fstab, the mount points and the swap file. A sandbox can mount nothing itself, which is an error with the entries."""
    import instance_tools
    lines, unsupported = [], []
    defaults = list(config.get("mount_default_fields") or MOUNT_FIELDS)
    listed = [entry if isinstance(entry, list) else [entry] for entry in config.get("mounts") or []]
    names = set()
    if any(re.match(r"(/dev/)?(sd|xvd|nvme)", str(entry[0])) for entry in listed if entry):
        volumes = instance_tools.volumes()
        names = {volume["device"] for volume in volumes[1:]} | {"/dev/" + name for name in instance_tools.device_names(volumes)[1:]}
    for entry in listed:
        fields = [None if field is None else str(field) for field in entry]
        if not fields or fields[0] is None or len(fields) > 1 and fields[1] is None:
            continue
        device = fields[0]
        if re.match(r"(sd|xvd|nvme|ephemeral)", device):
            device = "/dev/" + device
        if device.startswith("/dev/ephemeral"):
            boot.log("cc_mounts.py", "DEBUG", f"Ignoring nonexistent named mount {fields[0]}")
            continue
        fields = [device] + fields[1:] + [None] * (6 - len(fields))
        fields = [default if field is None else field for field, default in zip(fields, defaults)]
        # The names of the defaults, ephemeral0 and swap, have no device.
        if fields[0] == "swap" or fields[1] is None:
            continue
        fields[3] += ",comment=cloudconfig"
        lines.append("\t".join(str(field) for field in fields))
        # Without its volume, an entry with nofail mounts nothing in AWS either.
        is_absent = re.match(r"/dev/(sd|xvd|nvme)", device) and re.sub(r"(?<=[a-z])\d+$|(?<=n1)p\d+$", "", device) not in names
        if fields[2] != "swap" and not (is_absent and "nofail" in fields[3]):
            unsupported.append(f"{fields[0]} at {fields[1]}")
        if fields[2] != "swap":
            if fields[1].startswith("/"):
                os.makedirs(fields[1], exist_ok=True)
    swap = config.get("swap") or {}
    if swap.get("filename") and make_swap(str(swap["filename"]), swap):
        lines.append(f"{swap['filename']}\tnone\tswap\tsw,comment=cloudconfig\t0\t0")
        unsupported.append(f"swap in {swap['filename']}")
    if not lines:
        return
    try:
        kept = [line for line in open("/etc/fstab").read().split("\n") if line and "comment=cloudconfig" not in line]
    except OSError:
        kept = []
    write("/etc/fstab", "".join(line + "\n" for line in kept + lines))
    if unsupported:
        raise NotSupported(f"mounts ({', '.join(unsupported)}): a sandbox cannot mount; the entries are in /etc/fstab")


def make_swap(path, wanted):
    """Makes a swap file, which nothing swaps to."""
    def count(value):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([BKMGT]?)B?", str(value).strip(), re.I)
        if not match:
            raise ValueError(f"'{value}' is not valid input.")
        return int(float(match[1]) * 1024 ** "BKMGT".index((match[2] or "B").upper()))

    size = wanted.get("size", 0)
    memory = int(re.search(r"MemTotal: *(\d+)", open("/proc/meminfo").read())[1]) << 10
    size = memory if str(size) == "auto" else count(size or 0)
    if wanted.get("maxsize"):
        size = min(size, count(wanted["maxsize"]))
    if not size:
        return False
    os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
    with open(path, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.truncate(size)
    run(["mkswap", path], quiet=True)
    return True


def host_names(config):
    fqdn, name = config.get("fqdn") or "", config.get("hostname") or ""
    if not fqdn and "." in name:
        fqdn = name
    short = (name or fqdn).split(".")[0]
    return short, fqdn or short


def set_hostname(config, boot):
    if is_true(config.get("preserve_hostname")) or not (config.get("hostname") or config.get("fqdn")):
        return
    short, fqdn = host_names(config)
    name = fqdn if is_true(config.get("prefer_fqdn_over_hostname")) else short
    if socket.gethostname() != name:
        run(["hostnamectl", "set-hostname", name])


def update_etc_hosts(config, boot):
    manage = config.get("manage_etc_hosts")
    if manage in (None, False) or str(manage).lower() in ("false", "no"):
        return
    short, fqdn = host_names(config)
    if not short:
        short = fqdn = socket.gethostname()
    replaced_lines("/etc/hosts", r"127\.0\.1\.1\s", [f"127.0.1.1 {fqdn} {short}"])


def ca_certs(config, boot):
    wanted = config.get("ca_certs") or config.get("ca-certs")
    if not wanted:
        return
    if is_true(wanted.get("remove_defaults", wanted.get("remove-defaults"))):
        raise NotSupported("ca_certs with remove_defaults: guests need Drydock's certificate authority to reach AWS")
    for number, text in enumerate(wanted.get("trusted") or [], 1):
        folder = "/etc/pki/ca-trust/source/anchors" if is_amazon() else "/usr/local/share/ca-certificates"
        write(f"{folder}/cloud-init-ca-cert-{number}.crt", str(text) + "\n")
    run(["update-ca-trust" if is_amazon() else "update-ca-certificates"])


# Users

def user_fact(name):
    """Returns the name, number, group and home of a user. The last line of /etc/passwd with the name wins."""
    found = None
    for line in open("/etc/passwd", errors="replace"):
        fields = line.rstrip("\n").split(":")
        if len(fields) > 6 and fields[0] == name:
            found = fields
    return found


def has_group(name):
    return any(line.startswith(name + ":") for line in open("/etc/group", errors="replace"))


def default_user():
    """Returns the image's own user, who comes before all added users."""
    for line in open("/etc/passwd", errors="replace"):
        fields = line.split(":")
        if len(fields) > 5 and fields[2] == "1000":
            return fields[0]
    return None


def authorize(name, keys):
    home = user_fact(name)[5]
    folder = home + "/.ssh"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = folder + "/authorized_keys"
    known = open(path).read().split("\n") if os.path.exists(path) else []
    with open(path, "a") as file:
        for key in keys:
            if key.strip() and key.strip() not in known:
                file.write(key.strip() + "\n")
    os.chmod(path, 0o600)
    run(["chown", "-hR", "--reference=" + home, folder])


def imported_keys(name):
    source, _, user = name.rpartition(":")
    url = f"https://github.com/{user}.keys" if source == "gh" else f"https://launchpad.net/~{user}/+sshkeys"
    return facts.fetch(url).decode(errors="replace").split("\n")


def users_groups(config, boot):
    groups = config.get("groups") or []
    for entry in groups.split(",") if isinstance(groups, str) else [groups] if isinstance(groups, dict) else groups:
        entry = entry if isinstance(entry, dict) else {str(entry).strip(): []}
        for group, members in entry.items():
            if group and not has_group(group):
                run(["groupadd", group])
            for member in texts(members):
                if not user_fact(member):
                    print(f"Unable to add group member '{member}' to group '{group}'; user does not exist.", file=sys.stderr)
                else:
                    run(["usermod", "-a", "-G", group, member])
    wanted = config.get("users")
    if isinstance(config.get("user"), dict) and config["user"].get("name") not in (None, default_user()):
        raise NotSupported("another name for the image's user (user)")
    if (config.get("system_info") or {}).get("default_user"):
        raise NotSupported("another name for the image's user (system_info)")
    if wanted is None:
        return
    if isinstance(wanted, dict):
        wanted = [dict(facts_, name=name) if isinstance(facts_, dict) else name for name, facts_ in wanted.items() if facts_]
    wanted = texts(wanted) if isinstance(wanted, str) else list(wanted)
    if boot.is_first and wanted and not any(user == "default" or isinstance(user, dict) and user.get("name") == "default" for user in wanted):
        # Without "default" cloud-init doesn't create the image's user; a guest's disk already has it.
        name = default_user()
        if name and not any((user if isinstance(user, str) else user.get("name")) == name for user in wanted):
            run(["userdel", "-r", name])
            sudoers = "/etc/sudoers.d/90-cloud-init-users"
            if os.path.exists(sudoers):
                replaced_lines(sudoers, re.escape(name) + r"\s", [])
    for user in wanted:
        user = {"name": user} if isinstance(user, str) else {key.replace("-", "_"): value for key, value in user.items()}
        if user.get("name") == "default":
            user = dict(user, name=default_user())
            if len(user) == 1:
                continue
        if user.get("name"):
            make_user(user)
        elif user.get("snapuser"):
            raise NotSupported("users of snap (snapuser)")


def make_user(user):
    name = str(user["name"])
    if user.get("ssh_redirect_user"):
        raise NotSupported("ssh_redirect_user")
    if user.get("doas"):
        raise NotSupported("doas")
    groups = texts(user.get("groups"))
    for group in groups + texts(user.get("primary_group")):
        if not has_group(group) and user.get("create_groups", True):
            run(["groupadd", group])
    if not user_fact(name):
        words = ["useradd"]
        for field, option in (("shell", "-s"), ("homedir", "-d"), ("uid", "-u"), ("gecos", "-c"), ("primary_group", "-g")):
            if user.get(field) is not None:
                words += [option, str(user[field])]
        is_system = is_true(user.get("system"))
        words += ["-r"] if is_system else []
        words += ["-m"] if not is_system and not is_true(user.get("no_create_home")) else []
        run(words + [name])
        for field in ("expiredate", "inactive"):
            if user.get(field) is not None:
                print(f"cc_users_groups: {field} of {name} has no effect: Drydock guests do not support dates of accounts")
    else:
        print(f"User {name} already exists, skipping.")
    for group in groups:
        run(["usermod", "-a", "-G", group, name])
    hashed = user.get("hashed_passwd") or user.get("passwd")
    if user.get("plain_text_passwd"):
        run(["chpasswd"], f"{name}:{user['plain_text_passwd']}\n")
    elif hashed:
        run(["chpasswd", "-e"], f"{name}:{hashed}\n")
    if is_true(user.get("lock_passwd", True)):
        run(["passwd", "-l", name], quiet=True)
    rules = user.get("sudo")
    for rule in [] if rules in (None, False) else texts(rules, "\n"):
        write("/etc/sudoers.d/90-cloud-init-users", f"{name} {rule}\n", 0o440, "ab")
    keys = user.get("ssh_authorized_keys")
    keys = [keys] if isinstance(keys, str) else list(keys or [])
    for source in texts(user.get("ssh_import_id")):
        keys += imported_keys(source)
    if keys:
        authorize(name, keys)


def set_passwords(config, boot):
    plain, hashed, wanted = {}, {}, config.get("chpasswd") or {}
    if config.get("password"):
        plain[default_user()] = str(config["password"])
    lines = wanted.get("list") if isinstance(wanted, dict) else wanted
    for line in (lines.split("\n") if isinstance(lines, str) else lines or []):
        name, _, word = str(line).partition(":")
        if name.strip():
            (hashed if re.match(r"\$(1|2a|2y|5|6|y)(\$.+){2}", word) else plain)[name.strip()] = word
    for user in wanted.get("users") or [] if isinstance(wanted, dict) else []:
        kind = user.get("type", "hash")
        (hashed if kind == "hash" else plain)[user["name"]] = "RANDOM" if kind == "RANDOM" else str(user.get("password"))
    told = []
    for name, word in plain.items():
        if word in ("R", "RANDOM"):
            plain[name] = "".join(random.SystemRandom().choice("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(20))
            told.append(f"{name}:{plain[name]}")
    if plain:
        run(["chpasswd"], "".join(f"{name}:{word}\n" for name, word in plain.items()))
    if hashed:
        run(["chpasswd", "-e"], "".join(f"{name}:{word}\n" for name, word in hashed.items()))
    if told:
        print("Set the following 'random' passwords\n" + "\n".join(told))
    if (plain or hashed) and is_true(wanted.get("expire", True) if isinstance(wanted, dict) else True):
        for name in list(plain) + list(hashed):
            run(["passwd", "--expire", name], quiet=True)
    choice = config.get("ssh_pwauth")
    if choice is not None and str(choice).lower() != "unchanged":
        replaced_lines("/etc/ssh/sshd_config", "PasswordAuthentication\\s", ["PasswordAuthentication " + ("yes" if is_true(choice) else "no")])


def ssh(config, boot):
    for name, text in (config.get("ssh_keys") or {}).items():
        match = re.fullmatch(r"(rsa|dsa|ecdsa|ed25519)_(private|public|certificate)", name)
        if not match or match[2] == "certificate":
            raise NotSupported(f"host keys of the kind {name} (ssh_keys)")
        path = f"/etc/ssh/ssh_host_{match[1]}_key" + (".pub" if match[2] == "public" else "")
        write(path, str(text).rstrip("\n") + "\n", 0o644 if match[2] == "public" else 0o600)
    if config.get("ssh_keys"):
        kinds = sorted({name.split("_")[0] for name in config["ssh_keys"] if name.endswith("_private")})
        replaced_lines("/etc/ssh/sshd_config", "HostKey\\s", [f"HostKey /etc/ssh/ssh_host_{kind}_key" for kind in kinds])
    keys = config.get("ssh_authorized_keys") or []
    user = default_user()
    if keys and user:
        authorize(user, [str(key) for key in keys])
    if "disable_root" in config and not is_true(config["disable_root"]):
        if not os.path.exists("/run/drydock/become"):
            raise NotSupported("logins of root without a range of user ids in /etc/subuid (disable_root)")
        own = [re.sub(r'^.*command="[^"]*(\\"[^"]*)*" ', "", line) for line in open("/root/.ssh/authorized_keys").read().split("\n") if line]
        write("/root/.ssh/authorized_keys", "".join(key + "\n" for key in own + [str(key) for key in keys]), 0o600)


def ssh_import_id(config, boot):
    keys = [key for source in texts(config.get("ssh_import_id")) for key in imported_keys(source)]
    if keys and default_user():
        authorize(default_user(), keys)

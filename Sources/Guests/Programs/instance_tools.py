"""Programs that show the instance instead of the machine: lsblk, df; and AWS's own programs: ec2-metadata, cfn-signal."""
import json, os, re
import cloud_facts as facts
from service_units import complain

GIB = 1 << 30
# The space that a new system takes on its root volume, in bytes: assumed.
SYSTEM = 1700 << 20


def volumes():
    """Returns the instance's current volumes, the root first."""
    status, content = facts.request("GET", "/drydock/volumes")
    return json.loads(content) if status == 200 else []


def device_names(found):
    """Returns the kernel's device names: NVMe by number, Xen by the device's letter."""
    names = []
    for number, volume in enumerate(found):
        letters = re.sub(r"^/dev/(sd|xvd|nvme)|\d+$", "", volume["device"]) or "a"
        names.append(f"nvme{number}n1" if volume["nvme"] else "xvd" + letters)
    return names


def human(count, digits=1):
    for unit, size in (("T", 1 << 40), ("G", GIB), ("M", 1 << 20), ("K", 1 << 10)):
        if count >= size:
            value = f"{count / size:.{digits}f}"
            return (value[:-2] if value.endswith(".0") else value) + unit
    return f"{count}B"


def lsblk(words):
    columns, wanted, flags, words = None, [], set(), list(words)
    while words:
        word = words.pop(0)
        if word in ("-o", "--output") and words:
            columns = words.pop(0).upper().split(",")
        elif word.startswith("--output="):
            columns = word[9:].upper().split(",")
        elif re.fullmatch(r"-[bdfJlnpraio]+", word):
            flags |= set(word[1:])
            if "o" in word and words:
                columns = words.pop(0).upper().split(",")
        elif word in ("--json", "--bytes", "--nodeps", "--noheadings", "--fs", "--paths", "--list", "--raw", "--all"):
            flags.add({"--json": "J", "--bytes": "b", "--nodeps": "d", "--noheadings": "n", "--fs": "f", "--paths": "p", "--list": "l",
                       "--raw": "r", "--all": "a"}[word])
        elif word.startswith("-"):
            complain(f"lsblk: unrecognized option '{word}'\nTry 'lsblk --help' for more information.")
            return 1
        else:
            wanted.append(os.path.basename(word))
    found, rows = volumes(), []
    for number, (volume, name) in enumerate(zip(found, device_names(found))):
        size, major = volume["size"] * GIB, "259" if volume["nvme"] else "202"
        base = {"RM": "0", "RO": "0", "FSTYPE": "", "LABEL": "", "UUID": "", "MOUNTPOINT": "", "SERIAL": volume["id"].replace("-", ""),
                "MODEL": "Amazon Elastic Block Store" if volume["nvme"] else "", "PKNAME": ""}
        if not wanted or name in wanted:
            rows.append((0, dict(base, NAME=name, KNAME=name, TYPE="disk", SIZE=size, **{"MAJ:MIN": f"{major}:{number * 16}"})))
        if number == 0 and "d" not in flags:
            part = name + ("p1" if volume["nvme"] else "1")
            if not wanted or part in wanted or name in wanted:
                rows.append((1, dict(base, NAME=part, KNAME=part, TYPE="part", SIZE=size - (1 << 20), MOUNTPOINT="/", FSTYPE="ext4", PKNAME=name,
                                     LABEL="cloudimg-rootfs", **{"MAJ:MIN": f"{major}:{number * 16 + 1}"})))
    for name in wanted:
        if not any(row["NAME"] == name for _, row in rows):
            complain(f"lsblk: {name}: not a block device")
            return 32
    columns = columns or (["NAME", "FSTYPE", "LABEL", "UUID", "MOUNTPOINT"] if "f" in flags else ["NAME", "MAJ:MIN", "RM", "SIZE", "RO", "TYPE", "MOUNTPOINTS"])
    table = []
    for depth, row in rows:
        row = dict(row, MOUNTPOINTS=row["MOUNTPOINT"], PATH="/dev/" + row["NAME"])
        row["SIZE"] = str(row["SIZE"]) if "b" in flags else human(row["SIZE"])
        if "p" in flags:
            row["NAME"] = "/dev/" + row["NAME"]
        unknown = [column for column in columns if column not in row]
        if unknown:
            complain(f"lsblk: unknown column: {unknown[0]}")
            return 1
        table.append((depth, row))
    if "J" in flags:
        devices = []
        for depth, row in table:
            entry = {column.lower(): row[column] or None for column in columns}
            if depth:
                devices[-1].setdefault("children", []).append(entry)
            else:
                devices.append(entry)
        print(json.dumps({"blockdevices": devices}, indent=3))
        return 0
    lines = [] if "n" in flags else [columns]
    for depth, row in table:
        lines.append([("└─" if depth and column == "NAME" and not flags & {"l", "r"} else "") + row[column] for column in columns])
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))] if lines else []
    for line in lines:
        if "r" in flags:
            print(" ".join(line))
        else:
            print(" ".join(text.rjust(width) if column in ("SIZE", "RM", "RO") else text.ljust(width)
                           for text, width, column in zip(line, widths, columns)).rstrip())
    return 0


def used():
    """Returns the bytes that the guest's own disk uses."""
    total, seen = SYSTEM, {os.lstat("/").st_dev}
    for base, folders, files in os.walk("/"):
        if base == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev", "run", "usr", "mnt")]
        folders[:] = [name for name in folders if os.lstat(os.path.join(base, name)).st_dev in seen]
        for name in files:
            try:
                total += os.lstat(os.path.join(base, name)).st_blocks * 512
            except OSError:
                pass
    return total


def df(words):
    scale, paths, flags, output = 1024, [], set(), None
    for word in words:
        if word.startswith("--output="):
            output = word[9:].split(",")
        elif re.fullmatch(r"-[hHkmTPalB1MGK]+", word) or word in ("--human-readable", "--print-type", "--portability", "--total", "--local"):
            flags |= set(word[1:]) if word[1] != "-" else {{"--human-readable": "h", "--print-type": "T"}.get(word, "P")}
        elif word.startswith(("--block-size=", "-B")):
            flags.add({"G": "G", "M": "m", "1G": "G", "1M": "m", "1": "1", "1K": "k"}.get(re.sub("^(--block-size=|-B)", "", word), "k"))
        elif word.startswith("-"):
            complain(f"df: unrecognized option '{word}'\nTry 'df --help' for more information.")
            return 1
        else:
            paths.append(word)
    found = volumes()
    if not found:
        complain("df: the volumes of this instance are not known")
        return 1
    device = device_names(found)[0]
    # The file system uses part of its volume itself.
    size = int(found[0]["size"] * GIB * .97)
    taken = used()
    rows = [("/dev/" + device + ("p1" if found[0]["nvme"] else "1"), "ext4", size, taken, max(0, size - taken), "/")]
    for place in ("/run", "/dev/shm"):
        facts_ = os.statvfs(place)
        rows.append(("tmpfs", "tmpfs", facts_.f_blocks * facts_.f_frsize, (facts_.f_blocks - facts_.f_bfree) * facts_.f_frsize,
                     facts_.f_bavail * facts_.f_frsize, place))
    if paths:
        chosen = []
        for path in paths:
            if not os.path.exists(path):
                complain(f"df: {path}: No such file or directory")
                return 1
            real = os.path.realpath(path) + "/"
            chosen.append(max((row for row in rows if real.startswith(row[5].rstrip("/") + "/")), key=lambda row: len(row[5])))
        rows = chosen

    def shown(count):
        if "h" in flags or "H" in flags:
            return human(count)
        return str(-(-count // ((1 << 20) if "m" in flags or "M" in flags else GIB if "G" in flags else 1 if "1" in flags else scale)))

    named = {"source": ("Filesystem", lambda row: row[0]), "fstype": ("Type", lambda row: row[1]), "size": ("1K-blocks", lambda row: shown(row[2])),
             "used": ("Used", lambda row: shown(row[3])), "avail": ("Available" if "h" not in flags else "Avail", lambda row: shown(row[4])),
             "pcent": ("Use%", lambda row: f"{-(-row[3] * 100 // max(1, row[3] + row[4]))}%"), "target": ("Mounted on", lambda row: row[5])}
    if flags & set("hHmMG1"):
        named["size"] = ("Size" if flags & set("hH") else "1M-blocks" if flags & set("mM") else "1G-blocks" if "G" in flags else "1B-blocks", named["size"][1])
    fields = output or ["source"] + (["fstype"] if "T" in flags else []) + ["size", "used", "avail", "pcent", "target"]
    for field in fields:
        if field not in named:
            complain(f"df: '--output': field '{field}' unknown")
            return 1
    lines = [[named[field][0] for field in fields]] + [[named[field][1](row) for field in fields] for row in rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(fields))]
    for line in lines:
        print(" ".join(text.ljust(width) if field in ("source", "fstype", "target") else text.rjust(width)
                       for text, width, field in zip(line, widths, fields)).rstrip())
    return 0


# AWS's programs

ASKED = [("-a", "--ami-id", "ami-id"), ("-l", "--ami-launch-index", "ami-launch-index"), ("-m", "--ami-manifest-path", "ami-manifest-path"),
         ("-i", "--instance-id", "instance-id"), ("-t", "--instance-type", "instance-type"), ("-h", "--local-hostname", "local-hostname"),
         ("-o", "--local-ipv4", "local-ipv4"), ("-z", "--availability-zone", "placement/availability-zone"),
         ("-R", "--region", "placement/region"), ("-p", "--public-hostname", "public-hostname"), ("-v", "--public-ipv4", "public-ipv4"),
         ("-r", "--reservation-id", "reservation-id"), ("-s", "--security-groups", "security-groups")]


def is_amazon():
    return facts.os_release().get("ID") == "amzn"


def not_there(name):
    """Reports that the command doesn't exist: it belongs to another operating system."""
    complain(f"bash: {name}: command not found")
    return 127


def ec2_metadata(words):
    if not is_amazon():
        return not_there("ec2-metadata")
    metadata = facts.Metadata()
    quiet = "--quiet" in words or "-q" in words
    words = [word for word in words if word not in ("--quiet", "-q")]
    asked = [row for row in ASKED if not words or "--all" in words or set(row[:2]) & set(words)]
    for word in words:
        if word not in ("--all", "-d", "--user-data") and not any(word in row[:2] for row in ASKED):
            complain(f"ec2-metadata: unknown option {word}")
            return 1
    for _, name, path in asked:
        value = metadata.text("meta-data/" + path)
        value = "not available" if value is None else value
        print(value if quiet else f"{name[2:].replace('availability-zone', 'placement') if name == '--availability-zone' else name[2:]}: {value}")
    if "-d" in words or "--user-data" in words:
        print(("" if quiet else "user-data: ") + (metadata.text("user-data") or "not available"))
    return 0


def ec2metadata(words):
    """Ubuntu's ec2metadata."""
    if is_amazon():
        return not_there("ec2metadata")
    metadata, found = facts.Metadata(), [word.lstrip("-") for word in words]
    names = {"ami-id": "ami-id", "instance-id": "instance-id", "instance-type": "instance-type", "local-hostname": "local-hostname",
             "local-ipv4": "local-ipv4", "public-hostname": "public-hostname", "public-ipv4": "public-ipv4", "mac": "mac",
             "availability-zone": "placement/availability-zone", "security-groups": "security-groups", "reservation-id": "reservation-id"}
    for name in found or sorted(names):
        if name not in names:
            complain(f"ec2metadata: unknown option --{name}")
            return 1
        value = metadata.text("meta-data/" + names[name]) or "unavailable"
        print(value if found else f"{name}: {value}")
    return 0


def cfn(name):
    def refuse(words):
        if not is_amazon():
            return not_there(name)
        complain(f"{name}: Drydock does not simulate CloudFormation")
        return 1
    return refuse

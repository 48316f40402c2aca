"""The commands cloud-init, cloud-init-per and cloud-id."""
import json, os, shutil, subprocess, sys, time
import cloud_facts as facts

NAMES = ["init", "modules", "single", "query", "features", "analyze", "devel", "collect-logs", "clean", "status", "schema"]


def complain(text):
    print(text, file=sys.stderr)


def options(words, valued=(), flags=()):
    """Splits a command's words into options and other arguments.

    Raises ValueError."""
    found, rest, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        name, _, value = word.partition("=")
        if name in valued:
            if "=" not in word:
                if not words:
                    raise ValueError(f"argument {name}: expected one argument")
                value = words.pop(0)
            found[name.lstrip("-")] = value
        elif word in flags:
            found[word.lstrip("-")] = True
        elif word.startswith("-") and word != "-":
            raise ValueError(f"unrecognized arguments: {word}")
        else:
            rest.append(word)
    return found, rest


def need_root(what):
    if os.getuid():
        complain(what)
        sys.exit(1)


# Status

def details():
    record = (facts.read_json(facts.RUN + "/status.json") or {}).get("v1") or {}
    result = open(facts.RUN + "/result").read().strip() if os.path.exists(facts.RUN + "/result") else ""
    stages = {name: record[name] for name in ("init-local", "init", "modules-config", "modules-final") if name in record}
    errors = [error for stage in stages.values() for error in stage["errors"]]
    recoverable = {}
    for stage in stages.values():
        for level, lines in stage["recoverable_errors"].items():
            recoverable.setdefault(level, [])
            recoverable[level] += lines
    status = ("not started" if not record else "running") if not result else "error" if result == "error" else "done"
    times = [moment for stage in stages.values() for moment in (stage["start"], stage["finished"]) if moment]
    updated = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(max(times))) if times else ""
    extended = "degraded " + status if recoverable and status in ("done", "running") else status
    return {"status": status, "extended_status": extended, "boot_status_code": "enabled-by-generator", "last_update": updated,
            "detail": record.get("datasource") or "", "errors": errors, "recoverable_errors": recoverable, "stages": stages,
            "stage": record.get("stage"), "datasource": "ec2" if record.get("datasource") == "DataSourceEc2Local" else "none"}


def status(words):
    found, _ = options(words, ["--format"], ["-l", "--long", "-w", "--wait"])
    if "w" in found or "wait" in found:
        while not os.path.exists(facts.RUN + "/result"):
            time.sleep(.1)
    state, form = details(), found.get("format", "tabular")
    if form not in ("json", "tabular", "yaml"):
        raise ValueError(f"argument --format: invalid choice: '{form}' (choose from 'json', 'tabular', 'yaml')")
    if form == "tabular":
        print(f"status: {state['status']}")
        if "l" in found or "long" in found:
            for name in ("extended_status", "boot_status_code", "last_update"):
                print(f"{name}: {state[name]}")
            print(f"detail: {state['detail']}")
            print("errors:" + ("\n\t- " + "\n\t- ".join(state["errors"]) if state["errors"] else " []"))
            lines = "".join(f"\n{level}:" + "".join("\n\t- " + text.replace("\n", " ") for text in texts)
                            for level, texts in state["recoverable_errors"].items())
            print("recoverable_errors:" + (lines or " {}"))
    else:
        values = {name: value for name, value in state.items() if name != "stages"}
        values.update(state["stages"])
        values["_schema_version"] = "1"
        values["schemas"] = {"1": {name: value for name, value in values.items() if name not in ("_schema_version", "schemas")}}
        print(json.dumps(values, indent=2, sort_keys=True) if form == "json" else "---\n" + as_yaml(values) + "...\n")
    return 1 if state["status"] == "error" else 2 if state["extended_status"].startswith("degraded") else 0


def as_yaml(value, indent=0):
    pad, text = "  " * indent, ""
    if isinstance(value, dict):
        for key in sorted(value):
            inner = value[key]
            text += f"{pad}{key}:" + (" " + json.dumps(inner) + "\n" if not isinstance(inner, (dict, list)) or not inner else "\n" + as_yaml(inner, indent + 1))
        return text
    for item in value:
        text += f"{pad}- " + (json.dumps(item) + "\n" if not isinstance(item, (dict, list)) else as_yaml(item, indent + 1).lstrip())
    return text


# Queries

def query(words):
    found, rest = options(words, ["-f", "--format", "-i", "--instance-data", "-u", "--user-data", "-v", "--vendor-data"],
                          ["-a", "--all", "-l", "--list-keys", "-d", "--debug"])
    path = found.get("i") or found.get("instance-data") or (facts.SENSITIVE if os.getuid() == 0 else facts.DATA)
    data = facts.read_json(path)
    if data is None:
        complain(f"Missing instance-data file: {path}")
        return 1
    template = found.get("f") or found.get("format")
    form_all, listing = "a" in found or "all" in found, "l" in found or "list-keys" in found
    if not (rest or template or form_all or listing):
        complain("Expected one of the options: --all, --format, --list-keys or varname")
        return 1
    raw = facts.INSTANCE + "/user-data.txt"
    is_root = os.getuid() == 0
    data["userdata"] = open(raw, errors="replace").read() if is_root and os.path.exists(raw) else f"<redacted for non-root user> file:{raw}"
    data["vendordata"] = "" if is_root else f"<redacted for non-root user> file:{facts.INSTANCE}/vendor-data.txt"
    if template:
        import guest_jinja
        try:
            text, _ = guest_jinja.render(template, facts.jinja_names(data))
        except guest_jinja.TemplateError as error:
            complain(f"Failed to render templated data: {error}")
            return 1
        print(text)
        return 0
    value, place = data, ""
    if rest:
        value = facts.jinja_names(data)
        for name in rest[0].replace("[", ".").replace("]", "").split("."):
            if isinstance(value, list) and name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                where = f"instance-data '{place}' has no '{name}'" if place else f"Undefined instance-data key '{name}'"
                complain(where)
                return 1
            place += ("." if place else "") + name
    if listing:
        if not isinstance(value, dict):
            complain(f"--list-keys provided but '{place}' is not a dict")
            return 1
        print("\n".join(sorted(value)))
        return 0
    print(value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True, separators=(",", ": ")))
    return 0


def analyze(words):
    kinds = ("blame", "show", "dump", "boot")
    if not words or words[0] not in kinds:
        raise ValueError(f"argument {{blame,show,dump,boot}}: invalid choice: {words[0] if words else ''!r}")
    kind, records = words[0], facts.read_json(facts.ROOT + "/data/events.json", [])
    if kind == "boot":
        complain("cloud-init analyze boot: Drydock guests have no kernel of their own, so there are no times to show")
        return 1
    if kind == "dump":
        rows = []
        for record in records:
            for stage, name, begun, lasted, result in record:
                row = {"name": f"{stage}/{name}", "origin": "cloudinit", "description": f"running {name}"}
                rows += [dict(row, event_type="start", timestamp=begun), dict(row, event_type="finish", result=result, timestamp=begun + lasted)]
        print(json.dumps(rows, indent=1, sort_keys=True))
        return 0
    for number, record in enumerate(records, 1):
        print(f"-- Boot Record {number:02} --")
        if kind == "blame":
            for stage, name, _, lasted, _ in sorted(record, key=lambda event: -event[3]):
                print(f"     {lasted:08.5f}s ({stage}/{name})")
            print()
            continue
        print('The total time elapsed since completing an event is printed after the "@" character.')
        print('The time the event takes is printed after the "+" character.\n')
        first, total = record[0][2] if record else 0, 0.0
        for stage in dict.fromkeys(event[0] for event in record):
            own = [event for event in record if event[0] == stage]
            print(f"Starting stage: {stage}")
            for _, name, begun, lasted, result in own:
                print(f"|`->{name} ran {'successfully' if result == 'SUCCESS' else 'with errors'} @{begun - first:08.5f}s +{lasted:08.5f}s")
            took = sum(event[3] for event in own)
            total += took
            print(f"Finished stage: ({stage}) {took:08.5f} seconds\n")
        print(f"Total Time: {total:.5f} seconds\n")
    print(f"{len(records)} boot records analyzed")
    return 0


def check_config(text, name):
    """Checks a configuration against the schema and prints the result. Returns whether it is valid."""
    import cloud_schema, guest_yaml
    if not text.startswith("#cloud-config"):
        head = text.split("\n", 1)[0]
        complain(f"Invalid user-data {name}")
        complain(f'Error: Cloud config schema errors: format-l1.c1: File {name} needs to begin with "#cloud-config"'
                 if not head.startswith("#!") else f"Error: {name} is a script, and no cloud-config")
        return False
    try:
        config = guest_yaml.load(text)
        found = cloud_schema.problems(config) if isinstance(config, dict) else [] if config is None else [("format-l1.c1", "Cloud-config is not a YAML dict.")]
    except guest_yaml.YAMLError as error:
        found = [(f"format-l{error.line}.c{error.column}", f"File {name} is not valid YAML. {error.problem}")]
    if found:
        complain(f"Invalid user-data {name}")
        complain("Error: " + cloud_schema.words(found))
        return False
    print(f"Valid schema {name}")
    return True


def schema(words):
    found, _ = options(words, ["-c", "--config-file", "-t", "--schema-type", "-i", "--instance-data", "-d", "--docs"],
                       ["--system", "--annotate"])
    path = found.get("c") or found.get("config-file")
    if "annotate" in found or "d" in found or "docs" in found:
        complain("cloud-init schema: Drydock guests do not support --annotate and --docs")
        return 1
    if not path and "system" not in found:
        complain("Error:\nExpected one of --config-file, --system or --docs arguments")
        return 1
    if path:
        try:
            text = open(path, errors="replace").read()
        except OSError:
            complain(f"Error: Config file {path} does not exist")
            return 1
        return 0 if check_config(text, path) else 1
    need_root("Error:\nUnable to read system userdata or vendordata as non-root user. Try using sudo.")
    path = facts.INSTANCE + "/cloud-config.txt"
    print(f"Found cloud-config data types: user-data\n\n1. user-data at {path}:")
    return 0 if check_config(open(path, errors="replace").read(), path) else 1


# Actions

def clean(words):
    found, _ = options(words, ["-c", "--configs"], ["-l", "--logs", "-r", "--reboot", "-s", "--seed", "--machine-id"])
    need_root("Error: Must be root to clean")
    if "l" in found or "logs" in found:
        for path in (facts.LOG, facts.OUTPUT):
            if os.path.exists(path):
                os.unlink(path)
    for name in os.listdir(facts.ROOT) if os.path.isdir(facts.ROOT) else []:
        path = f"{facts.ROOT}/{name}"
        if name == "seed" and not ("s" in found or "seed" in found):
            continue
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    if "machine-id" in found:
        facts.write("/etc/machine-id", "uninitialized\n")
    if "r" in found or "reboot" in found:
        os.execv("/usr/local/bin/reboot", ["reboot"])
    return 0


def module_state():
    from cloud_boot import STATUS, Boot
    state = Boot()
    state.find()
    state.read_user_data(runs_hooks=False)
    state.record = (facts.read_json(STATUS) or {}).get("v1") or state.record
    return state


def single(words):
    found, _ = options(words, ["-n", "--name", "--frequency", "--report"], ["--report"])
    name = found.get("n") or found.get("name")
    if not name:
        raise ValueError("the following arguments are required: -n/--name")
    need_root("cloud-init single: this needs root")
    state = module_state()
    error = state.run_module(name[3:] if name.startswith("cc_") else name, found.get("frequency"))
    if error:
        complain(error)
    return 1 if error else 0


def run_modules(words):
    found, _ = options(words, ["-m", "--mode"], [])
    mode = found.get("m") or found.get("mode") or "config"
    if mode not in ("init", "config", "final"):
        raise ValueError(f"argument --mode/-m: invalid choice: '{mode}' (choose from 'init', 'config', 'final')")
    need_root("cloud-init modules: this needs root")
    state = module_state()
    state.run_stage("init" if mode == "init" else "modules-" + mode)
    state.stage = state.record["stage"] = None
    state.save()
    for error in state.errors:
        complain(error)
    return 1 if state.errors else 0


def collect_logs(words):
    found, _ = options(words, ["-t", "--tarfile"], ["-u", "--include-userdata", "-v", "--verbose"])
    need_root("This script must be run as root")
    target = os.path.abspath(found.get("t") or found.get("tarfile") or "cloud-init.tar.gz")
    paths = [path for path in (facts.LOG, facts.OUTPUT, facts.RUN) if os.path.exists(path)]
    if "u" in found or "include-userdata" in found:
        paths.append(facts.INSTANCE + "/user-data.txt")
    code = subprocess.call(["tar", "czf", target, "-C", "/"] + [path.lstrip("/") for path in paths])
    if not code:
        complain(f"Wrote {target}")
    return code


def devel(words):
    if words[:1] != ["render"]:
        complain(f"cloud-init devel {' '.join(words[:1])}: Drydock guests support only 'cloud-init devel render'")
        return 1
    found, rest = options(words[1:], ["-i", "--instance-data"], ["-d", "--debug"])
    path = found.get("i") or found.get("instance-data") or (facts.SENSITIVE if os.getuid() == 0 else facts.DATA)
    data = facts.read_json(path)
    if data is None or not rest:
        complain(f"Missing instance-data.json file: {path}" if rest else "the following arguments are required: user_data")
        return 1
    import guest_jinja
    text = open(rest[0]).read()
    if not text.startswith("## template: jinja"):
        complain(f"ERROR: {rest[0]} is not a template")
        return 1
    try:
        text, missed = guest_jinja.render(text.split("\n", 1)[1], facts.jinja_names(data))
    except guest_jinja.TemplateError as error:
        complain(f"Failed to render templated user-data: {error}")
        return 1
    if missed:
        complain("Could not render jinja template variables in file '%s': '%s'" % (rest[0], "', '".join(missed)))
    print(text)
    return 0


def features(words):
    print("NETWORK_CONFIG_V1\nNETWORK_CONFIG_V2")
    return 0


def cloud_init(words):
    words = [word for word in words if word not in ("--debug", "-d", "--force")] if words[:1] != ["status"] else words
    if words[:1] in (["--version"], ["-v"]):
        print(f"/usr/bin/cloud-init {facts.VERSION}")
        return 0
    usage = "usage: cloud-init [-h] [--version] [--debug] [--force]\n                  {" + ",".join(NAMES) + "} ..."
    if not words or words[0] in ("-h", "--help"):
        (complain if not words else print)(usage)
        return 0 if words else 2
    if words[0] not in NAMES:
        complain(f"{usage}\ncloud-init: error: argument subcommand: invalid choice: {words[0]!r} (choose from {', '.join(map(repr, NAMES))})")
        return 2
    if words[0] == "init":
        complain("cloud-init init: Drydock guests run this stage only at boot: use 'cloud-init clean --reboot'")
        return 1
    programs = {"status": status, "query": query, "analyze": analyze, "schema": schema, "clean": clean, "single": single,
                "modules": run_modules, "collect-logs": collect_logs, "devel": devel, "features": features}
    try:
        return programs[words[0]](words[1:])
    except ValueError as error:
        complain(f"{usage}\ncloud-init: error: {error}")
        return 2


def cloud_init_per(words):
    usage = "Usage: cloud-init-per frequency name cmd [ arg1 [ arg2 [ ... ] ]"
    if len(words) < 3:
        complain("Usage: cloud-init-per frequency name cmd [ arg1 [ arg2 [ ... ] ]\n   run cmd with arguments provided.\n\n"
                 "   This utility can make it easier to use boothooks or bootcmd\n   on a per \"once\" or \"always\" basis.")
        return 0 if words[:1] in (["-h"], ["--help"]) else 1
    often, name, command = words[0], words[1].replace("-", "_"), words[2:]
    places = {"once": f"{facts.ROOT}/sem/bootper.{name}.once", "instance": f"{facts.INSTANCE}/sem/bootper.{name}.instance",
              "always": None, "boot": None}
    if often not in places:
        complain(f"{usage}\ninvalid frequency: {often}")
        return 1
    place = places[often]
    if place and os.path.exists(place):
        return 0
    try:
        code = subprocess.call(command)
    except OSError as error:
        complain(f"cloud-init-per: {command[0]}: {error.strerror}")
        return 127
    if place:
        facts.write(place, f"{os.getpid()}: {code}\n")
    return code


def cloud_id(words):
    found, rest = options(words, ["-i", "--instance-data"], ["-j", "--json", "-l", "--long"])
    data = facts.read_json(found.get("i") or found.get("instance-data") or facts.DATA)
    if data is None:
        complain("ERROR: File not found '/run/cloud-init/instance-data.json'. Provide a path to instance data json file using --instance-data")
        return 1
    v1 = data["v1"]
    if "j" in found or "json" in found:
        print(json.dumps(v1, indent=1, sort_keys=True))
    else:
        print(f"{v1['cloud_id']}\t{v1['region']}" if "l" in found or "long" in found else v1["cloud_id"])
    return 0

"""cloud-init's modules of the stages config and final: locale and time zone, packages and their sources, scripts, end of boot."""
import os, re, socket, subprocess, sys, time, urllib.parse
import cloud_facts as facts
import guest_jinja
from cloud_modules import NotSupported, ProcessExecutionError, is_amazon, is_true, run, shell_lines, texts, write


def locale(config, boot):
    wanted = config.get("locale")
    if wanted in (None, False):
        return
    path = config.get("locale_configfile") or ("/etc/locale.conf" if is_amazon() else "/etc/default/locale")
    write(path, f'LANG="{wanted}"\n')


def timezone(config, boot):
    zone = config.get("timezone")
    if not zone:
        return
    path = "/usr/share/zoneinfo/" + zone
    if not os.path.isfile(path):
        raise OSError(f"Invalid timezone {zone}, no file found at {path}")
    run(["timedatectl", "set-timezone", zone])


def keyboard(config, boot):
    wanted = config.get("keyboard")
    if not wanted:
        return
    rows = [("XKBMODEL", wanted.get("model", "pc105")), ("XKBLAYOUT", wanted["layout"]), ("XKBVARIANT", wanted.get("variant", "")),
            ("XKBOPTIONS", wanted.get("options", ""))]
    write("/etc/default/keyboard", "".join(f'{name}="{value}"\n' for name, value in rows) + 'BACKSPACE="guess"\n')


def seed_random(config, boot):
    wanted = config.get("random_seed") or {}
    if wanted.get("command"):
        run(wanted["command"])
    # Data for the kernel's own pool has no visible effect.
    if wanted.get("data") and wanted.get("file", "/dev/urandom") != "/dev/urandom":
        write(wanted["file"], str(wanted["data"]), 0o600, "ab")


def ntp(config, boot):
    if "ntp" not in config:
        return
    wanted = config["ntp"] or {}
    if wanted.get("ntp_client") not in (None, "auto", "chrony"):
        raise NotSupported(f"the NTP client {wanted['ntp_client']} (ntp)")
    lines = [f"pool {name} iburst" for name in wanted.get("pools") or []] + [f"server {name} iburst" for name in wanted.get("servers") or []]
    write("/etc/chrony.conf" if is_amazon() else "/etc/chrony/chrony.conf", "".join(line + "\n" for line in lines))


# Package sources

def apt_configure(config, boot):
    wanted = config.get("apt") or {}
    if not wanted or is_amazon():
        return
    for name in ("debconf_selections", "disable_suites"):
        if wanted.get(name):
            raise NotSupported(f"apt's {name}")
    release = facts.os_release().get("VERSION_CODENAME", "")
    mirror = ((wanted.get("primary") or [{}])[0] or {}).get("uri") or "http://archive.ubuntu.com/ubuntu"

    def filled(text):
        return text.replace("$RELEASE", release).replace("$MIRROR", mirror).replace("$PRIMARY", mirror).replace(
            "$SECURITY", ((wanted.get("security") or [{}])[0] or {}).get("uri") or mirror)

    if wanted.get("sources_list") or wanted.get("primary"):
        write("/etc/apt/sources.list", filled(wanted.get("sources_list") or "deb $MIRROR $RELEASE main restricted universe multiverse\n"))
    if wanted.get("conf"):
        write("/etc/apt/apt.conf.d/94cloud-init-config", wanted["conf"])
    proxies = [f'Acquire::{kind}::Proxy "{value}";\n' for kind, value in (
        ("http", wanted.get("http_proxy") or wanted.get("proxy")), ("https", wanted.get("https_proxy")), ("ftp", wanted.get("ftp_proxy"))) if value]
    if proxies:
        write("/etc/apt/apt.conf.d/90cloud-init-aptproxy", "".join(proxies))
    for name, entry in (wanted.get("sources") or {}).items():
        entry = entry or {}
        if entry.get("keyid") and not entry.get("key"):
            raise NotSupported(f"keys of a key server (apt, {name}, keyid {entry['keyid']}): put the key itself in 'key'")
        key_file = ""
        if entry.get("key"):
            key_file = f"/etc/apt/cloud-init.gpg.d/{re.sub('[.]list$', '', name)}.gpg"
            os.makedirs(os.path.dirname(key_file), exist_ok=True)
            run(["/usr/local/bin/gpg", "--dearmor", "--output", key_file], str(entry["key"]))
        source = filled(str(entry.get("source") or "")).replace("$KEY_FILE", key_file)
        if source.startswith("ppa:"):
            run(["add-apt-repository", "--no-update", source])
        elif source:
            file = entry.get("filename") or name
            file = file if file.startswith("/") else "/etc/apt/sources.list.d/" + file
            write(file if file.endswith((".list", ".sources")) else file + ".list", source + "\n", 0o644, "ab")


def yum_add_repo(config, boot):
    for name, entry in (config.get("yum_repos") or {}).items():
        if not is_amazon():
            return
        identity = re.sub(r"[ \-]", "_", name)
        if not (entry.get("baseurl") or entry.get("metalink") or entry.get("mirrorlist")):
            print(f"Repository {identity} does not contain any of the keys baseurl, metalink, mirrorlist", file=sys.stderr)
            continue
        lines = [f"[{identity}]"]
        for key, value in entry.items():
            value = int(value) if isinstance(value, bool) else value
            lines.append(f"{key} = " + ("\n    ".join(map(str, value)) if isinstance(value, list) else str(value)))
        write(f"{config.get('yum_repo_dir', '/etc/yum.repos.d')}/{identity}.repo", "\n".join(lines) + "\n")


def snap(config, boot):
    wanted = config.get("snap") or {}
    commands = wanted.get("commands") or []
    for command in [commands[key] for key in sorted(commands)] if isinstance(commands, dict) else commands:
        run(command if isinstance(command, list) else ["/bin/sh", "-c", command])


def package_update_upgrade_install(config, boot):
    names, listed = [], config.get("packages") or []
    for entry in texts(listed) if isinstance(listed, str) else listed:
        if not isinstance(entry, dict):
            names.append(entry)
            continue
        for kind, inner in entry.items():
            if kind != "snap":
                names += inner
                continue
            for word in inner:
                run(["snap", "install"] + ([word] if isinstance(word, str) else list(word)))
    between = "-" if is_amazon() else "="
    names = [name if isinstance(name, str) else between.join(map(str, name)) for name in names]
    manager = "dnf" if is_amazon() else "apt-get"
    upgrades = is_true(config.get("package_upgrade", config.get("apt_upgrade")))
    problems = []
    for wanted, words in [
            (is_true(config.get("package_update", config.get("apt_update"))) or upgrades or names, ["update", "-y"] if not is_amazon() else ["makecache", "-y"]),
            (upgrades, ["dist-upgrade" if not is_amazon() else "upgrade", "-y"]), (names, ["install", "-y"] + names)]:
        if wanted:
            try:
                run([manager] + words)
            except ProcessExecutionError as error:
                problems.append(error)
    if problems:
        raise problems[-1]


# Scripts

def runcmd(config, boot):
    path = facts.INSTANCE + "/scripts/runcmd"
    if config.get("runcmd"):
        write(path, shell_lines(config["runcmd"]), 0o700)


def run_parts(boot, folder, name, where):
    try:
        files = sorted(os.listdir(folder))
    except OSError:
        return
    tried, failed = 0, []
    for file in files:
        path = f"{folder}/{file}"
        if not os.access(path, os.X_OK) or not os.path.isfile(path):
            continue
        tried += 1
        sys.stdout.flush()
        try:
            code = subprocess.run([path], stdin=subprocess.DEVNULL).returncode
        except OSError as error:
            # The script has no first line that names its interpreter.
            code = error.strerror
        if code:
            failed.append(file)
            boot.warn("subp.py", f"Failed running {path} [{code}]")
    if failed:
        boot.warn(f"cc_{name}.py", f"Failed to run module {name} ({where})")
        raise RuntimeError(f"Runparts: {len(failed)} failures ({', '.join(failed)}) in {tried} attempted commands")


def scripts_user(config, boot):
    run_parts(boot, facts.INSTANCE + "/scripts", "scripts_user", f"scripts in {facts.INSTANCE}/scripts")


def scripts_of(kind):
    folder = f"{facts.ROOT}/scripts/per-{kind}"
    return lambda config, boot: run_parts(boot, folder, f"scripts_per_{kind}", f"per-{kind} in {folder}")


scripts_per_once, scripts_per_boot, scripts_per_instance = scripts_of("once"), scripts_of("boot"), scripts_of("instance")


# The end

def keys_to_console(config, boot):
    print("-----BEGIN SSH HOST KEY KEYS-----")
    for file in sorted(os.listdir("/etc/ssh")):
        if re.fullmatch(r"ssh_host_\w+_key\.pub", file):
            print(open("/etc/ssh/" + file).read().strip())
    print("-----END SSH HOST KEY KEYS-----")


def phone_home(config, boot):
    wanted = config.get("phone_home")
    if not wanted:
        return
    if "url" not in wanted:
        return boot.warn("cc_phone_home.py", "Skipping module named phone_home, no 'url' found in 'phone_home' configuration")
    values = {"instance_id": boot.instance, "hostname": socket.gethostname(), "fqdn": socket.gethostname()}
    for kind in ("rsa", "dsa", "ecdsa", "ed25519"):
        try:
            values["pub_key_" + kind] = open(f"/etc/ssh/ssh_host_{kind}_key.pub").read()
        except OSError:
            values["pub_key_" + kind] = None
    wish = wanted.get("post", "all")
    names = list(values) if wish == "all" else texts(wish)
    body = {name: "N/A" if values.get(name) is None else str(values[name]) for name in names}
    url, _ = guest_jinja.render(str(wanted["url"]).replace("$INSTANCE_ID", boot.instance), boot.variables())
    facts.fetch(url, None, int(wanted.get("tries", 10)), urllib.parse.urlencode(body).encode())


def final_message(config, boot):
    text = str(config.get("final_message") or "").strip() or (
        "Cloud-init v. $version finished at $timestamp. Datasource $datasource.  Up $uptime seconds")
    text = re.sub(r"^## ?template:.*\n", "", text)
    values = {"version": facts.VERSION, "datasource": boot.source, "uptime": f"{facts.uptime():.2f}",
              "timestamp": time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())}
    values.update({name.upper(): value for name, value in values.items()})
    text = re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match[1], match[0]), text)
    boot.say(guest_jinja.render(text, values)[0])
    facts.write(facts.INSTANCE + "/boot-finished", f"{values['uptime']} - {values['timestamp']} - v. {facts.VERSION}\n")


def power_state_change(config, boot):
    wanted = config.get("power_state")
    if not wanted:
        return
    mode, delay, condition = wanted.get("mode"), str(wanted.get("delay", "now")), wanted.get("condition", True)
    if mode not in ("poweroff", "reboot", "halt"):
        raise TypeError(f"power_state[mode] required, must be one of: poweroff,reboot,halt. found: '{mode}'.")
    if not re.fullmatch(r"now|\+?\d+", delay):
        raise TypeError(f"power_state[delay] must be 'now' or '+m' (minutes). found '{delay}'.")
    if isinstance(condition, (list, str)) and str(condition).lower() not in ("true", "false"):
        code = subprocess.run(condition if isinstance(condition, list) else ["/bin/sh", "-c", condition], stdin=subprocess.DEVNULL).returncode
        condition = code == 0
    if not is_true(condition):
        return
    delay = delay if delay == "now" else "+" + delay.lstrip("+")
    boot.afterwards.append(["/usr/local/bin/shutdown", {"poweroff": "-P", "reboot": "-r", "halt": "-H"}[mode], delay]
                           + ([str(wanted["message"])] if wanted.get("message") else []))

"""The names and types in cloud-init's schema for cloud-config, as far as guests check them.
https://github.com/canonical/cloud-init/blob/24.1/cloudinit/config/schemas/schema-cloud-config-v1.json"""

ANY = ()
TEXT, FLAG, NUMBER, LIST, MAP = "string", "boolean", "integer", "array", "object"


def typed(*kinds, **more):
    return dict(more, kinds=kinds)


def each(rule, *others):
    return typed(LIST, *others, items=rule)


def names(rules, *others):
    return typed(MAP, *others, properties=rules)


COMMANDS = each(typed(TEXT, LIST, "null", NUMBER, MAP))
TEXTS = each(typed(TEXT))
FLAGGED = typed(FLAG, TEXT)
USER = {name: ANY for name in (
    "name doas expiredate gecos groups homedir hashed_passwd hashed-passwd inactive lock_passwd lock-passwd no_create_home "
    "no-create-home no_log_init no-log-init no_user_group no-user-group passwd plain_text_passwd create_groups create-groups "
    "primary_group primary-group selinux_user selinux-user shell snapuser ssh_authorized_keys ssh-authorized-keys ssh_import_id "
    "ssh_redirect_user sudo system uid").split()}
USER.update(ssh_authorized_keys=TEXTS, lock_passwd=typed(FLAG), system=typed(FLAG), no_create_home=typed(FLAG), shell=typed(TEXT),
            homedir=typed(TEXT), gecos=typed(TEXT), name=typed(TEXT), uid=typed(NUMBER, TEXT), sudo=typed(TEXT, FLAG, LIST, "null"),
            groups=typed(TEXT, LIST, MAP))
FILE = {"path": typed(TEXT), "content": ANY, "owner": typed(TEXT), "permissions": ANY, "encoding": typed(TEXT), "append": typed(FLAG),
        "defer": typed(FLAG), "source": names({"uri": typed(TEXT), "headers": typed(MAP)})}
NTP = {"pools": TEXTS, "servers": TEXTS, "peers": TEXTS, "allow": TEXTS, "ntp_client": typed(TEXT), "enabled": typed(FLAG), "config": ANY}
APT = {name: ANY for name in (
    "preserve_sources_list disable_suites primary security add_apt_repo_match debconf_selections sources_list conf https_proxy "
    "http_proxy proxy ftp_proxy sources").split()}
APT.update(sources=typed(MAP), conf=typed(TEXT), sources_list=typed(TEXT), primary=typed(LIST), security=typed(LIST))
CERTIFICATES = names({"remove-defaults": typed(FLAG), "remove_defaults": typed(FLAG), "trusted": TEXTS})
KNOWN = {
    "bootcmd": COMMANDS, "runcmd": COMMANDS, "packages": each(typed(TEXT, LIST, MAP)), "write_files": each(names(FILE)),
    "users": each(names(USER, TEXT, LIST), TEXT, MAP), "user": names(USER, TEXT), "groups": typed(TEXT, LIST, MAP),
    "hostname": typed(TEXT), "fqdn": typed(TEXT), "prefer_fqdn_over_hostname": typed(FLAG), "preserve_hostname": typed(FLAG),
    "create_hostname_file": typed(FLAG), "manage_etc_hosts": FLAGGED, "timezone": typed(TEXT), "locale": FLAGGED,
    "locale_configfile": typed(TEXT), "package_update": typed(FLAG), "package_upgrade": typed(FLAG),
    "package_reboot_if_required": typed(FLAG), "apt_update": typed(FLAG), "apt_upgrade": typed(FLAG),
    "apt_reboot_if_required": typed(FLAG), "ssh_authorized_keys": TEXTS, "ssh_deletekeys": typed(FLAG), "ssh_genkeytypes": TEXTS,
    "ssh_keys": typed(MAP), "ssh_pwauth": FLAGGED, "ssh_quiet_keygen": typed(FLAG), "ssh_import_id": TEXTS, "ssh_publish_hostkeys": ANY,
    "allow_public_ssh_keys": typed(FLAG), "disable_root": typed(FLAG), "disable_root_opts": typed(TEXT), "ssh": ANY,
    "no_ssh_fingerprints": typed(FLAG), "authkey_hash": typed(TEXT), "ssh_key_console_blacklist": TEXTS,
    "ssh_fp_console_blacklist": TEXTS, "password": typed(TEXT),
    "chpasswd": names({"expire": typed(FLAG), "users": typed(LIST), "list": typed(TEXT, LIST)}),
    "ca_certs": CERTIFICATES, "ca-certs": CERTIFICATES, "final_message": typed(TEXT),
    "phone_home": names({"url": typed(TEXT), "post": typed(TEXT, LIST), "tries": typed(NUMBER)}),
    "power_state": names({"delay": typed(NUMBER, TEXT), "mode": typed(TEXT), "message": typed(TEXT), "timeout": typed(NUMBER),
                          "condition": typed(TEXT, FLAG, LIST)}),
    "swap": names({"filename": typed(TEXT), "size": typed(NUMBER, TEXT), "maxsize": typed(NUMBER, TEXT)}),
    "mounts": each(typed(LIST)), "mount_default_fields": typed(LIST), "apt": names(APT), "apt_pipelining": typed(FLAG, TEXT, NUMBER),
    "yum_repos": typed(MAP), "yum_repo_dir": typed(TEXT), "ntp": names(NTP, "null"), "snap": typed(MAP),
    "keyboard": names({"layout": typed(TEXT), "model": typed(TEXT), "variant": typed(TEXT), "options": typed(TEXT)}),
    "growpart": typed(MAP), "resize_rootfs": FLAGGED, "random_seed": typed(MAP), "disable_ec2_metadata": typed(FLAG),
    "output": typed(MAP), "merge_how": typed(TEXT, LIST), "merge_type": typed(TEXT, LIST), "launch-index": typed(NUMBER),
    "cloud_init_modules": typed(LIST), "cloud_config_modules": typed(LIST), "cloud_final_modules": typed(LIST),
}
for known in (
        "ansible apk_repos autoinstall byobu_by_default chef device_aliases disk_setup drivers fan fs_setup grub-dpkg grub_dpkg landscape "
        "lxd manage-resolv-conf manage_resolv_conf mcollective migrate network puppet reporting resolv_conf rh_subscription rsyslog "
        "salt_minion spacewalk ssh_redirect_key system_info ubuntu_advantage ubuntu_pro updates vendor_data version wireguard zypper "
        "datasource datasource_list disable_vendor_data manual_cache_clean syslog_fix_perms def_log_file unverified_modules "
        "cleanup log_cfgs preserve_sources_list ubuntu_autoinstall mounts_default").split():
    KNOWN.setdefault(known, ANY)
TYPES = {TEXT: str, FLAG: bool, NUMBER: int, LIST: list, MAP: dict, "null": type(None)}


def problems(config):
    """Returns the errors in a configuration, each with its place and reason, in the words of the schema's validator."""
    found = []

    def is_of(value, kind):
        return isinstance(value, TYPES[kind]) and not (kind == NUMBER and isinstance(value, bool))

    def check(value, rule, path):
        if not rule:
            return
        kinds = rule["kinds"]
        if not any(is_of(value, kind) for kind in kinds):
            reason = f"is not of type {kinds[0]!r}" if len(kinds) == 1 else "is not of type " + ", ".join(map(repr, kinds))
            found.append((path, f"{value!r} {reason}"))
            return
        if isinstance(value, list) and rule.get("items"):
            for number, item in enumerate(value):
                check(item, rule["items"], f"{path}.{number}")
        if isinstance(value, dict) and rule.get("properties"):
            unknown = [str(key) for key in value if key not in rule["properties"]]
            if unknown:
                listed = ", ".join(repr(key) for key in unknown)
                found.append((path, f"Additional properties are not allowed ({listed} {'was' if len(unknown) == 1 else 'were'} unexpected)"))
            for key, inner in value.items():
                check(inner, rule["properties"].get(key), f"{path}.{key}")

    for key, value in config.items():
        if key not in KNOWN:
            found.append((str(key), f"Additional properties are not allowed ({str(key)!r} was unexpected)"))
        else:
            check(value, KNOWN[key], key)
    for number, file in enumerate(config.get("write_files") or []):
        if isinstance(file, dict) and "path" not in file:
            found.append((f"write_files.{number}", "'path' is a required property"))
    if isinstance(config.get("power_state"), dict):
        mode = config["power_state"].get("mode")
        if mode is None:
            found.append(("power_state", "'mode' is a required property"))
        elif mode not in ("poweroff", "reboot", "halt"):
            found.append(("power_state.mode", f"{mode!r} is not one of ['poweroff', 'reboot', 'halt']"))
    if isinstance(config.get("phone_home"), dict) and "url" not in config["phone_home"]:
        found.append(("phone_home", "'url' is a required property"))
    return sorted(found)


def words(found):
    return "Cloud config schema errors: " + ", ".join(f"{path}: {reason}" for path, reason in found)

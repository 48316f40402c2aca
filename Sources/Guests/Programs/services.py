#!/usr/bin/python3 -ISE
"""Runs a guest's Python programs by the name they are called with: the service manager (`--init` starts the supervising process),
its log, scheduled jobs, and cloud-init."""
import os, sys

sys.dont_write_bytecode = True
sys.path.insert(0, "/opt/drydock/lib")


def program(name):
    if name in ("systemctl", "service"):
        import service_control
        return getattr(service_control, name)
    if name in ("journalctl", "systemd-cat"):
        import service_log
        return getattr(service_log, name.replace("-", "_"))
    if name == "crontab":
        import service_jobs
        return service_jobs.crontab
    if name in ("cloud-init", "cloud-init-per", "cloud-id"):
        import cloud_commands
        return getattr(cloud_commands, name.replace("-", "_"))
    if name in ("cloud-boot", "cloud-overrun"):
        import cloud_boot
        return getattr(cloud_boot, name.split("-")[1])
    if name == "--init":
        import service_manager
        return service_manager.supervise
    if name in ("shutdown", "reboot", "poweroff", "halt", "init", "telinit"):
        # On some machines these are other names of systemctl.
        return lambda words: os.execv("/usr/local/bin/" + name, [name] + words)
    if name in ("lsblk", "df", "ec2-metadata", "ec2metadata"):
        import instance_tools
        return getattr(instance_tools, name.replace("-", "_"))
    if name.startswith("cfn-"):
        import instance_tools
        return instance_tools.cfn(name)
    import package_manager
    if name in package_manager.DEBIAN + package_manager.AMAZON:
        return lambda words: package_manager.call(name, words)
    print(f"{name}: Drydock guests do not support this command", file=sys.stderr)
    sys.exit(1)


def main():
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    if name == "services" and words:
        name, words = words[0], words[1:]
    try:
        code = program(name)(words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return 141
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    code = main()
    os._exit(code or 0)

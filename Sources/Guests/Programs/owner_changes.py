"""Loaded by every Python of a guest whose users the kernel doesn't keep apart: a file may be given to any known user, as by the
stand-in for chown. It stays with the guest's one user."""
import errno, os


def is_known(path, number):
    return number < 0 or any(line.split(":")[2] == str(number) for line in open(path, errors="replace") if line.count(":") > 2)


def tolerant(change):
    def changed(path, user, group, **more):
        try:
            return change(path, user, group, **more)
        except OSError as error:
            if error.errno != errno.EINVAL or not is_known("/etc/passwd", user) or not is_known("/etc/group", group):
                raise
    return changed


if os.path.isdir("/opt/drydock") and not os.path.exists("/run/drydock/become"):
    os.chown, os.lchown, os.fchown = tolerant(os.chown), tolerant(os.lchown), tolerant(os.fchown)

"""SIGTERM leaves the state in one file, even with open requests. A folder is opened once, even if its lock file is deleted."""

import os
import signal
import subprocess
import sys
import tempfile
import threading

from served import Served

program = sys.argv[1]

with tempfile.TemporaryDirectory() as state:
    served = Served(program, "--state", state)
    iam = served.client("iam")
    for number in range(50):
        iam.create_user(UserName=f"user{number}")
    assert os.path.getsize(state + "/drydock.sqlite-wal") > 0
    # One client keeps its connection open while another sends requests continuously.
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            try:
                iam.list_users()
            except Exception:
                return

    thread = threading.Thread(target=ask)
    thread.start()
    assert served.terminate() == 0
    stop.set()
    thread.join()
    wal = state + "/drydock.sqlite-wal"
    assert not os.path.exists(wal) or os.path.getsize(wal) == 0, os.path.getsize(wal)

    served = Served(program, "--state", state)
    assert len(served.client("iam").list_users()["Users"]) == 50
    os.remove(state + "/drydock.lock")
    second = subprocess.run([program, "serve", "--port", "0", "--state", state], capture_output=True, text=True, timeout=60)
    assert second.returncode == 2 and "another 'drydock serve'" in second.stderr, second
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(15) == 0
    assert not os.path.exists(wal) or os.path.getsize(wal) == 0

# Without a state folder, layers are in the temporary folder: readable only by their owner, and deleted by the next server.
with tempfile.TemporaryDirectory() as temporary:
    os.environ["TMPDIR"] = temporary
    served = Served(program)
    first = [name for name in os.listdir(temporary) if name.startswith("drydock-serve-")]
    assert len(first) == 1, os.listdir(temporary)
    assert os.stat(f"{temporary}/{first[0]}").st_mode & 0o777 == 0o700
    served.kill()
    assert os.path.exists(f"{temporary}/{first[0]}")
    one = Served(program)
    two = Served(program)
    left = [name for name in os.listdir(temporary) if name.startswith("drydock-serve-")]
    assert len(left) == 2 and first[0] not in left, left
    assert one.terminate() == 0 and two.terminate() == 0
    assert not [name for name in os.listdir(temporary) if name.startswith("drydock-serve-")]
    del os.environ["TMPDIR"]

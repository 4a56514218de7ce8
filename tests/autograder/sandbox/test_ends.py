"""What is left when a grader ends, well or not: nothing. And the same protections for an ordinary user."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.needs import needs
from support.users import as_user

ROOT = Path(__file__).resolve().parents[3]

GRADER = """
import asyncio, sys
from autograder.sandbox import Sandbox, Limits
async def main():
    async with Sandbox(sys.argv[1], Limits()) as sandbox:
        kernel = await sandbox.start()
        detach = "import subprocess; subprocess.Popen(['sleep', '31415926'], start_new_session=True)"
        await kernel.run_cell(detach)
        print("working", flush=True)
        await kernel.run_cell("while True: pass")
asyncio.run(main())
"""


def living(word):
    """Processes with this word in their command line, zombies excepted."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("launcher", ["bubblewrap", "process"])
def test_a_killed_grader_leaves_no_process_behind(launcher):
    needs("linux")
    if launcher == "bubblewrap":
        needs("bubblewrap")
    command = [sys.executable, "-c", GRADER, launcher]
    grader = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert grader.stdout.readline() == "working\n"
    stage = f"autograder-stage-{grader.pid}-"
    assert living("31415926")
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    deadline = time.monotonic() + 20
    while (living("31415926") or living(stage)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not living("31415926")
    assert not living(stage)


TRIALS = """
import json
from dataclasses import asdict
from autograder.sandbox import protections
print(json.dumps([asdict(one) for one in protections()]))
"""


@pytest.mark.parametrize("user", ["whoever runs the tests", "an ordinary user", "root of a container"])
def test_every_protection_holds(user, tmp_path):
    needs("linux", "bubblewrap")
    command = [sys.executable, "-c", TRIALS]
    scratch = tmp_path
    if user == "an ordinary user":
        needs("root")
        scratch = Path(subprocess.check_output(["mktemp", "-d", "/tmp/ordinary-XXXXXX"], text=True).strip())
        os.chown(scratch, 65534, 65534)
        command = as_user(command, 65534, scratch)
    if user == "root of a container":  # one user id, and no right to a fresh /proc
        command = ["unshare", "--map-root-user", *command]
        if subprocess.run(["unshare", "--map-root-user", "true"], check=False).returncode:
            needs("user namespaces")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd="/", env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    found = {one["name"]: one for one in json.loads(done.stdout.splitlines()[-1])}
    assert len(found) == 16
    if user == "root of a container":  # the system counts no processes of its root: the watchdog does, later
        found.pop("number of processes")
    assert not [one for one in found.values() if not one["holds"]]


def test_without_a_sandbox_the_trials_say_what_does_not_hold():
    needs("linux")
    done = subprocess.run(
        [sys.executable, "-c", TRIALS.replace("protections()", "protections('process')")],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = {one["name"]: one["holds"] for one in json.loads(done.stdout.splitlines()[-1])}
    assert found["sandbox"]
    assert found["time"]
    assert found["memory, all together"]
    assert not found["files"]
    assert not found["system calls"]

"""No sandbox: the cause by its name and the next step, in one line, as each system shows it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autograder.sandbox import causes

# What bubblewrap 0.8 to 0.11 says on each system, and the files that tell which it is.
UID_MAP = "bwrap: setting up uid map: Permission denied"
LOOPBACK = "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted"
NAMESPACE = "bwrap: Creating new namespace failed: Operation not permitted"
NOT_ALLOWED = (
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged "
    "user namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'."
)
PROC = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted"
NESTED = "a kernel did not come up (crash: PermissionError: [Errno 1] unshare: Operation not permitted)"
APPARMOR = {"proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n"}
DOCKER = {".dockerenv": ""}
PODMAN = {"run/.containerenv": ""}
LXC = {"proc/1/environ": "PATH=/bin\0container=lxc\0"}
SYSTEMS = [
    (
        "Ubuntu 24.04",
        UID_MAP,
        APPARMOR,
        ["kernel.apparmor_restrict_unprivileged_userns", "/etc/apparmor.d/bwrap"],
    ),
    ("Ubuntu 24.04, bubblewrap 0.9", LOOPBACK, APPARMOR, ["AppArmor", "apparmor_parser -r"]),
    ("Ubuntu, a profile for bwrap alone", NESTED, APPARMOR, ["AppArmor", "/etc/apparmor.d/bwrap"]),
    ("Docker", NAMESPACE, DOCKER, ["container", "--security-opt seccomp=unconfined", "--privileged"]),
    ("Docker on Ubuntu 24.04", NAMESPACE, DOCKER | APPARMOR, ["container", "--privileged"]),
    ("Docker, seccomp off", PROC, DOCKER, ["/proc", "systempaths=unconfined"]),
    ("Podman", PROC, PODMAN, ["/proc", "unmask=ALL"]),
    ("LXC", NAMESPACE, LXC, ["container"]),
    (
        "Debian 10",
        NOT_ALLOWED,
        {"proc/sys/kernel/unprivileged_userns_clone": "0\n"},
        ["kernel.unprivileged_userns_clone is 0", "sudo sysctl --system"],
    ),
    (
        "RHEL 7, hardened",
        "bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.",
        {"proc/sys/user/max_user_namespaces": "0\n"},
        ["user.max_user_namespaces is 0", "user.max_user_namespaces=15000"],
    ),
    ("Fedora, enforcing", UID_MAP, {"sys/fs/selinux/enforce": "1"}, ["SELinux", "ausearch"]),
    ("unknown", NAMESPACE, {}, ["bwrap --ro-bind / / --unshare-user true"]),
    (
        "a library out of sight",
        "ImportError: libcblas.so.3: cannot open shared object file: No such file or directory",
        DOCKER,
        ["Python does not start inside bubblewrap", "libcblas.so.3", "python3 -m venv"],
    ),
    (
        "Python in /tmp",
        "bwrap: execvp /tmp/env/bin/python3: No such file or directory",
        {},
        ["outside of /tmp"],
    ),
]


@pytest.mark.parametrize(
    ("said", "files", "told"), [case[1:] for case in SYSTEMS], ids=[c[0] for c in SYSTEMS]
)
def test_the_cause_is_named_with_the_next_step(
    tmp_path: Path, said: str, files: dict[str, str], told: list[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    line = causes.explain(said, tmp_path)
    assert said in line
    assert all(word in line for word in told), line
    assert "\n" not in line
    assert line.count("No sandbox") == 1


def test_where_bubblewrap_is_missing_the_line_installs_it_and_elsewhere_leads_to_linux(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert "sudo apt install bubblewrap" in causes.missing()
    for system in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", system)
        assert "Grading needs Linux" in causes.missing()
        assert "apt" not in causes.missing()

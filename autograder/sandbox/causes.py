"""Why no sandbox is possible on a machine: the cause by its name, and the next step, in one line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path("/")

ELSEWHERE = (
    "Or grade on another machine; --unsafe-no-sandbox grades without protection, which is for submissions "
    "that you trust."
)
NOT_LINUX = (
    "Grading needs Linux, whose bubblewrap keeps students' code in: use WSL 2 on Windows, a virtual machine "
    "on macOS."
)
NOT_INSTALLED = (
    "bubblewrap (the program bwrap) is not installed. Install it: sudo apt install bubblewrap (Debian, "
    "Ubuntu), sudo dnf install bubblewrap (Fedora, RHEL), sudo pacman -S bubblewrap (Arch)."
)
CONTAINER = (
    "This is a container that may not make namespaces: start it with --security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined --security-opt systempaths=unconfined, or with --privileged."
)
CONTAINER_PROC = (
    "This is a container in which parts of /proc are hidden, so that no new one may be mounted: start it "
    "with --security-opt systempaths=unconfined (Podman: unmask=ALL), or with --privileged."
)
APPARMOR = (
    "AppArmor keeps ordinary users from making user namespaces (kernel.apparmor_restrict_unprivileged_userns "
    "is 1, as on Ubuntu 24.04). Allow it to bubblewrap in /etc/apparmor.d/bwrap: "
    "echo 'abi <abi/4.0>, profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }' | "
    "sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap"
)
SYSCTL = (
    "This system keeps ordinary users from making user namespaces ({name} is 0). Allow it: "
    "echo {name}={value} | sudo tee /etc/sysctl.d/90-userns.conf && sudo sysctl --system"
)
SELINUX = (
    "SELinux is enforcing, and has probably refused it: sudo ausearch -m avc -c bwrap shows what; "
    "sudo ausearch -m avc -c bwrap | audit2allow -M bwrap && sudo semodule -i bwrap.pp allows it."
)
NOT_INSIDE = (
    "The interpreter or a package needs a file that the sandbox does not show. Install the course into a new "
    "environment (python3 -m venv), outside of /tmp."
)
# What bubblewrap says, and what a kernel says that may not make its own namespaces within bubblewrap's.
_REFUSED = re.compile(
    r"bwrap: .*(namespace|uid map|RTM_NEWADDR|mount|pivot_root|not permitted|ermission denied)"
    r"|\] (unshare|mount|make mounts private|capset|seccomp)\b|(uid_map|gid_map|setgroups)'"
)


def explain(said: str, root: Path | None = None) -> str:
    """Say why there is no sandbox.

    Args:
        said: the last words of whoever failed.
        root: where the system's files are.

    Returns:
        One line: what was said, the cause where it is known, and what to do.
    """
    if said.startswith("bwrap: execvp") or not (said.startswith("bwrap:") or _REFUSED.search(said)):
        return f"No sandbox: Python does not start inside bubblewrap ({said}). {NOT_INSIDE} {ELSEWHERE}"
    return f"No sandbox: bubblewrap does not start here ({said}). {_cause(said, root or ROOT)} {ELSEWHERE}"


def missing() -> str:
    """Say that there is no bubblewrap, in one line."""
    return f"No sandbox: {NOT_INSTALLED if sys.platform == 'linux' else NOT_LINUX} {ELSEWHERE}"


def _cause(said: str, root: Path) -> str:
    if _is_container(root):
        return CONTAINER_PROC if "mount proc" in said else CONTAINER
    if _setting(root, "kernel.apparmor_restrict_unprivileged_userns") == "1":
        return APPARMOR
    for name, value in (("kernel.unprivileged_userns_clone", 1), ("user.max_user_namespaces", 15000)):
        if _setting(root, name) == "0":
            return SYSCTL.format(name=name, value=value)
    if _read(root / "sys/fs/selinux/enforce") == "1":
        return SELINUX
    return "Run `bwrap --ro-bind / / --unshare-user true` to see what the system refuses."


def _is_container(root: Path) -> bool:
    files = (".dockerenv", "run/.containerenv", "run/systemd/container")
    return any((root / name).exists() for name in files) or "container=" in _read(root / "proc/1/environ")


def _setting(root: Path, name: str) -> str:
    return _read(root / "proc/sys" / name.replace(".", "/"))


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""

"""Run commands as other users of this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from support.grading_course import ROOT

# Another user cannot enter /root, where the interpreter or this checkout may be. In a mount namespace of its
# own the command covers each closed folder with an empty one that anybody may enter, and puts back what is
# needed.
AS_USER = """
set -e
user=$1; home=$2; closed=$3; needed=$4
shift 4
scratch=$(mktemp -d)
number=0
echo "$needed" | while read -r folder; do
    [ -n "$folder" ] || continue
    number=$((number + 1))
    mkdir "$scratch/$number"
    mount --bind "$folder" "$scratch/$number"
done
echo "$closed" | while read -r folder; do
    [ -z "$folder" ] || mount -t tmpfs -o mode=755 tmpfs "$folder"
done
number=0
echo "$needed" | while read -r folder; do
    [ -n "$folder" ] || continue
    number=$((number + 1))
    mkdir -p "$folder"
    mount --move "$scratch/$number" "$folder"
    rmdir "$scratch/$number"
done
rmdir "$scratch"
export HOME="$home"
exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
"""


def is_closed(folder: Path) -> bool:
    """Whether others than its owner may not enter it."""
    return not folder.stat().st_mode & 0o001


def as_user(command: Sequence[str], user: int, home: Path) -> list[str]:
    """Return the command that runs this one as another user; only root may start it.

    Args:
        user: the user's number, and the group's.
        home: the user's home.
    """
    closed: set[Path] = set()
    needed: set[Path] = set()
    for folder in (Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT):
        outermost = next(filter(is_closed, [*reversed(folder.parents), folder]), None)
        if outermost:
            closed.add(outermost)
            # A mount keeps the mode of its folder, so of a closed one the open folders inside are mounted.
            inside = [path for path in folder.iterdir() if path.is_dir() and not is_closed(path)]
            needed.update(inside if is_closed(folder) else [folder])
    needed = {folder for folder in needed if not needed.intersection(folder.parents)}
    lists = ("\n".join(map(str, sorted(folders))) for folders in (closed, needed))
    return ["unshare", "--mount", "sh", "-c", AS_USER, "sh", str(user), str(home), *lists, *command]

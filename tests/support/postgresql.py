"""A PostgreSQL server of its own: its files in a temporary folder, its socket beside them, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.needs import needs, postgresql


class PostgreSQL:
    """A server, started and stopped as often as a test likes."""

    def __init__(self) -> None:
        needs("PostgreSQL")
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self._user: list[str] = []
        if os.geteuid() == 0:  # as root it does not start
            owner = pwd.getpwnam("nobody")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            ids = ["--reuid", str(owner.pw_uid), "--regid", str(owner.pw_gid), "--clear-groups"]
            self._user = ["setpriv", *ids]
        self._run("initdb", "--auth=trust", "--username=grader", "--no-sync", "--encoding=UTF8")

    @property
    def url(self) -> str:
        """The address of a database, as SQLAlchemy has it."""
        return f"postgresql+psycopg://grader@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End every connection, and stop."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Stop it if it runs, and remove its files."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *words: str) -> None:
        folder = postgresql()
        assert folder is not None
        command = [*self._user, str(folder / program), "-D", str(self.folder / "data"), *words]
        # Its output goes to a file: the server would keep a pipe open.
        with (self.folder / "said").open("w+") as said:
            done = subprocess.run(
                command, stdout=said, stderr=subprocess.STDOUT, cwd=self.folder, timeout=120, check=False
            )
            said.seek(0)
            assert done.returncode == 0, said.read()

"""One kernel without a fork server, for machines that cannot fork: its frames go through pipes."""

from __future__ import annotations

import asyncio
import os
import sys

from autograder.sandbox.inside import agent


class Pipes:
    """The part of a socket that `agent.Wire` needs, made of two pipes."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming, self.outgoing = incoming, outgoing

    def send(self, data: memoryview) -> int:
        """Write some of it."""
        return os.write(self.outgoing, data)

    async def receive(self, count: int) -> bytes:
        """Read some, without keeping the event loop waiting."""
        return await asyncio.get_running_loop().run_in_executor(None, os.read, self.incoming, count)


def main() -> None:
    """Be a kernel until the standard input ends."""
    home, fonts = sys.argv[1:]
    pipes = Pipes(os.dup(0), os.dup(1))
    agent.prepare(home, fonts)
    agent.serve(pipes, home)


if __name__ == "__main__":
    main()

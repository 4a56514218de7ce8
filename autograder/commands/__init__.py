"""What the command line does, a module a command, and how it looks on a terminal (`console`)."""

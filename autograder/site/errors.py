"""What stops a build before it starts."""


class SiteError(Exception):
    """One line that says what is missing or broken; the command prints it and exits with 2."""

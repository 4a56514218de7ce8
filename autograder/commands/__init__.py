"""What the command line does for authors: `new` and `lint`."""

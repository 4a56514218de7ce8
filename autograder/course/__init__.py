"""A course on disk: its settings, and where its things lie."""

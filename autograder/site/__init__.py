"""The course's site: the lessons executed and rendered, live figures, JupyterLite; nothing fetched by a reader's page.

build(root)    what `autograder site` calls
"""

from __future__ import annotations

from autograder.site.errors import SiteError

__all__ = ["SiteError", "build"]

from autograder.site.builder import build

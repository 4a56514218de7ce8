"""The course's site: lessons executed and rendered, live figures, JupyterLite.

build(root)    what `autograder site` calls
"""

from __future__ import annotations

from autograder.site.errors import SiteError

__all__ = ["SiteError", "build"]

from autograder.site.builder import build

"""Sphinx's settings for a course's site; its notebooks/conf.py imports them and adds a title.

`autograder site` passes the values that depend on the machine.
"""

from __future__ import annotations

from autograder.adaptations import skip_grammar_of_addresses

skip_grammar_of_addresses()  # before MyST-NB imports what reads notebooks

language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_nb",
    "sphinx_copybutton",
    "autograder.site.extension",
]
root_doc = "index"
source_suffix = {".ipynb": "myst-nb", ".md": "myst-nb"}
exclude_patterns = [".build", "**/.ipynb_checkpoints", ".*"]

# Lessons run once; the cache knows which of them changed. In a folder of its own, so that none writes here.
nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_timeout = 120
nb_execution_show_tb = True
nb_merge_streams = True
# The figures' own mount script stands in for require.js and its CDN.
nb_ipywidgets_js = {"mount.js": {"async": "async"}}
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_inline", "attrs_block"]
myst_heading_anchors = 3

# MathJax from this site's own folder, without the parts that would ask for a speech engine.
mathjax_path = "mathjax/startup.js"
mathjax4_config = {
    "loader": {
        "load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"],
        "paths": {"fonts": "[mathjax]/fonts"},
    },
    "options": {"enableAssistiveMml": True},
    # Not "scale" or "linebreak": both take a formula with arrows for three times as wide as it is.
    "output": {"displayOverflow": "overflow"},
}

html_theme = "sphinx_book_theme"
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "navbar_persistent": [],
    "use_download_button": False,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "toc_title": "On this page",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
copybutton_prompt_text = "$ "

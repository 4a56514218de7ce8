"""The site's settings; what is not here is `autograder.site.settings`."""

from autograder.site.settings import *  # noqa: F403

project = html_title = "Convolutional networks from NumPy"
author = "The course authors"
copyright = "The course authors, MIT licence"

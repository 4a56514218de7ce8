"""Users that a learning management system makes for an instructor who looks at a course as a student does.

They stand in its gradebooks, and hand in like everybody else. They are no students: nobody is to remind them
of a lesson, and their work is nobody's. Moodle has none: it shows the course under the instructor's name.
"""

from __future__ import annotations

import re

# Canvas hashes the login (HMAC-SHA1); the name is in the language of the site, and in English this one.
CANVAS_LOGIN = re.compile(r"[0-9a-f]{40}")
CANVAS_NAMES = {"test student", "student test", "studenttest"}
# The instructor's login and this; the names of downloaded files say what is behind the last underscore.
BLACKBOARD_LOGIN = re.compile(r"(?:.+_)?previewuser\d*", re.IGNORECASE)
# Brightspace's are accounts like others: only the name that they usually get tells them apart.
BRIGHTSPACE_NAME = re.compile(r"\b(?:demo|dummy|test) ?student\b|\bstudent (?:demo|dummy|test)\b")


def is_preview(system: str, name: str = "", login: str = "", institution: str = "") -> bool:
    """Whether somebody in a download is such a user.

    Args:
        system: canvas, moodle, brightspace or blackboard; in any other, nobody is.
        name: the full name, in either order, or squeezed as Canvas does for its files.
        login: the user name.
        institution: the number that the institution gives its students, where the download says it. A
            system's own users have none.
    """
    words = " ".join(re.findall(r"\w+", name.casefold()))
    if system == "canvas":
        return not institution and bool(words in CANVAS_NAMES or CANVAS_LOGIN.fullmatch(login))
    if system == "blackboard":
        return bool(BLACKBOARD_LOGIN.fullmatch(login))
    return system == "brightspace" and bool(BRIGHTSPACE_NAME.search(words))

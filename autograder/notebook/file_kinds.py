"""What a file is, by what is in it: nobody is told "no JSON" who handed in a web page."""

from __future__ import annotations

import re

HEAD = 2048  # bytes that are looked at

NOTEBOOK, SCRIPT, ZIP, TAR, MODULE, EMPTY, TEXT = (
    "notebook",
    "script",
    "zip",
    "tar",
    "module",
    "empty",
    "text",
)
GZIP, BZIP2, XZ = "gzip", "bzip2", "xz"
PACKED = (GZIP, BZIP2, XZ)  # one file, which may be a tar of many
# Kinds that nothing is read of: what the file is, and what to do about it.
NAMED = {
    "page": ("a web page", "the notebook itself is needed: File, Download, a file that ends in .ipynb"),
    "export": (
        "a notebook saved as text",
        "the notebook itself is needed: File, Download, a file that ends in .ipynb",
    ),
    "pdf": ("a PDF", "the notebook itself is needed, a file that ends in .ipynb"),
    "image": ("an image", "it belongs into an answer: paste it into the notebook"),
    "office": ("a document of a word processor", "its text belongs into the notebook"),
    "shortcut": (
        "a link to a page or a file elsewhere",
        "the notebook itself is needed: File, Download, a file that ends in .ipynb",
    ),
    "pointer": (
        "what Git LFS keeps in a file's place",
        "the notebook itself is needed: git lfs pull, then hand in",
    ),
    "7z": ("a 7z archive", "unpack it here with 7z, or have it handed in as a zip"),
    "rar": ("a rar archive", "unpack it here with unrar, or have it handed in as a zip"),
    "archive": ("an archive that is not opened here", "unpack it here, or have it handed in as a zip"),
    "array": ("an array", "nothing in the notebook names it"),
    "binary": (
        "a binary file",
        "nothing here can read it: a notebook would have to be handed in again",
    ),
    EMPTY: ("empty", "have it handed in again"),
    TEXT: ("a text file", "read it, or have it put into the notebook"),
    MODULE: ("a Python file", "nothing in the notebook imports it"),
    SCRIPT: ("a notebook as a Python script", "the notebook beside it counts"),
    NOTEBOOK: ("a notebook", "another one counts"),
    ZIP: ("a zip", "what is in it is not needed"),
    TAR: ("a tar", "what is in it is not needed"),
    GZIP: ("packed with gzip", "what is in it is not needed"),
    BZIP2: ("packed with bzip2", "what is in it is not needed"),
    XZ: ("packed with xz", "what is in it is not needed"),
}
SIGNATURES = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b", GZIP),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"RIFF", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"\xfd7zXZ\0", XZ),
    (b"BZh", BZIP2),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x1f\x9d", "archive"),
    (b"LZIP", "archive"),
    (b"MSCF", "archive"),
    (b"\x04\x22\x4d\x18", "archive"),
    (b"version https://git-lfs.github.com/", "pointer"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"{\\rtf", "office"),
    (b"\x93NUMPY", "array"),
)
PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|div|meta)\b", re.I | re.S
)
# What jupytext writes above a notebook in Markdown, or in a script whose cells have no marks.
FRONT = re.compile(r"\ufeff?(?:# )?---\n(?:(?!(?:# )?---).*\n)*?(?:# )?(?:jupyter|jupytext):", re.IGNORECASE)
# How Jupyter, jupytext and editors mark the cells of a notebook in a script.
CELL_MARK = re.compile(r"^# (?:%%(?P<kind>.*)|In ?\[[\d ]*\]:)\s*$", re.MULTILINE)
SHORTCUTS = (".icloud", ".gdoc", ".gsheet", ".gslides", ".gcolab", ".url", ".webloc", ".desktop", ".lnk")
ARCHIVE = re.compile(r"\.(?:zip|tar|t[gbx]z2?|(?:tar\.)?(?:gz|bz2|xz))$", re.IGNORECASE)
OTHER_ARCHIVES = (".lzma", ".lz", ".lz4", ".zst", ".br", ".z", ".ace", ".arj", ".cab", ".sit", ".dmg", ".iso")
SUFFIXES = ("", ".txt", ".json", ".html", ".htm", ".bak", ".old")


def kind_of(head: bytes, name: str) -> str:
    """What a file is.

    Args:
        head: its first bytes.
        name: its name, which decides only between kinds of text.
    """
    lower = name.lower()
    if not head.strip(b"\0 \r\n\t"):
        return MODULE if lower == "__init__.py" else EMPTY
    if lower.endswith(SHORTCUTS):
        return "shortcut"
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            if kind == ZIP and lower.endswith((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".pages")):
                return "office"
            return "array" if kind == ZIP and lower.endswith(".npz") else kind
    if head[4:12] in (b"ftypheic", b"ftypheif", b"ftypmif1", b"ftypavif"):
        return "image"
    if head[257:262] == b"ustar" or lower.endswith(".tar"):
        return TAR
    if lower.endswith(OTHER_ARCHIVES):
        return "archive"
    text = text_of(head)
    if text.count("\0") > 0:
        return "binary"
    if PAGE.match(text):
        return "page"
    if is_notebook_name(lower) or (text.lstrip("\ufeff \r\n\t").startswith("{") and '"cells"' in text):
        return NOTEBOOK
    if lower.endswith(".svg") and "<svg" in text:
        return "image"
    if FRONT.match(text) and not CELL_MARK.search(text):
        return "export"
    if lower.endswith((".py", ".pyw", ".ipy")):
        return SCRIPT if CELL_MARK.search(text) else MODULE
    return TEXT


def is_archive_name(name: str) -> bool:
    """Whether a file is called like an archive that is opened."""
    return ARCHIVE.search(name) is not None


def is_notebook_name(name: str) -> bool:
    """Whether a file is called like a notebook, also where a program put an ending behind it."""
    return any(name.lower().endswith(".ipynb" + suffix) for suffix in SUFFIXES[:3] + SUFFIXES[5:])


def text_of(data: bytes) -> str:
    """Bytes as text by their mark, else as UTF-8, else by the code page that most programs fall back to."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for width, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(data) > 3 and data[width:20:2].strip(b"\0") == b"":
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # cut in the middle of a letter
            return data[: error.start].decode("utf-8")
        return data.decode("cp1252", "replace")


def words(kind: str) -> str:
    """What a kind is called in a remark."""
    return NAMED[kind][0]


def advice(kind: str) -> str:
    """What to do about a file of this kind."""
    return NAMED[kind][1]

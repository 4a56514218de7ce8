"""The page on which a human compares answers that are alike: one file, no script, nothing to load."""

from __future__ import annotations

from html import escape

from autograder.commands.similar import ClassOfLesson
from autograder.course.people import shown
from autograder.grading.alike import Alike, Pair, Range

STYLE = """
:root{color-scheme:light dark;--line:#8c959f;--mark:#fff3b0;--edge:#9a6700;--soft:#f6f8fa;--link:#0550ae}
@media(prefers-color-scheme:dark){:root{--mark:#4a3a00;--edge:#e3b341;--soft:#1b2027;--link:#79c0ff}
body{background:#0d1117;color:#e6edf3}}
body{font:16px/1.5 system-ui,sans-serif;margin:0}
main{max-width:90rem;margin:0 auto;padding:.5rem 1rem 4rem;box-sizing:border-box}
h1{font-size:1.5rem}h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}
p,li{max-width:45rem}
a{color:var(--link)}
.note{border-left:4px solid var(--edge);padding:.1rem 0 .1rem .8rem}
details{border:1px solid var(--line);border-radius:6px;margin:.6rem 0;padding:.4rem .8rem}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
summary:focus-visible,pre:focus-visible,a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.two{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1rem}
.two figure{margin:0;min-width:0}
figcaption{font-weight:600;overflow-wrap:anywhere}
pre{font:14px/1.5 ui-monospace,monospace;background:var(--soft);margin:.2rem 0;padding:.5rem .6rem;
overflow-x:auto}
mark{background:var(--mark);color:inherit;border-bottom:2px solid var(--edge)}
@media(max-width:700px){.two{grid-template-columns:minmax(0,1fr)}}
"""
SAID = (
    "Alike, never a verdict. The marked parts are the same in both answers once names, numbers, strings and "
    "comments are left out, and at most half of the class has them. Names, comments, numbers and blanks that "
    "both write in the same unusual way are listed below a pair. There can be good reasons for all of it: "
    "the same tutor, book or web page, a team that may work together, chance. Read both answers, talk to "
    "both people, and decide yourself."
)
HOW = (
    "What the lesson gave, the model answers, and what more than half of the class wrote do not count. A bit "
    "is one halving: a statement that one student in eight has counts for three bits. Only pairs that share "
    "much more than each of them shares with others are shown; a line or two is never enough. So a lesson of "
    "a few short functions shows only copies that kept their spelling: one that was carefully disguised "
    "cannot be told from chance there, and no pair on this page does not mean that nobody copied."
)
MOST_SPELLINGS = 12


def page(lessons: list[ClassOfLesson]) -> str:
    """The whole page."""
    parts = []
    for lesson in lessons:
        count = len(lesson.found)
        parts.append(f'<h2 id="{escape(lesson.lesson)}">{escape(lesson.lesson)}</h2>')
        about = f"{count} pair{'s' * (count != 1)} of {len(lesson.students)} students"
        unread = f"; {len(lesson.unread)} submissions could not be read" if lesson.unread else ""
        parts.append(f"<p>{about if count else f'No pairs: {len(lesson.students)} students'}{unread}.</p>")
        parts += [_pair(lesson, pair, number == 0) for number, pair in enumerate(lesson.found)]
    links = " · ".join(
        f'<a href="#{escape(one.lesson)}">{escape(one.lesson)}</a> ({len(one.found)})' for one in lessons
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Answers that are alike</title><style>{STYLE}</style></head><body><main>"
        f'<h1>Answers that are alike</h1><p class="note">{SAID}</p><p>{HOW}</p><p>{links}</p>'
        f"{''.join(parts)}</main></body></html>\n"
    )


def _pair(lesson: ClassOfLesson, pair: Pair, is_open: bool) -> str:
    statements = sum(answer.statements for answer in pair.answers)
    head = (
        f"{escape(shown(pair.first))} and {escape(shown(pair.second))}: {statements} statements in common, "
        f"{pair.bits:g} bits"
    )
    answers = "".join(_answer(lesson, pair, answer) for answer in pair.answers)
    listed = ", ".join(f"<code>{escape(shown(one))}</code>" for one in pair.spellings[:MOST_SPELLINGS])
    more = len(pair.spellings) - MOST_SPELLINGS
    spelled = f"<p>Spelled alike: {listed}{f' and {more} more' if more > 0 else ''}.</p>" if listed else ""
    return f"<details{' open' * is_open}><summary>{head}</summary>{answers}{spelled}</details>"


def _answer(lesson: ClassOfLesson, pair: Pair, answer: Alike) -> str:
    texts = lesson.answers[answer.exercise]
    sides = "".join(
        f"<figure><figcaption>{escape(shown(student))}</figcaption>"
        f'<pre tabindex="0" aria-label="{escape(f"{answer.exercise} of {shown(student)}", quote=True)}">'
        f"{_marked(texts[student], marks)}</pre></figure>"
        for student, marks in ((pair.first, answer.first_marks), (pair.second, answer.second_marks))
    )
    about = f"{answer.statements} statements in common, {answer.bits:g} bits"
    return f'<h3>{escape(answer.exercise)}: {about}</h3><div class="two">{sides}</div>'


def _marked(text: str, marks: tuple[Range, ...]) -> str:
    """A text with ranges of it marked."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    made, done = [], 0
    for (first, left), (last, right) in marks:
        begin, end = starts[first - 1] + left, starts[last - 1] + right
        made += [escape(text[done:begin]), f"<mark>{escape(text[begin:end])}</mark>"]
        done = end
    return "".join([*made, escape(text[done:])])

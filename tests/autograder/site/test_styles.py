"""What is cut from the theme's stylesheets is what no page can meet."""

from __future__ import annotations

from autograder.site import icons, styles

CSS = """/* a comment { */ @import "a;b.css"; body { color: red }
.used, .gone > a { margin: 0 } .gone .used { margin: 1px }
a:not(.gone):is(.x, .y) { content: "}" }
@media (max-width: 3em) { .gone { top: 0 } .used:hover { top: 1px } }
@media print { .gone { top: 0 } }
@keyframes turn { from { top: 0 } to { top: 1px } }"""


def test_only_rules_that_some_page_can_meet_stay() -> None:
    kept = "".join(styles.used_only(CSS, {"used"}).split())
    assert kept == (
        '@import"a;b.css";body{color:red}.used{margin:0}a:not(.gone):is(.x,.y){content:"}"}'
        "@media(max-width:3em){.used:hover{top:1px}}@keyframesturn{from{top:0}to{top:1px}}"
    )


def test_classes_are_read_from_pages_and_guessed_from_scripts() -> None:
    assert styles.class_names('<p class="a b-c">x</p><i class="d">') == {"a", "b-c", "d"}
    assert {"modal-open", "add"} <= styles.words('el.classList.add("modal-open")')


def test_the_icons_that_pages_name_are_drawn_and_no_other() -> None:
    script = (
        '({"sun":[9,9,[9728],"f185","M1 2z"],moon:[8,8,["night"],"f186","M3 4z"],"bus":[1,1,[],"f1","M0"]})'
    )
    pages = '<i class="fa-solid fa-sun fa-lg"></i><span class="x fas fa-night"></span>'
    sheet = icons.stylesheet(icons.names_in(pages), icons.drawings(script))
    assert ".fa-sun {" in sheet
    assert ".fa-night {" in sheet
    assert "M3 4z" in sheet.replace("%20", " ")
    assert ".fa-bus" not in sheet

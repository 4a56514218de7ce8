"""A page's figures: their modules become files, and words stand where no script runs."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.site.figures import put_figures_into_files
from convlib.widgets import StrideBoard

PAGE = """<p>before</p>
<script type="application/vnd.jupyter.widget-view+json">{{"model_id": "{view}"}}</script>
<script type="application/vnd.jupyter.widget-state+json">{state}</script>"""
FOREIGN = 'import d3 from "https://a.test/d3.js";\nexport default { render() {} };\n'


def _states(html: str) -> dict:
    text = html.partition('widget-state+json">')[2].partition("</script>")[0]
    return json.loads(text)["state"]


def test_figures_share_a_file_that_each_page_names_from_where_it_is(tmp_path: Path) -> None:
    state = {"_esm": str(StrideBoard._esm), "_description": 'windows of 3 & "more" </script>', "width": 7}
    record = {"model_module": "anywidget", "state": state}
    text = json.dumps({"state": {"a": record, "b": record}}).replace("</", r"<\/")
    (tmp_path / "06_size").mkdir()
    pages = tmp_path / "index.html", tmp_path / "06_size" / "06_size.html"
    for page in pages:
        page.write_text(PAGE.format(view="a", state=text), encoding="utf-8")
    put_figures_into_files(tmp_path)
    (file,) = (tmp_path / "_static" / "figures").iterdir()
    for page in pages:
        html = page.read_text(encoding="utf-8")
        for found in _states(html).values():
            assert (page.parent / found["script"]["src"]).samefile(file)
            assert found["script"]["key"] == file.stem
            assert "_esm" not in found["state"]
            assert found["state"]["width"] == 7
        note = html.partition("<noscript>")[2].partition("</noscript>")[0]
        assert "needs JavaScript. windows of 3 &amp; &quot;more&quot; &lt;/script&gt;" in note


def test_the_module_of_another_widget_and_a_page_without_figures_stay_as_they_are(tmp_path: Path) -> None:
    states = {"state": {"a": {"model_module": "anywidget", "state": {"_esm": FOREIGN}}}}
    (tmp_path / "other.html").write_text(PAGE.format(view="gone", state=json.dumps(states)), encoding="utf-8")
    (tmp_path / "plain.html").write_text("<p>plain</p>", encoding="utf-8")
    put_figures_into_files(tmp_path)
    html = (tmp_path / "other.html").read_text(encoding="utf-8")
    assert _states(html) == states["state"]
    assert "Here is an interactive figure, which needs JavaScript.</p></noscript>" in html
    assert (tmp_path / "plain.html").read_text(encoding="utf-8") == "<p>plain</p>"
    assert not (tmp_path / "_static").exists()

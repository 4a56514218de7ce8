"""Figures: what they show, what their descriptions say, and that they read on light and on dark."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from convlib import plots
from convlib.training import History

HISTORY = History(loss=[2.0, 1.0], accuracy=[0.2, 0.6], val_loss=[1.9, 1.2], val_accuracy=[0.3, 0.5])


def figures() -> dict[str, plots.Figure]:
    rng = np.random.default_rng(0)
    x = rng.random((3, 4, 5, 1))
    return {
        "pictures": plots.pictures(x, ["a <b>", "b", "c"], title="some"),
        "looked_at": plots.looked_at(x, x[..., 0], ["a", "b", "c"]),
        "activation_maps": plots.activation_maps(x[0] * [1.0, 2.0]),
        "filters": plots.filters(rng.normal(size=(3, 3, 2, 2))),
        "curves": plots.curves(HISTORY),
        "error_map": plots.error_map(x[0, ..., 0], x[1, ..., 0]),
        "confusion": plots.confusion(np.array([0, 1, 1]), np.array([0, 0, 1]), ["plus", "ring"]),
        "numbers": plots.numbers({"x": x[0, ..., 0], "y": [1, 2]}, boxes={"x": (0, 1, 2, 2)}),
        "half_planes": plots.half_planes({"x₁ > 0": lambda x: x[:, 0]}, alt="The right half is shaded."),
        "channels": plots.channels({"window": rng.integers(0, 9, (2, 2, 3))}),
        "filled_by_loops": plots.filled_by_loops((2, 3, 3, 3)),
        "graphs": plots.graphs([0, 1, 2], {"square": [0, 1, 4], "line": [0, 2, 4]}, xlabel="x"),
        "distances": plots.distances([3, 4], -5, [[3, 1], [0, 0]]),
        "windows": plots.windows({"stride 2": (6, 3, 2, 0, 1)}),
        "network": plots.network([2, 4, 1]),
        "axis_orders": plots.axis_orders({"here": ["rows", "filters"], "there": ["filters", "rows"]}),
        "receptive_rows": plots.receptive_rows([{"kernel": 3}], ["input", "filter"]),
        "shrinking": plots.shrinking({"largest": [x[0, ..., 0], x[0, :2, :2, 0]]}),
        "about_the_middle": plots.about_the_middle({"1 layer": [1, 1, 1], "2 layers": [1, 2, 3, 2, 1]}),
    }


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    return {name: figure._repr_html_() for name, figure in figures().items()}


def test_every_figure_is_shown_with_its_description_and_in_the_pages_colour(shown: dict[str, str]) -> None:
    for name, page in shown.items():
        tree = ElementTree.fromstring(page.replace("xlink:href", "href"))
        assert tree.get("role") == "img"
        assert len(tree.get("aria-label", "")) > 20, name
        assert "currentColor" in page
        assert plots.INK not in page
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), name


def test_a_page_with_several_figures_has_no_two_things_of_one_id(shown: dict[str, str]) -> None:
    group_ids = re.findall(r'<g id="', "".join(shown.values()))
    assert group_ids == []


def test_the_same_figure_gives_the_same_page() -> None:
    assert plots.curves(HISTORY)._repr_html_() == plots.curves(HISTORY)._repr_html_()


def luminance(colour: str) -> float:
    values = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", ["#ffffff", "#1e1e1e"])
@pytest.mark.parametrize("colour", [plots.BLUE, plots.ORANGE, plots.INK])
def test_every_colour_stands_out_on_light_and_on_dark(colour: str, ground: str) -> None:
    lighter, darker = sorted([luminance(colour), luminance(ground)], reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3  # WCAG 2.2, 1.4.11: graphical objects


def test_what_was_looked_at_stands_below_its_picture_and_is_said_in_words() -> None:
    x, maps = np.zeros((2, 4, 5, 3)), np.zeros((2, 4, 5))
    maps[0, 1, 2], maps[1, 3, 4] = 5.0, 0.1
    figure = plots.looked_at(x, maps, ["fox", "hen"])
    assert figure.alt == (
        "2 pictures, each above its map. Brightest are fox: row 1, column 2; hen: row 3, column 4."
    )
    shown = [np.asarray(image.get_array()) for image in figure.axes[0].images]
    assert len(shown) == 4
    for image, (row, column) in zip(shown[2:], ((1, 2), (3, 4)), strict=True):
        bright = image[..., :3].sum(axis=-1)
        assert np.unravel_index(bright.argmax(), bright.shape) == (row, column)
        assert bright[row, column] == shown[2][..., :3].sum(axis=-1).max()  # each on its own scale
    assert plots.looked_at(x[..., :1], maps).alt.endswith("Brightest are row 1, column 2; row 3, column 4.")


@pytest.mark.parametrize(
    ("x", "maps", "labels", "told"),
    [
        (np.zeros((2, 4, 5)), np.zeros((2, 4, 5)), None, "x must have shape"),
        (np.zeros((2, 4, 5, 1)), np.zeros((2, 5, 4)), None, r"maps must have shape \(2, 4, 5\)"),
        (np.zeros((1, 2, 2, 3)), np.full((1, 2, 2), -1.0), None, "maps must not be negative, got -1"),
        (np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2)), ["a", "b"], "labels must have 1 entries"),
    ],
)
def test_what_was_looked_at_refuses_what_does_not_fit(x: Any, maps: Any, labels: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        plots.looked_at(x, maps, labels)


def test_pictures_of_three_channels_are_shown_in_their_colours() -> None:
    x = np.zeros((2, 4, 5, 3))
    x[1, ..., 0] = 1
    figure = plots.pictures(x)
    np.testing.assert_array_equal(figure.axes[0].images[1].get_array(), x[1])
    assert figure.alt == "2 pictures of 4 by 5 pixels, 3 channels."
    assert plots.pictures(x, alt="Black, then red.").alt == "Black, then red."
    assert len(plots.pictures(x[0]).axes[0].images) == 1
    assert len(plots.pictures(np.zeros((7, 4, 5))).axes[0].images) == 7


def test_pictures_stand_in_rows_and_keep_their_sides() -> None:
    figure = plots.pictures(np.zeros((5, 4, 6)), list("abcde"), columns=3)
    places = [image.get_extent() for image in figure.axes[0].images]
    for left, right, bottom, top in places:
        assert (top - bottom) / (right - left) == pytest.approx(4 / 6)
    lefts, tops = [place[0] for place in places], [place[3] for place in places]
    assert lefts[0] < lefts[1] < lefts[2]
    assert lefts[3:] == lefts[:2]
    assert tops[0] == tops[1] == tops[2] > tops[3] == tops[4]
    labels = [(text.get_text(), *text.get_position()) for text in figure.axes[0].texts]
    for (name, x, y), word, (left, right, _, top) in zip(labels, "abcde", places, strict=True):
        assert name == word
        assert x == pytest.approx((left + right) / 2)
        assert y > top


def test_activation_maps_share_one_scale() -> None:
    maps = np.zeros((2, 2, 3))
    maps[..., 1] = 5
    maps[0, 0, 2] = -1
    figure = plots.activation_maps(maps)
    assert [image.get_clim() for image in figure.axes[0].images] == [(-1.0, 5.0)] * 3
    assert "3 maps of 2 by 2 cells, values from -1 to 5; filter 1 answers most" in figure.alt


def test_a_single_map_has_no_number_and_no_rivals() -> None:
    figure = plots.activation_maps(np.eye(2)[:, :, np.newaxis], title="one")
    assert [text.get_text() for text in figure.axes[0].texts] == []
    assert figure.alt == "One: 1 map of 2 by 2 cells, values from 0 to 1."


def test_filters_have_nought_in_the_middle_of_the_scale() -> None:
    w = np.random.default_rng(0).normal(size=(2, 3, 2, 4))
    figure = plots.filters(w)
    most = np.abs(w).max()
    pictures = figure.axes[0].images
    assert [image.get_clim() for image in pictures] == [(-most, most)] * 8
    np.testing.assert_array_equal(pictures[5].get_array(), w[:, :, 1, 1])
    assert [text.get_text() for text in figure.axes[0].texts][5] == "1, channel 1"
    (one,) = plots.filters(w[:, :, :, :1], channel=1).axes[0].images
    np.testing.assert_array_equal(one.get_array(), w[:, :, 1, 0])
    plots.filters(np.zeros((1, 1, 1, 1)))._repr_html_()


def test_curves_draw_what_the_history_holds() -> None:
    figure = plots.curves(HISTORY)
    loss, accuracy = figure.axes
    assert [list(line.get_ydata()) for line in loss.lines] == [[2.0, 1.0], [1.9, 1.2]]
    assert [list(line.get_ydata()) for line in accuracy.lines] == [[0.2, 0.6], [0.3, 0.5]]
    assert "loss goes from 2 to 1 in training and from 1.9 to 1.2 held out" in figure.alt
    assert len(plots.curves(History(loss=[1.0], accuracy=[0.5])).axes[0].lines) == 1


def test_an_error_map_outlines_the_cells_that_differ_and_names_the_first() -> None:
    expected = np.arange(12.0).reshape(3, 4)
    got = expected.copy()
    got[1, 2], got[2, 3] = 9, np.nan
    figure = plots.error_map(expected, got)
    assert "2 of 12 cells differ; the first is row 1, column 2: expected 6, yours 9." in figure.alt
    boxes = [(patch.get_x() + 0.5, patch.get_y() + 0.5) for patch in figure.axes[2].patches]
    assert boxes == [(2, 1), (3, 2)]
    assert plots.error_map(expected, expected).alt == "0 of 12 cells differ."
    figure._repr_html_()


def test_an_error_map_of_several_channels_shows_the_one_that_differs_most() -> None:
    expected = np.zeros((1, 3, 3, 4))
    got = expected.copy()
    got[0, 0, 0, 1], got[0, 1, 1, 2] = 1, 5
    assert "row 1, column 1: expected 0, yours 5 (channel 2)." in plots.error_map(expected, got).alt


def test_a_confusion_matrix_counts_and_tells_the_commonest_mistake() -> None:
    figure = plots.confusion(np.array([0, 1, 1, 1, 2]), np.array([0, 2, 2, 1, 2]), ["plus", "ring", "tee"])
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), [[1, 0, 0], [0, 1, 2], [0, 0, 1]])
    assert figure.alt == "Confusion matrix: 3 of 5 right. The commonest mistake: ring taken for tee, 2 times."


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: plots.pictures(np.zeros((2, 4, 4, 5))), r"\(2, 4, 4, 5\)"),
        (lambda: plots.pictures(np.zeros((0, 4, 4, 1))), r"\(0, 4, 4, 1\)"),
        (lambda: plots.pictures(np.zeros((2, 4, 4, 1)), ["a"]), "labels must have 2 entries"),
        (lambda: plots.activation_maps(np.zeros((2, 4, 4, 3))), "pass one image at a time"),
        (lambda: plots.filters(np.zeros((3, 3, 2))), r"\(KH, KW, C, F\), got"),
        (lambda: plots.filters(np.zeros((3, 3, 2, 1)), channel=2), "channel must be 0 to 1, got 2"),
        (lambda: plots.curves(History()), "no epochs"),
        (lambda: plots.half_planes({}, alt="nothing"), "scores is empty"),
        (lambda: plots.error_map(np.zeros((2, 2)), np.zeros((2, 3))), r"\(2, 2\), but has \(2, 3\)"),
        (lambda: plots.confusion(np.array([0, 3]), np.array([0, 0]), ["a", "b"]), "0 to 1"),
        (
            lambda: plots.confusion(np.array([0, 1]), np.array([0]), ["a", "b"]),
            r"predicted must have shape \(2,\)",
        ),
        (lambda: plots.axis_orders({"here": ["rows"]}), "orders must have 2 entries, got 1"),
        (lambda: plots.axis_orders({"here": ["a", "b"], "there": ["a", "c"]}), "the same axes, each once"),
        (lambda: plots.axis_orders({"here": ["a", "a"], "there": ["a", "a"]}), "the same axes, each once"),
        (lambda: plots.shrinking({}), "rows must be equally long"),
        (lambda: plots.shrinking({"a": [np.ones((2, 2))], "b": []}), "rows must be equally long"),
        (lambda: plots.shrinking({"a": [np.ones((2, 2, 2))]}), r"each map must have shape \(H, W\)"),
        (lambda: plots.about_the_middle({}), "rows is empty"),
        (lambda: plots.about_the_middle({"a": [1, 2]}), "'a' must be an odd number of numbers"),
        (lambda: plots.about_the_middle({"a": [0, 0, 0]}), "'a' must be an odd number of numbers"),
        (lambda: plots.receptive_rows([{"kernel": 3}], ["input"]), "names must have 2 entries, got 1"),
        (lambda: plots.receptive_rows([{"kernel": 3}], ["a", "b"], cell=10), "cell must be 0 to 9, got 10"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(make: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_tables_are_read_out_number_by_number_with_what_is_outlined() -> None:
    figure = plots.numbers({"in": [[1, -2], [3, 0.5]], "out": [7]}, boxes={"in": (0, 1, 2, 1)})
    assert figure.alt == "in: 1 −2, 3 0.5 (outlined: rows 0 to 1, columns 1 to 1). out: 7."
    assert [text.get_text() for ax in figure.axes for text in ax.texts] == [
        "1",
        "−2",
        "3",
        "0.5",
        "in",
        "7",
        "out",
    ]


def test_axis_orders_join_each_axis_to_itself() -> None:
    figure = plots.axis_orders({"here": ["a", "b", "c"], "there": ["c", "a", "b"]})
    assert figure.alt == "here: a, b, c. there: c, a, b. Lines join equal axes."
    figure.canvas.draw()
    ends = [list(line.get_xdata()) for line in figure.axes[0].lines]
    assert ends == [[0, 1], [1, 2], [2, 0]]


def test_receptive_rows_mark_what_one_cell_sees_in_every_layer_below() -> None:
    stack = [{"kernel": 3}, {"kernel": 2, "stride": 2}, {"kernel": 3}]
    figure = plots.receptive_rows(stack, ["input", "first", "pool", "last"])
    assert figure.alt.endswith("input: 8 of 12, first: 6 of 10, pool: 3 of 5, last: 1 of 3.")
    figure.canvas.draw()
    filled = [patch for patch in figure.axes[0].patches if patch.get_facecolor()[3] > 0]
    assert len(filled) == 8 + 6 + 3 + 1
    assert len(figure.axes[0].patches) == 12 + 10 + 5 + 3
    # Cell 1 of the last layer sees the input cells 2 to 9, as the arithmetic of the lesson says.
    assert sorted(round(patch.get_x() + 0.4) for patch in filled if patch.get_y() < 0) == list(range(2, 10))


def test_receptive_rows_do_not_count_padding_as_a_cell() -> None:
    figure = plots.receptive_rows([{"kernel": 3, "pad": 1}], ["input", "filter"], cells=4, cell=0)
    assert "input: 2 of 4" in figure.alt


def test_shrinking_maps_are_drawn_on_one_scale_with_their_sizes_above() -> None:
    large, small = np.arange(8.0).reshape(2, 4), np.array([[3.0, 7.0]])
    figure = plots.shrinking({"largest": [large, small], "mean": [large[None, ..., None], small / 2]})
    assert figure.alt == (
        "largest: 2 by 4 cells, up to 7; 1 by 2 cells, up to 7. "
        "mean: 2 by 4 cells, up to 7; 1 by 2 cells, up to 3.5."
    )
    assert [ax.get_title() for ax in figure.axes] == ["2×4", "1×2"] * 2
    assert [ax.get_ylabel() for ax in figure.axes] == ["largest", "", "mean", ""]
    assert {ax.images[0].get_clim() for ax in figure.axes} == {(0, 7)}
    np.testing.assert_array_equal(figure.axes[2].images[0].get_array(), large)


def test_rows_are_drawn_about_their_middle_relative_to_their_largest_number() -> None:
    figure = plots.about_the_middle({"1 layer": [1, 1, 1], "2 layers": [1, 2, 4, 2, 1]}, xlabel="position")
    assert figure.alt == (
        "Curves over the distance from the middle. 1 layer: 3 numbers, 1 in the middle and 1 at the end. "
        "2 layers: 5 numbers, 4 in the middle and 1 at the end."
    )
    (ax,) = figure.axes
    assert ax.get_xlabel() == "position"
    flat, bell = ax.lines
    assert list(flat.get_xdata()) == [-1, 0, 1]
    assert list(bell.get_xdata()) == [-2, -1, 0, 1, 2]
    assert list(bell.get_ydata()) == [0.25, 0.5, 1, 0.5, 0.25]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["1 layer", "2 layers"]


def test_a_figure_is_drawn_when_it_is_looked_at_as_its_numbers_were_when_it_was_made(tmp_path: Path) -> None:
    def made() -> plots.Figure:
        x, table = np.ones((1, 4, 4)), np.array([[7.0]])
        both = plots.pictures(x), plots.numbers({"n": table})
        x[:], table[:] = 0, 8
        assert not both[0].get_children()[1:]  # nothing on its ground yet
        (image,) = both[0].axes[0].images
        assert image.get_array().min() == 1
        return both[1]

    assert [text.get_text() for text in made().axes[0].texts] == ["7", "n"]
    assert len(pickle.loads(pickle.dumps(made())).axes) == 1
    made().savefig(tmp_path / "numbers.svg")
    assert "<!-- 7 -->" in (tmp_path / "numbers.svg").read_text()


def test_pyplot_is_left_alone() -> None:
    code = (
        "import sys, numpy; from convlib import plots; plots.filters(numpy.zeros((1, 1, 1, 1)));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_half_planes_are_shaded_where_the_score_is_positive() -> None:
    figure = plots.half_planes(
        {"x₁ > 1": lambda x: x[:, 0] - 1, "x₂ > 0": lambda x: x[:, 1]}, alt="Two half-planes."
    )
    assert figure.alt == "Two half-planes."
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("x₁ > 1", "x₂ > 0")
    shaded, border = (found.get_paths()[0].vertices for found in left.collections)
    assert np.min(shaded[:, 0]) == pytest.approx(1)
    assert np.max(shaded[:, 0]) == 5
    assert np.allclose(border[:, 0], 1)


def test_points_and_lines_are_drawn_into_each_half_plane() -> None:
    figure = plots.half_planes(
        {"x₁ > 1": lambda x: x[:, 0] - 1, "x₂ > 0": lambda x: x[:, 1]},
        alt="Two half-planes.",
        points=[[0, 1], [2, 3]],
        labels=[0, 1],
        lines=[(1, 0, -2)],
    )
    for ax in figure.axes:
        assert [(line.get_marker(), *line.get_xydata()[0]) for line in ax.lines] == [("o", 0, 1), ("s", 2, 3)]
        assert np.allclose(ax.collections[2].get_paths()[0].vertices[:, 0], 2)
    with pytest.raises(ValueError, match="labels must have 1 entries"):
        plots.half_planes({"x₁ > 0": lambda x: x[:, 0]}, alt="", points=[[0, 1]], labels=[0, 1])


def test_distances_are_drawn_from_each_point_to_the_line_and_read_out() -> None:
    figure = plots.distances([3, 4], -5, [[3, 1], [-1, 2], [0, 0]])
    assert "w = (3, 4)" in figure.alt
    assert figure.alt.endswith("(3, 1): 1.6; (−1, 2): 0; (0, 0): −1.")
    (ax,) = figure.axes
    assert ax.get_title() == "3·x₁ + 4·x₂ − 5 > 0"
    feet = [line.get_xydata()[1] for line in ax.lines if line.get_linestyle() == "--"]
    assert np.allclose(np.array(feet) @ [3, 4], 5)
    assert [text.get_text() for text in ax.texts] == ["", "w", "1.6", "0", "−1"]
    with pytest.raises(ValueError, match="no line"):
        plots.distances([0, 0], 1, [[0, 0]])
    with pytest.raises(ValueError, match=r"points \(N, 2\)"):
        plots.distances([1, 0], 1, [0, 0])


def test_graphs_say_where_each_curve_goes_and_refuse_one_of_another_length() -> None:
    figure = plots.graphs([-1, 0, 1], {"square": [1, 0, 1], "line": [-1, 0, 1]}, xlabel="x", ylabel="y")
    assert figure.alt == (
        "square: from 1 at −1 to 1 at 1, lowest 0 at 0; line: from −1 at −1 to 1 at 1, lowest −1 at −1."
    )
    (ax,) = figure.axes
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["square", "line"]
    with pytest.raises(ValueError, match=r"'line' must have shape \(2,\), that of x, got \(3,\)"):
        plots.graphs([0, 1], {"line": [1, 2, 3]})


def test_channels_are_tables_in_their_own_colours() -> None:
    volume = np.arange(12).reshape(2, 2, 3)
    figure = plots.channels({"window": volume, "filter": volume})
    assert figure.alt.startswith("window, red: 0 3, 6 9. window, green: 1 4, 7 10.")
    maps = [image.get_cmap().name for image in figure.axes[0].images]
    assert maps == ["Reds", "Greens", "Blues"] * 2
    with pytest.raises(ValueError, match=r"window must have shape \(H, W, 3\), got \(2, 2\)"):
        plots.channels({"window": np.eye(2)})


def test_each_loop_fills_more_of_the_output() -> None:
    figure = plots.filled_by_loops((2, 3, 4, 5))
    assert figure.alt == (
        "2 images by 5 filters, maps of 3 by 4. Filled with a loop over i: 3 of 120 cells; with a loop over "
        "i, j: 12 of 120 cells; with a loop over i, j, f: 60 of 120 cells; with a loop over i, j, f, n: 120 "
        "of 120 cells."
    )
    blue = to_rgba(plots.BLUE)
    filled = [sum(patch.get_facecolor() == blue for patch in ax.patches) for ax in figure.axes]
    assert filled == [3, 12, 60, 120]


def test_windows_are_drawn_and_read_out_with_the_cells_that_none_reads() -> None:
    figure = plots.windows({"stride 3": (7, 3, 3, 0, 0), "padded": (6, 3, 2, 1, 1)})
    assert figure.alt == (
        "stride 3: 7 cells; windows of 3 start at 0, 3; no window reads cell 6. "
        "padded: 6 cells, 2 zeros added; windows of 3 start at −1, 1, 3."
    )
    plain, padded = figure.axes
    assert [len(ax.patches) for ax in (plain, padded)] == [7, 8]
    assert [len(ax.lines) for ax in (plain, padded)] == [2, 3]
    unread = [patch.get_facecolor() == to_rgba(plots.ORANGE) for patch in plain.patches]
    assert unread == [False] * 6 + [True]
    assert [text.get_text() for text in padded.texts] == ["0", *[""] * 6, "0"]


def test_a_network_has_a_line_for_each_weight_and_a_letter_for_each_bias() -> None:
    (ax,) = plots.network([2, 4, 1]).axes
    assert len(ax.lines) == 2 * 4 + 4 * 1
    assert [text.get_text() for text in ax.texts] == ["x"] * 2 + ["b"] * 5

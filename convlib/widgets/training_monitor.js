// @ts-check
// Training curves by epoch, and the latest filters and activation maps.

import { defineFigure } from "./shared/figure.js";
import { bold, line } from "./shared/formula.js";
import { flow, ticks } from "./shared/layout.js";
import { clamp, formatNumber, range } from "./shared/numbers.js";
import { shades } from "./shared/shades.js";
import { svg } from "./shared/shapes.js";

/** @import { RectOf } from "./shared/board.js" */
/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Point, Rect } from "./shared/layout.js" */

/**
 * @typedef {{ series: Record<string, number[]>, filters: number[][][], maps: number[][][], step: number, pinned: string }} State
 */

/** @type {Record<string, [string, string, string | null]>} */
const LOOKS = {
  loss: ["loss, training", "window", null],
  val_loss: ["loss, held out", "third", "7 4"],
  accuracy: ["accuracy, training", "window", null],
  val_accuracy: ["accuracy, held out", "third", "7 4"],
};
/** The epoch (from 0) with the lowest held-out loss, without one the lowest loss.
 * @type {(series: Record<string, number[]>) => number} */
export function best(series) {
  const losses = series.val_loss?.length
    ? series.val_loss
    : (series.loss ?? []);
  return losses.length ? losses.indexOf(Math.min(...losses)) : -1;
}

/** @type {CodeLines} */
export const CODE = {
  ours: "history = fit(model, x, y, validation=(x_test, y_test)); monitor = TrainingMonitor(history)",
  keras:
    "history = model.fit(x, y, validation_data=(x_test, y_test)); monitor = TrainingMonitor(history)",
  pytorch:
    "monitor = TrainingMonitor(); monitor.log(loss=loss.item())  # log once an epoch",
};

/** @type {Definition<State>["build"]} */
function buildMonitor(fig) {
  /** @type {(series: Record<string, number[]>) => [string, string[]][]} */
  const panels = (series) =>
    ["loss", "accuracy"].flatMap((id) => {
      const names = [id, `val_${id}`].filter((name) => series[name]?.length);
      return names.length ? [[id, names]] : [];
    });
  /** @type {(series: Record<string, number[]>) => number} */
  const epochs = (series) =>
    Math.max(
      0,
      ...["loss", "val_loss", "accuracy", "val_accuracy"].map(
        (name) => series[name]?.length ?? 0,
      ),
    );
  /** @type {[string, string[]][]} */
  let shown = [];

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    shown = panels(state.series);
    const n = epochs(state.series);
    const wide = width >= 640 && shown.length > 1;
    const chart = { width: wide ? (width - 150) / 2 : width - 70, height: 210 };
    /** @type {[string, number[][][]][]} */
    const groups = [
      ["filters", state.filters],
      ["maps", state.maps],
    ];
    const tiles = groups.filter(([, images]) => images.length);
    const tile = 52;
    const perRow = Math.max(1, Math.floor((width - 40) / (tile + 10)));
    const parts = [
      ...shown.map(() => chart),
      ...tiles.map(([, images]) => ({
        width: width - 70,
        height: Math.ceil(images.length / perRow) * (tile + 10),
      })),
    ];
    fig.warn(!n && "No epoch yet: the curves appear as training goes on.");
    const { positions, height } = parts.length
      ? flow(width, parts, {
          left: 46,
          top: 40,
          gap: 66,
          between: 54,
          centred: false,
        })
      : { positions: [], height: 30 };
    shown.forEach(([id, names], p) =>
      drawChart(state, id, names, n, { ...positions[p], ...chart }),
    );
    tiles.forEach(([id, images], t) =>
      drawTiles(id, images, { ...positions[shown.length + t], tile, perRow }),
    );
    fig.showLegend(
      ["window", "training (solid)"],
      ["third", "held out (dashed)"],
      ["chosen", "the chosen epoch"],
      tiles.length && ["scale", "negative", "positive"],
    );
    fig.showCode(CODE);
    return { height: height + 16 };
  }

  /** @type {(state: State, id: string, names: string[], n: number, rect: Rect) => void} */
  function drawChart(state, id, names, n, { x, y, width, height }) {
    const all = names.flatMap((name) => state.series[name]);
    const [low, high] =
      id === "accuracy"
        ? [Math.min(0.5, ...all), 1]
        : [0, Math.max(...all, 1e-9) * 1.04];
    /** @param {number} epoch */
    const px = (epoch) => x + (n > 1 ? (width * epoch) / (n - 1) : width / 2);
    /** @param {number} value */
    const py = (value) => y + height * (1 - (value - low) / (high - low));
    fig.heading({ x, y: y + 10 }, id, "by epoch");
    for (const v of ticks(low, high, 4))
      fig.put(
        svg("line", {
          class: "cv-tick",
          x1: x,
          x2: x + width,
          y1: py(v),
          y2: py(v),
        }),
        svg(
          "text",
          { class: "cv-index cv-beside", x: x - 10, y: py(v) },
          id === "accuracy" ? `${Math.round(100 * v)} %` : formatNumber(v),
        ),
      );
    const every = Math.max(1, Math.ceil(n / 8));
    for (const e of range(n))
      if (e % every === 0)
        fig.put(
          svg(
            "text",
            { class: "cv-index", x: px(e), y: y + height + 15 },
            e + 1,
          ),
        );
    const steps = state.series.step_loss;
    if (id === "loss" && steps?.length > 1) {
      // Each step's loss, pale behind the curves: at most one point a pixel.
      const stride = Math.max(1, Math.ceil(steps.length / width));
      const points = range(Math.ceil(steps.length / stride)).map(
        (k) =>
          `${(x + (width * k * stride) / (steps.length - 1)).toFixed(1)} ${clamp(py(steps[k * stride]), y, y + height).toFixed(1)}`,
      );
      fig.put(svg("path", { class: "cv-tick", d: `M${points.join("L")}` }));
    }
    names.forEach((name) => {
      const [, kind, dashes] = LOOKS[name];
      const path = svg("path", {
        class: `cv-frame cv-line-${kind}`,
        "stroke-dasharray": dashes,
        d: `M${state.series[name].map((v, e) => `${px(e).toFixed(1)} ${py(v).toFixed(1)}`).join("L")}`,
      });
      fig.put(path);
    });
    const half = clamp(width / Math.max(n, 1) / 2, 2, 5);
    fig.add({
      id,
      label: `${id} by epoch: ${names.map((name) => LOOKS[name][0]).join(" and ")}`,
      role: "curves",
      rows: names.length,
      columns: n,
      indices: false,
      exists: (r, c) => c < state.series[names[r]].length,
      kind: (r) => LOOKS[names[r]][1],
      rectOf: (r, c) => ({
        x: px(c) - half,
        y: py(state.series[names[r]][c]) - half,
        width: 2 * half,
        height: 2 * half,
        rx: r ? 1 : half,
      }),
    });
    const top = best(state.series);
    if (top >= 0 && id === "loss")
      fig.put(
        svg("line", {
          class: "cv-link",
          x1: px(top),
          x2: px(top),
          y1: y,
          y2: y + height,
        }),
        svg(
          "text",
          {
            class: "cv-soft",
            x: px(top),
            y: y - 2,
            "text-anchor": top > n / 2 ? "end" : "start",
          },
          "best",
        ),
      );
  }
  /** @type {(id: string, images: number[][][], options: Point & { tile: number, perRow: number }) => void} */
  function drawTiles(id, images, { x, y, tile, perRow }) {
    fig.heading(
      { x, y: y + 12 },
      id === "filters" ? "filters" : "activation maps",
      `the latest, ${images.length}`,
    );
    const most = Math.max(...images.flat(2).map(Math.abs), 1e-9);
    /** @type {RectOf} */
    const rectOf = (_, f) => ({
      x: x + (f % perRow) * (tile + 10),
      y: y + Math.floor(f / perRow) * (tile + 10),
      width: tile,
      height: tile,
      rx: 2,
    });
    const board = fig.add({
      id,
      label: id === "filters" ? "filters" : "activation maps",
      role: "images",
      rows: 1,
      columns: images.length,
      indices: false,
      rectOf,
    });
    const pixels = images.flatMap((rows, f) => {
      const at = rectOf(0, f);
      const [height, width] = [tile / rows.length, tile / rows[0].length];
      return rows.flatMap((row, r) =>
        row.map((v, c) => ({
          rect: { x: at.x + c * width, y: at.y + r * height, width, height },
          tone: v / most,
        })),
      );
    });
    board.under(
      svg(
        "g",
        { "aria-hidden": "true", class: "cv-hatched cv-smooth" },
        shades(pixels),
      ),
    );
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const { series } = state;
    const top = best(series);
    const n = epochs(series);
    const summary =
      top < 0
        ? null
        : line(
            `lowest ${series.val_loss?.length ? "held-out loss" : "loss"} in epoch`,
            bold(top + 1),
            `of ${n}`,
          );
    if (!cell) {
      fig.showFormulas(summary);
      return n ? "" : "No epoch yet.";
    }
    const board = fig.board(cell.board);
    if (cell.board === "filters" || cell.board === "maps") {
      board.frame([0, 0], [cell.c, cell.c]);
      const rows = state[cell.board][cell.c];
      const values = rows.flat();
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      fig.showFormulas(
        summary,
        line(
          `mean of its ${rows.length}·${rows[0].length} = ${values.length} values =`,
          bold(formatNumber(mean, 3)),
        ),
      );
      return `${cell.board === "filters" ? "filter" : "activation map"} ${cell.c}: from ${formatNumber(Math.min(...values), 3)} to ${formatNumber(Math.max(...values), 3)}`;
    }
    const e = cell.c;
    for (const [id, names] of shown)
      fig.board(id).mark(
        names.map((_, r) => [r, e]),
        "chosen",
      );
    /** @param {string} name */
    const has = (name) => series[name]?.[e] !== undefined;
    const gap =
      has("accuracy") && has("val_accuracy")
        ? line(
            `accuracy − held out = ${formatNumber(series.accuracy[e], 3)} − ${formatNumber(series.val_accuracy[e], 3)} =`,
            bold(formatNumber(series.accuracy[e] - series.val_accuracy[e], 3)),
          )
        : null;
    const rise =
      has("val_loss") && e > top
        ? line(
            `held-out loss since the best epoch: ${formatNumber(series.val_loss[e], 3)} − ${formatNumber(series.val_loss[top], 3)} =`,
            bold(formatNumber(series.val_loss[e] - series.val_loss[top], 3)),
          )
        : null;
    fig.showFormulas(summary, gap, rise);
    const told = Object.keys(LOOKS)
      .filter(has)
      .map(
        (name) =>
          `${LOOKS[name][0]} ${name.includes("accuracy") ? `${formatNumber(100 * series[name][e], 1)}\u00a0%` : formatNumber(series[name][e], 3)}`,
      );
    return `epoch ${e + 1}: ${told.join("; ")}`;
  }
  return {
    draw,
    show,
    once: true,
    length: (state) => epochs(state.series),
    choose: (state) => {
      const id = panels(state.series)[0]?.[0];
      return id
        ? { board: id, r: 0, c: Math.min(state.step, epochs(state.series) - 1) }
        : null;
    },
  };
}

export default defineFigure({
  name: "TrainingMonitor",
  title: "Training monitor",
  hint: "Point at an epoch to read its numbers; the dashed curves are held-out examples, which the network did not learn from.",
  build: buildMonitor,
});

// @ts-check
// Minibatch gradient descent for a line y ≈ w·x + b: loss = mean of (w·x + b − y)².

import { defineFigure } from "./shared/figure.js";
import { bold, line } from "./shared/formula.js";
import { flow, ticks } from "./shared/layout.js";
import {
  clamp,
  factor,
  formatNumber,
  last,
  minus,
  randomNumbers,
  range,
} from "./shared/numbers.js";
import { shadedSheet } from "./shared/shades.js";
import { svg } from "./shared/shapes.js";

/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Point, Size } from "./shared/layout.js" */
/** @import { Bounds } from "./shared/settings.js" */

/**
 * @typedef {{ batch: number, lr: number, seed: number, slope: number, offset: number, step: number, pinned: string }} State
 * @typedef {{ slope: Bounds, offset: Bounds }} Plane what the surface spans
 */

export const UPDATES = 64;
const CELLS = 30;
/** @type {(bounds: Bounds, index: number) => number} */
const coordinate = ({ min, max }, index) =>
  min + ((max - min) * (index + 0.5)) / CELLS;
/** Slope and offset at the middle of a cell: slope to the right, offset upwards.
 * @type {(plane: Plane, r: number, c: number) => number[]} */
export const pointOf = ({ slope, offset }, r, c) => [
  coordinate(slope, c),
  coordinate(offset, CELLS - 1 - r),
];

/** 32 examples near y = 1.3 x − 0.4.
 * @type {() => number[][]} */
export function examples() {
  const next = randomNumbers(2);
  return range(32).map(() => {
    const x = 4 * next() - 1.4;
    return [x, 1.3 * x - 0.4 + 1.6 * (next() - 0.5)];
  });
}
const DATA = examples();
/** @type {(point: number[], data?: number[][]) => number} */
export const loss = ([w, b], data = DATA) =>
  data.reduce((sum, [x, y]) => sum + (w * x + b - y) ** 2, 0) / data.length;
/** @type {(point: number[], data?: number[][]) => number[]} */
export function gradient([w, b], data = DATA) {
  const sums = data.reduce(
    ([dw, db], [x, y]) => [
      dw + 2 * (w * x + b - y) * x,
      db + 2 * (w * x + b - y),
    ],
    [0, 0],
  );
  return sums.map((v) => v / data.length);
}
/** Which examples each update sees: a new shuffle for every epoch, the last batch may be short.
 * @type {(state: { batch: number, seed: number }) => number[][]} */
export function batches({ batch, seed }) {
  const next = randomNumbers(seed + 1);
  /** @type {number[][]} */
  const found = [];
  while (found.length < UPDATES) {
    const order = range(DATA.length);
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    for (let start = 0; start < order.length; start += batch)
      found.push(order.slice(start, start + batch));
  }
  return found.slice(0, UPDATES);
}
/** Every point of the path, the start included; it ends where the numbers grow without bound.
 * @type {(state: State) => number[][]} */
export function descend(state) {
  const path = [[state.slope, state.offset]];
  for (const chosen of batches(state)) {
    const [w, b] = last(path);
    const [dw, db] = gradient(
      [w, b],
      chosen.map((i) => DATA[i]),
    );
    const next = [w - state.lr * dw, b - state.lr * db];
    if (Math.hypot(...next) > 1e6) break;
    path.push(next);
  }
  return path;
}
/** The largest curvature of the surface: a step size above 2 over it diverges (with the whole batch). */
export function curvature() {
  /** @param {(x: number) => number} f */
  const mean = (f) => DATA.reduce((sum, [x]) => sum + f(x), 0) / DATA.length;
  const [a, c] = [2 * mean((x) => x * x), 2 * mean((x) => x)];
  return (a + 2 + Math.hypot(a - 2, 2 * c)) / 2;
}
/** The surface in ten bands of its logarithm: their edges are its contour lines. The same for all settings.
 * @type {(plane: Plane) => number[][]} */
function banded(plane) {
  const levels = range(CELLS).map((r) =>
    range(CELLS).map((c) => Math.log(loss(pointOf(plane, r, c)))),
  );
  const [low, high] = [Math.min(...levels.flat()), Math.max(...levels.flat())];
  /** @param {number} level */
  const band = (level) => Math.floor((9.999 * (level - low)) / (high - low));
  return levels.map((row) => row.map(band));
}

/** @type {(state: State) => CodeLines} */
export function codeLines({ batch, lr }) {
  const epochs = Math.ceil(UPDATES / Math.ceil(DATA.length / batch));
  return {
    ours: `train(params, loss_and_grads, x, y, lr=${lr}, size=${batch}, epochs=${epochs}, rng=rng)`,
    keras: `model.compile(SGD(${lr}), "mse"); model.fit(x, y, batch_size=${batch}, epochs=${epochs})`,
    pytorch: `SGD(model.parameters(), lr=${lr}), DataLoader(data, batch_size=${batch}, shuffle=True)  # ${epochs} epochs`,
  };
}

/** @type {Definition<State>["build"]} */
function buildSurface(fig) {
  const { slope, offset, lr, step } = fig.settings;
  const plane = { slope, offset };
  const bands = banded(plane);
  /** @type {number[][]} */
  let path = [];
  /** @param {State} state */
  const done = (state) => Math.min(state.step, path.length - 1);
  /** The stop of the slider that is nearest to a step size.
   * @param {number} value */
  const nearest = (value) => {
    const distances = lr.stops.map((v) => Math.abs(v - value));
    return distances.indexOf(Math.min(...distances));
  };

  /** @type {NonNullable<Parts<State>["controls"]>} */
  function controls(state) {
    return [
      fig.slider("batch", "batch size"),
      fig.slider("lr", "step size", {
        min: 0,
        max: lr.stops.length - 1,
        value: nearest(state.lr),
        valueText: formatNumber(state.lr),
        set: (i) => fig.set({ lr: lr.stops[i] }),
      }),
      fig.slider("seed", "shuffle"),
      {
        kind: "buttons",
        id: "start",
        label: "",
        plain: true,
        options: [["here", "Start from the chosen point"]],
        set() {
          const cell = fig.chosen;
          if (cell?.board !== "surface") return;
          const [w, b] = pointOf(plane, cell.r, cell.c);
          fig.set({ slope: w, offset: b, pinned: "", step: step.max });
        },
      },
    ];
  }

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    path = descend(state);
    const room = width >= 560 ? width - 314 : width - 44; // beside the curve, or above it
    const size = clamp(Math.floor(Math.min(room, 390) / CELLS), 6, 13);
    const side = CELLS * size;
    const left = width >= 560 ? width - side - 114 : width - 60;
    const chart = { width: Math.min(left, 330), height: 200 };
    const { positions, height } = flow(
      width,
      [{ width: side, height: side }, chart],
      { left: 34, top: 40, gap: 70 },
    );
    const surface = fig.add({
      id: "surface",
      label: "loss over slope (to the right) and offset (upwards)",
      rows: CELLS,
      columns: CELLS,
      size,
      ...positions[0],
      indices: false,
    });
    surface.under(shadedSheet(surface, bands, (which) => 0.06 + which / 10.5));
    const across = side / (slope.max - slope.min);
    const up = side / (offset.max - offset.min);
    /** @param {number[]} point */
    const position = ([w, b]) => [
      clamp(
        surface.x + (w - slope.min) * across,
        surface.x - 8,
        surface.x + side + 8,
      ),
      clamp(
        surface.y + (offset.max - b) * up,
        surface.y - 8,
        surface.y + side + 8,
      ),
    ];
    const shown = path.slice(0, done(state) + 1).map(position);
    const trail = svg(
      "g",
      { class: "cv-hatched" },
      svg("path", {
        class: "cv-frame",
        d: `M${shown.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L")}`,
      }),
    );
    for (const [x, y] of shown)
      trail.append(
        svg("circle", { class: "cv-cell window", cx: x, cy: y, r: 2.4 }),
      );
    const [ex, ey] = last(shown);
    trail.append(
      svg("circle", { class: "cv-cell chosen", cx: ex, cy: ey, r: 5.5 }),
    );
    surface.under(trail);
    for (const v of ticks(slope.min, slope.max, 4))
      fig.put(
        svg(
          "text",
          {
            class: "cv-index",
            x: surface.x + (v - slope.min) * across,
            y: surface.y + side + 12,
          },
          minus(v),
        ),
      );
    for (const v of ticks(offset.min, offset.max, 4))
      fig.put(
        svg(
          "text",
          {
            class: "cv-index",
            x: surface.x - 12,
            y: surface.y + (offset.max - v) * up,
          },
          minus(v),
        ),
      );
    fig.heading(
      { x: surface.x, y: surface.y + 12 },
      "loss",
      "b upwards, w to the right",
    );
    drawCurve(positions[1], chart);
    const limit = 2 / curvature();
    const wild = path.length <= UPDATES || loss(last(path)) > 4 * loss(path[0]);
    fig.warn(
      wild &&
        `The path diverges: the step size ${formatNumber(state.lr)} is ${state.lr > limit ? `above 2 over the largest curvature, ${formatNumber(limit)}` : "too large for a batch this small"}.`,
    );
    fig.showLegend(
      ["ramp", "loss: small", "large (logarithmic)"],
      ["window", "the path"],
      ["chosen", "where it is now"],
    );
    fig.showCode(codeLines(state));
    return { height: height + 16 };
  }
  /** @type {(at: Point, size: Size) => void} */
  function drawCurve(at, { width, height }) {
    const values = path.map((p) => loss(p));
    const top = Math.min(Math.max(...values), 4 * values[0] + 1);
    /** @param {number} i */
    const x = (i) => at.x + (width * i) / UPDATES;
    /** @param {number} v */
    const y = (v) => at.y + height * (1 - Math.min(v, top) / top);
    fig.heading({ x: at.x, y: at.y + 12 }, "loss of all examples", "by update");
    for (const v of ticks(0, top, 4)) {
      fig.put(
        svg("line", {
          class: "cv-tick",
          x1: at.x,
          x2: at.x + width,
          y1: y(v),
          y2: y(v),
        }),
        svg(
          "text",
          { class: "cv-index cv-beside", x: at.x - 8, y: y(v) },
          formatNumber(v),
        ),
      );
    }
    fig.put(
      svg("path", {
        class: "cv-frame",
        d: `M${values.map((v, i) => `${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}`,
      }),
    );
    const reach = width / UPDATES / 2;
    fig.add({
      id: "curve",
      label: "loss after each update",
      role: "curve",
      rows: 1,
      columns: values.length,
      indices: false,
      kind: () => "window",
      rectOf: (_, c) => ({
        x: x(c) - reach,
        y: y(values[c]) - 3,
        width: 2 * reach,
        height: 6,
        rx: 2,
      }),
    });
    for (const i of [0, 16, 32, 48, 64])
      fig.put(
        svg("text", { class: "cv-index", x: x(i), y: at.y + height + 14 }, i),
      );
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const at = done(state);
    const here =
      cell?.board === "surface"
        ? pointOf(plane, cell.r, cell.c)
        : path[cell?.board === "curve" ? cell.c : at];
    const index = cell?.board === "curve" ? cell.c : at;
    const slopes = gradient(here);
    const update = index > 0 && cell?.board !== "surface" ? index : null;
    const formulas = [
      line(
        "loss = mean of (w·x + b − y)²",
        `= ${formatNumber(loss(here))} at w = ${formatNumber(here[0])}, b = ${formatNumber(here[1])}; its gradient is (${formatNumber(slopes[0])}, ${formatNumber(slopes[1])})`,
      ),
    ];
    if (update !== null) {
      const batch = batches(state)[update - 1];
      const [dw, db] = gradient(
        path[update - 1],
        batch.map((i) => DATA[i]),
      );
      formulas.push(
        line(
          `update ${update}: the batch of ${batch.length} has gradient (${formatNumber(dw)}, ${formatNumber(db)})`,
        ),
        line(
          "w ← w − lr·dw =",
          `${factor(path[update - 1][0])} − ${formatNumber(state.lr)}·${factor(dw)} =`,
          bold(formatNumber(path[update][0])),
          `, b ← ${factor(path[update - 1][1])} − ${formatNumber(state.lr)}·${factor(db)} =`,
          bold(formatNumber(path[update][1])),
        ),
      );
    }
    fig.showFormulas(...formulas);
    if (cell) fig.board(cell.board).mark([[cell.r, cell.c]], "chosen");
    const what =
      cell?.board === "surface"
        ? "point"
        : index === 0
          ? "start"
          : `after update ${index}`;
    return `${what}: slope ${formatNumber(here[0])}, offset ${formatNumber(here[1])}, loss ${formatNumber(loss(here))}`;
  }
  return {
    controls,
    draw,
    show,
    once: true,
    first: 0,
    length: () => path.length,
    choose: (state) => ({ board: "curve", r: 0, c: done(state) }),
  };
}

export default defineFigure({
  name: "LossSurface",
  title: "A path on the loss surface",
  hint: "Small batches make the path noisy, large steps make it overshoot. Point at the surface for the loss there; start from any point.",
  build: buildSurface,
});

// @ts-check
// Neurons as lines in the plane [-4, 4]²: score w·x + b, distance score / ‖w‖, ReLU.

import { defineFigure } from "./shared/figure.js";
import { bold, frac, line } from "./shared/formula.js";
import { flow } from "./shared/layout.js";
import { clamp, factor, formatNumber, minus, range } from "./shared/numbers.js";
import { shadedSheet } from "./shared/shades.js";
import { svg } from "./shared/shapes.js";
import { count } from "./shared/words.js";

/** @import { Board } from "./shared/board.js" */
/** @import { Control } from "./shared/controls.js" */
/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Point, Rect } from "./shared/layout.js" */
/** @import { Shape } from "./shared/shapes.js" */

/**
 * @typedef {{ neurons: number[][], selected: number, view: "score" | "relu" | "regions", pinned: string }} State
 */

const CELLS = 33;
const REACH = 4;
/** @param {number} index */
const coordinate = (index) => -REACH + (2 * REACH * index) / (CELLS - 1);
/** The point of a cell: x1 to the right, x2 upwards.
 * @type {(r: number, c: number) => number[]} */
export const pointOf = (r, c) => [coordinate(c), -coordinate(r)];
/** A neuron at a point; the distance is null where w = 0.
 * @type {(neuron: number[], point: number[]) => { score: number, length: number, distance: number | null, relu: number }} */
export function values([w1, w2, b], [x1, x2]) {
  const score = w1 * x1 + w2 * x2 + b;
  const length = Math.hypot(w1, w2);
  return {
    score,
    length,
    distance: length > 0 ? score / length : null,
    relu: Math.max(score, 0),
  };
}
/** Which neurons are active in each cell of the plane, row by row: a bit for each neuron.
 * @type {(neurons: number[][]) => number[][]} */
export const patterns = (neurons) =>
  range(CELLS).map((r) =>
    range(CELLS).map((c) => {
      const [x1, x2] = pointOf(r, c);
      return neurons.reduce(
        (bits, [w1, w2, b], n) =>
          w1 * x1 + w2 * x2 + b > 0 ? bits | (1 << n) : bits,
        0,
      );
    }),
  );
/** How many regions the neurons cut the plane into.
 * @type {(neurons: number[][]) => number} */
export const regions = (neurons) => new Set(patterns(neurons).flat()).size;
/** @type {(state: State) => number} */
const current = (state) => Math.min(state.selected, state.neurons.length - 1);
/** @type {(state: State) => CodeLines} */
export function codeLines(state) {
  const [n, i] = [state.neurons.length, current(state)];
  return {
    ours: `signed_distance(x, w[:, ${i}], b[${i}]), relu(dense(x, w, b))`,
    keras: `Dense(${n}, activation="relu")`,
    pytorch: `Linear(2, ${n}), ReLU()`,
  };
}

/** @type {Definition<State>["build"]} */
function buildHyperplane(fig) {
  const bounds = fig.settings.neurons.columns ?? []; // of w1, w2, b
  /** @type {Board} */
  let plane;
  let unit = 1;
  let ramp = { x: 0, y: 0, width: 0, height: 0 };
  /** @type {number[] | null} */
  let held = null; // the arrow's foot, while its tip is dragged: it moves with w
  let cut = 0; // regions of the plane
  /** @param {Record<number, number>} changes */
  const change = (changes) => {
    const index = current(fig.state);
    const neurons = fig.state.neurons.map((neuron, n) =>
      n === index ? neuron.map((v, k) => changes[k] ?? v) : neuron,
    );
    fig.set({ neurons });
  };
  /** @type {(point: number[]) => [number, number]} */
  const toImage = ([x1, x2]) => [
    plane.x + (x1 + REACH) * unit + plane.size / 2,
    plane.y + (REACH - x2) * unit + plane.size / 2,
  ];
  /** @type {(at: Point) => [number, number]} */
  const toPoint = ({ x, y }) => [
    (x - plane.x - plane.size / 2) / unit - REACH,
    REACH - (y - plane.y - plane.size / 2) / unit,
  ];
  /** The foot of the line's normal from the origin, and the tip of w drawn from there.
   * @type {(neuron: number[]) => number[][]} */
  const arrow = ([w1, w2, b]) => {
    const square = w1 * w1 + w2 * w2 || 1;
    const foot = [(-b * w1) / square, (-b * w2) / square];
    return [foot, [foot[0] + w1, foot[1] + w2]];
  };
  /** A weight or bias after a drag: one decimal, within its bounds.
   * @type {(column: number, value: number) => number} */
  const dragged = (column, value) => {
    const { min, max } = bounds[column];
    return clamp(Math.round(value * 10) / 10, min, max);
  };

  /** @type {NonNullable<Parts<State>["controls"]>} */
  function controls(state) {
    const neuron = state.neurons[current(state)];
    /** @type {(k: number, label: string) => Control} */
    const slider = (k, label) => ({
      kind: "slider",
      id: `w${k}`,
      label,
      ...bounds[k],
      step: 0.1,
      value: neuron[k],
      set: (v) => change({ [k]: v }),
    });
    return [
      {
        kind: "buttons",
        id: `neuron of ${state.neurons.length}`,
        label: "neuron",
        options: state.neurons.map((_, n) => [n, String(n + 1)]),
        value: current(state),
        set: (selected) => fig.set({ selected }),
      },
      {
        kind: "buttons",
        id: "number",
        label: "",
        plain: true,
        options: [
          [
            "add",
            "+ neuron",
            state.neurons.length === fig.settings.neurons.most,
          ],
          ["remove", "− neuron", state.neurons.length === 1],
        ],
        set(what) {
          const n = fig.state.neurons.length;
          const more = [
            [-0.5, 1, 0.5],
            [0.8, -1, 1],
            [1, 1, 1.5],
          ];
          if (what === "add")
            fig.set({
              neurons: [...fig.state.neurons, more[n - 1]],
              selected: n,
            });
          else
            fig.set({ neurons: fig.state.neurons.slice(0, -1), selected: 0 });
        },
      },
      {
        kind: "buttons",
        id: "view",
        wide: "line",
        label: "shade",
        value: state.view,
        options: [
          ["score", "score"],
          ["relu", "ReLU"],
          ["regions", "regions"],
        ],
        set: (view) => fig.set({ view }),
      },
      slider(0, "w₁"),
      slider(1, "w₂"),
      slider(2, "b"),
    ];
  }

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    const room = width >= 560 ? width - 276 : width - 60; // beside the ramp, or above it
    const size = clamp(Math.floor(Math.min(room, 400) / CELLS), 6, 12);
    const side = CELLS * size;
    const left = width >= 560 ? width - side - 86 : width - 60;
    const chart = { width: Math.min(left, 260), height: 190 };
    const { positions, height } = flow(
      width,
      [{ width: side, height: side }, chart],
      { left: 30, top: 40 },
    );
    plane = fig.add({
      id: "plane",
      label: "plane, x1 to the right and x2 upwards, from −4 to 4",
      rows: CELLS,
      columns: CELLS,
      size,
      ...positions[0],
      indices: false,
    });
    unit = (side - size) / (2 * REACH);
    const index = current(state);
    const neuron = state.neurons[index];
    const largest = Math.max(
      ...[-REACH, REACH].flatMap((x1) =>
        [-REACH, REACH].map((x2) => Math.abs(values(neuron, [x1, x2]).score)),
      ),
      1e-9,
    );
    const shading =
      state.view === "regions"
        ? regionCells(state)
        : slope(state.view, neuron, largest);
    plane.under(shading);
    cut = regions(state.neurons);
    drawLines(state);
    for (const v of [-4, -2, 0, 2, 4]) {
      const [x] = toImage([v, 0]);
      const [, y] = toImage([0, v]);
      fig.put(
        svg("text", { class: "cv-index", x, y: plane.y + side + 12 }, minus(v)),
        svg("text", { class: "cv-index", x: plane.x - 12, y }, minus(v)),
      );
    }
    fig.heading(
      { x: plane.x, y: plane.y + 12 },
      "plane",
      "x₂ upwards, x₁ to the right",
    );
    ramp = { ...positions[1], ...chart };
    fig.heading(
      { x: positions[1].x, y: positions[1].y + 12 },
      `neuron ${index + 1}`,
      "along its normal",
    );
    fig.warn(
      values(neuron, [0, 0]).length === 0 &&
        "w = 0: there is no line, and no distance to it; the score is b everywhere.",
    );
    fig.showLegend(
      [
        state.view === "score" ? "scale" : "ramp",
        {
          score: "score below 0",
          relu: "ReLU: 0",
          regions: "no neuron active",
        }[state.view],
        { score: "above 0", relu: "large", regions: "all active" }[state.view],
      ],
      ["chosen", "the chosen point"],
    );
    fig.showCode(codeLines(state));
    return { height: height + 14 };
  }
  /** @type {(state: State) => Shape} */
  function regionCells({ neurons }) {
    /** @param {number} bits */
    const active = (bits) => neurons.filter((_, n) => bits & (1 << n)).length;
    return shadedSheet(
      plane,
      patterns(neurons),
      (bits) => active(bits) / neurons.length,
    );
  }
  /** Score and ReLU change along w alone: one gradient, from -largest to largest, shades the whole plane.
   * @type {(view: string, neuron: number[], largest: number) => Shape} */
  function slope(view, [w1, w2, b], largest) {
    const square = w1 * w1 + w2 * w2;
    if (square === 0) return svg("g", {});
    /** @param {number} score */
    const where = (score) =>
      toImage([((score - b) * w1) / square, ((score - b) * w2) / square]);
    const [[x1, y1], [x2, y2]] = [where(-largest), where(largest)];
    /** @type {(offset: number, colour: string) => Shape} */
    const stop = (offset, colour) =>
      svg("stop", { offset, style: `stop-color: var(--cv-${colour})` });
    const id = `${fig.root.id}-slope`;
    const box = plane.bounds();
    const low = view === "score" ? "low" : "zero";
    const gradient = svg("linearGradient", {
      id,
      gradientUnits: "userSpaceOnUse",
      x1,
      y1,
      x2,
      y2,
    });
    gradient.append(stop(0, low), stop(0.5, "zero"), stop(1, "high"));
    return svg(
      "g",
      { "aria-hidden": "true", class: "cv-hatched" },
      gradient,
      svg("rect", { ...box, fill: `url(#${id})` }),
    );
  }
  /** @param {State} state */
  function drawLines(state) {
    const inside = svg("g", { class: "cv-hatched" });
    state.neurons.forEach((neuron, n) => {
      const [w1, w2] = neuron;
      const length = Math.hypot(w1, w2);
      if (length === 0) return;
      const chosen = n === current(state);
      const [foot, tip] = arrow(neuron);
      const ends = [-20, 20].map((t) =>
        toImage([foot[0] - (t * w2) / length, foot[1] + (t * w1) / length]),
      );
      const segment = clip(ends, plane.bounds());
      if (!segment) return;
      const [[x1, y1], [x2, y2]] = segment;
      inside.append(
        svg("line", {
          class: "cv-frame",
          x1,
          y1,
          x2,
          y2,
          "stroke-dasharray": chosen ? null : "7 5",
        }),
      );
      // Its number stands beside it, on the side of the middle.
      const [dx, dy] = [x2 - x1, y2 - y1];
      const at = [x1 + 0.88 * dx, y1 + 0.88 * dy];
      const { x, y, width } = plane.bounds();
      const turn =
        dx * (y + width / 2 - at[1]) > dy * (x + width / 2 - at[0]) ? 1 : -1;
      const far = (turn * 13) / Math.hypot(dx, dy);
      const label = { x: at[0] - far * dy, y: at[1] + far * dx };
      inside.append(
        svg("text", { class: "cv-name cv-line-number", ...label }, n + 1),
      );
      if (!chosen) return;
      inside.append(svg("line", { class: "cv-grip", x1, y1, x2, y2 }));
      const [a, b] = [toImage(foot), toImage(tip)];
      const box = plane.bounds();
      /** @param {number[]} point */
      const within = ([x, y]) =>
        x >= box.x &&
        y >= box.y &&
        x <= box.x + box.width &&
        y <= box.y + box.height;
      if (within(a)) {
        const [start, end] = clip([a, b], box) ?? [a, b];
        inside.append(
          svg("line", {
            class: "cv-pin",
            x1: start[0],
            y1: start[1],
            x2: end[0],
            y2: end[1],
          }),
        );
        if (within(b))
          inside.append(
            svg("circle", {
              class: "cv-cell window",
              cx: b[0],
              cy: b[1],
              r: 6,
            }),
            svg("text", { class: "cv-name", x: b[0] + 9, y: b[1] + 4 }, "w"),
            svg("circle", { class: "cv-grip", cx: b[0], cy: b[1], r: 3 }),
          );
      }
    });
    plane.under(inside);
  }
  /** The part of a segment inside a box (Liang and Barsky), or null.
   * @type {(ends: number[][], box: Rect) => [number, number][] | null} */
  function clip([[x1, y1], [x2, y2]], { x, y, width, height }) {
    let [low, high] = [0, 1];
    for (const [p, q] of [
      [x1 - x2, x1 - x],
      [x2 - x1, x + width - x1],
      [y1 - y2, y1 - y],
      [y2 - y1, y + height - y1],
    ]) {
      if (p === 0 && q < 0) return null;
      if (p < 0) low = Math.max(low, q / p);
      if (p > 0) high = Math.min(high, q / p);
    }
    /** @type {(t: number) => [number, number]} */
    const on = (t) => [x1 + t * (x2 - x1), y1 + t * (y2 - y1)];
    return low <= high ? [on(low), on(high)] : null;
  }

  /** Score (dashed) and ReLU (solid) over the signed distance, with the chosen point. */
  /** @type {(length: number, chosen: number | null) => void} */
  function drawRamp(length, chosen) {
    const group = svg("g", {});
    const top = Math.max(length * 5, 1);
    /** @param {number} d */
    const x = (d) => ramp.x + (ramp.width * (d + 5)) / 10;
    /** @param {number} v */
    const y = (v) => ramp.y + ramp.height * (0.5 - v / (2 * top));
    /** @type {(d: string, name: string, dashes?: string) => void} */
    const path = (d, name, dashes) =>
      group.append(svg("path", { class: name, d, "stroke-dasharray": dashes }));
    path(`M${x(-5)} ${y(0)}H${x(5)}M${x(0)} ${y(-top)}V${y(top)}`, "cv-axis");
    path(
      `M${x(-5)} ${y(-5 * length)}L${x(5)} ${y(5 * length)}`,
      "cv-link",
      "5 4",
    );
    path(
      `M${x(-5)} ${y(0)}L${x(0)} ${y(0)}L${x(5)} ${y(5 * length)}`,
      "cv-frame",
    );
    /** @type {(px: number, py: number, text: string, anchor?: string) => void} */
    const label = (px, py, text, anchor = "start") =>
      group.append(
        svg(
          "text",
          { class: "cv-soft", x: px, y: py, "text-anchor": anchor },
          text,
        ),
      );
    label(x(5), y(0) + 16, "distance", "end");
    label(x(0) + 6, y(top) + 8, formatNumber(top));
    label(x(-5), y(0) - 7, "ReLU");
    label(x(-5) + 26, y(-5 * length) - 4, "score");
    if (chosen !== null) {
      const d = clamp(chosen, -5, 5);
      path(`M${x(d)} ${y(-top)}V${y(top)}`, "cv-tick");
      group.append(
        svg("circle", {
          class: "cv-cell chosen",
          cx: x(d),
          cy: y(Math.max(0, d * length)),
          r: 6,
        }),
      );
    }
    plane.marks.append(group);
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    if (!cell) return fig.showFormulas();
    const x = pointOf(cell.r, cell.c);
    const index = current(state);
    const [w1, w2, b] = state.neurons[index];
    const here = values(state.neurons[index], x);
    const [px, py] = toImage(x);
    plane.marks.append(
      svg("circle", { class: "cv-cell chosen", cx: px, cy: py, r: 5 }),
    );
    drawRamp(here.length, here.distance);
    const distances = state.neurons.flatMap(
      (neuron) => values(neuron, x).distance ?? [],
    );
    fig.showFormulas(
      line(
        "score = w·x + b =",
        `${factor(w1)}·${factor(x[0])} + ${factor(w2)}·${factor(x[1])} + ${factor(b)} =`,
        bold(formatNumber(here.score)),
      ),
      here.distance === null
        ? null
        : line(
            "distance = score / ‖w‖ =",
            frac(formatNumber(here.score), formatNumber(here.length)),
            "=",
            bold(formatNumber(here.distance)),
          ),
      line(
        `ReLU = max(${formatNumber(here.score)}, 0) =`,
        bold(formatNumber(here.relu)),
        `, |score| = max(s, 0) + max(−s, 0) = ${formatNumber(Math.abs(here.score))}`,
      ),
      distances.length > 1 && distances.length === state.neurons.length
        ? line(
            `distances: ${distances.map((d, n) => `d${"₁₂₃₄"[n]} = ${formatNumber(d, 3)}`).join(", ")}; d₁ − d₂ =`,
            bold(formatNumber(distances[0] - distances[1], 3)),
          )
        : null,
      line(
        `${count(state.neurons.length, "line")} ${state.neurons.length === 1 ? "cuts" : "cut"} this part of the plane into`,
        bold(cut),
        "regions",
      ),
    );
    const side =
      here.score > 0
        ? "above 0, active"
        : here.score < 0
          ? "below 0, silent"
          : "on the line";
    return `point (${formatNumber(x[0])}, ${formatNumber(x[1])}), neuron ${index + 1}: score ${formatNumber(here.score)}, ${side}${here.distance === null ? "" : `; distance ${formatNumber(here.distance)}`}; ReLU ${formatNumber(here.relu)}`;
  }
  return {
    controls,
    draw,
    show,
    /** @param {Point} at */
    grab({ x, y }) {
      const [foot, tip] = arrow(fig.state.neurons[current(fig.state)]);
      const [tipX, tipY] = toImage(tip);
      held = Math.hypot(tipX - x, tipY - y) < 20 ? foot : null;
    },
    // The tip of the arrow turns and stretches w; anywhere else the line follows the mouse.
    drag(cell, at) {
      const [w1, w2] = fig.state.neurons[current(fig.state)];
      const [x1, x2] = toPoint(at);
      if (!held) change({ 2: dragged(2, -(w1 * x1 + w2 * x2)) });
      else {
        change({
          0: dragged(0, x1 - held[0]),
          1: dragged(1, x2 - held[1]),
        });
      }
      return true;
    },
    choose: () => ({ board: "plane", r: 8, c: 24 }),
  };
}

export default defineFigure({
  name: "Hyperplane",
  title: "A neuron is a hyperplane",
  hint: "Drag the line to change b, the tip of the arrow to change w. Point anywhere for the score, the distance and the ReLU.",
  build: buildHyperplane,
});

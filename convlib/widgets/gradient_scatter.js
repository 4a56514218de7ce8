// @ts-check
// The backward pass as a scatter, for one channel and one filter: dx[i·S − P + u] += dout[i] · w[u].

import { defineFigure } from "./shared/figure.js";
import { bold, line, windowCount } from "./shared/formula.js";
import { cellAt, flow } from "./shared/layout.js";
import {
  clamp,
  factor,
  formatNumber,
  largest,
  randomNumbers,
  range,
} from "./shared/numbers.js";
import { count, span } from "./shared/words.js";

/** @import { Point } from "./shared/layout.js" */
/** @import { BoardOptions } from "./shared/board.js" */
/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Part } from "./shared/formula.js" */
/** @import { Reply } from "./shared/kernel.js" */

/**
 * @typedef {{ height: number, width: number, kernel: number, stride: number, pad: number, mode: "conv" | "max" | "mean", has_function: boolean, step: number, pinned: string }} State
 * @typedef {Omit<State, "has_function" | "step" | "pinned">} Shape
 */

const MOST_TERMS = 9; // of a sum that is written out
/** @type {<T>(rows: number, columns: number, f: (r: number, c: number) => T) => T[][]} */
const grid = (rows, columns, f) =>
  range(rows).map((r) => range(columns).map((c) => f(r, c)));
/**
 * @typedef {object} Numbers
 * @property {number} pad
 * @property {number[][]} dout upstream gradient
 * @property {number[][]} w weights
 * @property {number[][]} x input
 * @typedef {[number, number, number, [number, number | string]]} Sent row, column, amount, and its two factors
 */
/** The numbers of the figure; null where the window does not fit.
 * @type {(state: Shape) => Numbers | null} */
export function numbers({ height, width, kernel, stride, pad, mode }) {
  const p = mode === "conv" ? pad : 0;
  /** @param {number} n */
  const size = (n) => Math.floor((n + 2 * p - kernel) / stride) + 1;
  if (Math.min(height, width) + 2 * p < kernel) return null;
  /** @type {(seed: number, low: number, high: number) => (rows: number, columns: number) => number[][]} */
  const integers = (seed, low, high) => {
    const next = randomNumbers(seed);
    const all = grid(12, 12, () => low + Math.floor(next() * (high - low + 1)));
    return (rows, columns) => grid(rows, columns, (r, c) => all[r][c]);
  };
  return {
    pad: p,
    dout: integers(3, -3, 4)(size(height), size(width)),
    w: integers(5, -2, 3)(kernel, kernel),
    x: integers(8, 0, 4)(height, width),
  };
}
/** What output (i, j) sends back to every cell it touches, padding included.
 * @type {(state: Shape, numbers: Numbers, i: number, j: number) => Sent[]} */
export function sends(state, { pad, dout, w, x }, i, j) {
  const cells = range(state.kernel).flatMap((u) =>
    range(state.kernel).map((v) => [
      i * state.stride - pad + u,
      j * state.stride - pad + v,
      u,
      v,
    ]),
  );
  const g = dout[i][j];
  if (state.mode === "conv")
    return cells.map(([r, c, u, v]) => [r, c, g * w[u][v], [g, w[u][v]]]);
  if (state.mode === "mean")
    return cells.map(([r, c]) => [
      r,
      c,
      g / cells.length,
      [g, `1/${cells.length}`],
    ]);
  const top = Math.max(...cells.map(([r, c]) => x[r][c]));
  const first = cells.findIndex(([r, c]) => x[r][c] === top);
  return cells.map(([r, c], at) => [
    r,
    c,
    at === first ? g : 0,
    [g, at === first ? 1 : 0],
  ]);
}
/** dx after the first `steps` outputs, row by row.
 * @type {(state: Shape, given: Numbers, steps?: number) => number[][]} */
export function scattered(state, given, steps = Infinity) {
  const dx = grid(state.height, state.width, () => 0);
  const columns = given.dout[0].length;
  for (const at of range(Math.min(steps, given.dout.length * columns))) {
    for (const [r, c, amount] of sends(
      state,
      given,
      Math.floor(at / columns),
      at % columns,
    )) {
      if (dx[r]?.[c] !== undefined) dx[r][c] += amount;
    }
  }
  return dx;
}

/** How many outputs there are along one axis of the input, with its numbers.
 * @type {(state: State, name: string, letter: string, size: number) => Part} */
function outputSize({ kernel, stride, pad, mode }, name, letter, size) {
  const p = mode === "conv" ? pad : 0;
  const [letters, numbers] =
    mode === "conv" ? [" + 2P", ` + 2·${p}`] : ["", ""];
  return line(
    ...windowCount(
      `output ${name}`,
      `${letter} − F${letters}`,
      `${size} − ${kernel}${numbers}`,
      size + 2 * p - kernel,
      stride,
    ),
  );
}

/** @type {(state: Shape) => CodeLines} */
export function codeLines({ kernel, stride, pad, mode }) {
  const backend = "# PyTorch backend; TensorFlow: tape.gradient(out, x, dout)";
  if (mode !== "conv") {
    const short = { max: "max", mean: "avg" }[mode];
    const long = { max: "max", mean: "average" }[mode];
    return {
      ours: `${short}_pool2d_backward(dout, x, size=${kernel}, stride=${stride})`,
      keras: `ops.${long}_pool(x, ${kernel}, strides=${stride}).backward(dout); x.grad  ${backend}`,
      pytorch: `${short}_pool2d(x, ${kernel}, stride=${stride}).backward(dout); x.grad`,
    };
  }
  /** @param {string} name */
  const step = (name) => (stride > 1 ? `, ${name}=${stride}` : "");
  /** @param {string} name */
  const zeros = (name) => (pad ? `, ${name}=${pad}` : "");
  const x = pad
    ? `ops.pad(x, ((0, 0), (${pad}, ${pad}), (${pad}, ${pad}), (0, 0)))`
    : "x";
  return {
    ours: `conv2d_backward(dout, x, w${step("stride")}${zeros("pad")})`,
    keras: `ops.conv(${x}, w${step("strides")}).backward(dout); x.grad  ${backend}`,
    pytorch: `conv2d(x, w${step("stride")}${zeros("padding")}).backward(dout); x.grad`,
  };
}

/** @type {Definition<State>["build"]} */
function buildScatter(fig) {
  /** @type {Numbers | null} */
  let given = null;
  /** @type {Reply | null} */
  let reply = null; // of the learner's function, for the setting shown
  let requested = "";
  const total = () => (given ? given.dout.length * given.dout[0].length : 0);
  /** @param {State} state */
  const done = (state) => Math.min(state.step, total());

  /** @type {(state: State, given: Numbers) => void} */
  function call(state, given) {
    const request = JSON.stringify([
      state.height,
      state.width,
      state.kernel,
      state.stride,
      state.pad,
      state.mode,
    ]);
    if (request === requested) return;
    requested = request;
    reply = null;
    if (!state.has_function || state.mode !== "conv") return;
    /** @param {number[][]} rows */
    const volume = (rows) => [rows.map((row) => row.map((v) => [v]))];
    const { dout, x, w } = given;
    fig.kernel.call(
      {
        dout: volume(dout),
        x: volume(x),
        w: w.map((row) => row.map((v) => [[v]])),
        stride: state.stride,
        pad: state.pad,
      },
      (answered) => {
        reply = answered;
        fig.refresh();
      },
    );
  }
  /** The learner's dx as rows, or null: their function returns (dx, dw, db).
   * @type {(own: number[][]) => number[][] | null} */
  function theirs(own) {
    const dx = reply?.values?.[0]?.[0];
    const fits =
      Array.isArray(dx) &&
      dx.length === own.length &&
      dx.every(
        (row) =>
          Array.isArray(row) &&
          row.length === own[0].length &&
          row.every((v) => Array.isArray(v) && v.length === 1),
      );
    return fits
      ? dx.map((row) => row.map((/** @type {number[]} */ [v]) => v))
      : null;
  }

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    given = numbers(state);
    fig.warn(
      !given &&
        `No output: the window is ${state.kernel} × ${state.kernel}, the input with its padding ${[state.height, state.width].map((n) => n + (state.mode === "conv" ? 2 * state.pad : 0)).join(" × ")}.`,
    );
    if (!given) {
      fig.showCode(null);
      fig.showLegend(["", "dx, which no output reaches"]);
      const size = 26;
      const at = { x: 24, y: 44 };
      fig.heading(at, "dx", "no output");
      fig.add({
        id: "dx",
        label: "dx, which no output reaches",
        rows: state.height,
        columns: state.width,
        size,
        ...at,
      });
      return { height: 56 + size * Math.max(state.height, state.kernel) };
    }
    call(state, given);
    const { dout, w, x } = given;
    const full = scattered(state, given);
    const dx = scattered(state, given, done(state));
    const theirDx = theirs(full);
    /** @type {(r: number, c: number) => boolean} */
    const wrong = (r, c) =>
      theirDx !== null && Math.abs(theirDx[r][c] - full[r][c]) > 1e-9;
    const middle = state.mode === "conv" ? w : x;
    const across = dout[0].length + middle[0].length + state.width;
    const size = clamp(
      Math.floor(
        width >= 520
          ? (width - 30 - 104) / across
          : (width - 34) / Math.max(state.width, 6),
      ),
      20,
      36,
    );
    /** @param {number[][]} rows */
    const part = (rows) => ({
      width: rows[0].length * size,
      height: rows.length * size,
    });
    const { positions, height } = flow(width, [
      part(dout),
      part(middle),
      part(dx),
    ]);
    /** @type {(id: string, label: string, rows: number[][], at: Point, more?: Partial<BoardOptions>) => void} */
    const board = (id, label, rows, at, more) => {
      const most = largest(rows);
      fig.add({
        id,
        label,
        rows: rows.length,
        columns: rows[0].length,
        size,
        ...at,
        text: (r, c) => formatNumber(rows[r][c], 1),
        tone: (r, c) => rows[r][c] / most,
        ...more,
      });
    };
    board("dout", "upstream gradient dout", dout, positions[0]);
    board(
      state.mode === "conv" ? "w" : "x",
      state.mode === "conv" ? "weights w" : "input x",
      middle,
      positions[1],
    );
    const scale = largest(full);
    board("dx", "gradient dx", dx, positions[2], {
      tone: (r, c) => dx[r][c] / scale,
      kind: (r, c) => (wrong(r, c) ? "never" : ""),
    });
    fig.heading(positions[0], "dout", "upstream");
    fig.heading(
      positions[1],
      state.mode === "conv" ? "w" : "x",
      state.mode === "conv" ? "weights" : "input",
    );
    fig.heading(positions[2], "dx", `after ${done(state)} of ${total()}`);
    const differing = theirDx
      ? full
          .flat()
          .filter((_, i) => wrong(Math.floor(i / state.width), i % state.width))
          .length
      : 0;
    fig.warn(
      reply?.error && `Your function gave no gradient yet: ${reply.error}`,
      reply?.values &&
        !theirDx &&
        `Your dx does not have the shape (1, ${state.height}, ${state.width}, 1).`,
      differing > 0 &&
        `Your dx differs in ${count(differing, "cell")}: crossed out.`,
    );
    fig.remark(
      reply?.silent &&
        "No Python is running behind this page, so dx is not compared with your function's: run the lesson in Jupyter.",
      theirDx && "Your conv2d_backward gives this dx.",
    );
    fig.showLegend(
      ["chosen", "the chosen cell"],
      ["window", "cells it is connected to"],
      state.mode === "max" && ["third", "the first maximum: it gets all"],
      state.mode === "max" && ["framed", "a tie: it gets nothing"],
      differing > 0 && ["never", "your dx differs"],
      ["scale", "negative", "positive"],
    );
    fig.showCode(codeLines(state));
    return { height };
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const shown = given;
    if (!shown) {
      const start = -(state.mode === "conv" ? state.pad : 0);
      const reach = [start, start + state.kernel - 1];
      fig.board("dx").frame(reach, reach, "cv-frame bad");
      fig.showFormulas(
        outputSize(state, "rows", "H", state.height),
        outputSize(state, "columns", "W", state.width),
      );
      return "The window does not fit into the input.";
    }
    const formula = {
      conv: line("dx[i·S − P + u, j·S − P + v]", "+= dout[i, j] · w[u, v]"),
      max: line("dx at the first maximum of window (i, j)", "+= dout[i, j]"),
      mean: line(
        "dx at every cell of window (i, j)",
        `+= dout[i, j] / ${state.kernel * state.kernel}`,
      ),
    }[state.mode];
    if (!cell) {
      fig.showFormulas(formula);
      return "No output has sent its gradient back yet.";
    }
    const board = fig.board(cell.board);
    board.mark([[cell.r, cell.c]], "chosen");
    const at = `row ${cell.r}, column ${cell.c}`;
    /** @param {number | string} v */
    const asFactor = (v) => (typeof v === "number" ? factor(v) : v);
    if (cell.board === "dout") {
      const sent = sends(state, shown, cell.r, cell.c);
      const dx = fig.board("dx");
      dx.mark(
        sent.map(([r, c]) => [r, c]),
        "window",
      );
      if (state.mode === "max") markMaxima(sent);
      if (state.mode === "conv")
        fig.board("w").mark(
          sent.map((_, i) => [Math.floor(i / state.kernel), i % state.kernel]),
          "window",
        );
      if (state.mode === "max") {
        const [[r, c]] = maxima(sent);
        const tied = maxima(sent).length;
        const g = formatNumber(shown.dout[cell.r][cell.c]);
        fig.showFormulas(
          formula,
          line(
            `dx[${r}, ${c}] += `,
            bold(g),
            tied > 1 ? `, the first of ${tied} that tie` : "",
          ),
        );
        return `dout ${at}: ${g} goes to row ${r}, column ${c}, the first maximum of its window${tied > 1 ? ` (${tied} tie)` : ""}`;
      }
      const inside = sent.filter(([r, c]) => dx.has(r, c));
      fig.showFormulas(
        formula,
        line(
          inside
            .slice(0, MOST_TERMS)
            .map(
              ([, , amount, [g, weight]]) =>
                `${asFactor(g)}·${asFactor(weight)} = ${formatNumber(amount)}`,
            )
            .join(", "),
          inside.length > MOST_TERMS ? ", …" : "",
        ),
      );
      const lost = sent.length - inside.length;
      const rows = [...new Set(inside.map(([r]) => r))];
      const columns = [...new Set(inside.map(([, c]) => c))];
      return `dout ${at}: ${formatNumber(shown.dout[cell.r][cell.c])} goes to ${span("row", rows)}, ${span("column", columns)} of dx${lost ? `; ${count(lost, "part")} falls on the padding and is dropped` : ""}`;
    }
    if (cell.board === "dx" || cell.board === "x") {
      /** @type {{ i: number, j: number, amount: number, factors: (number | string)[] }[]} */
      const ways = [];
      shown.dout.forEach((row, i) =>
        row.forEach((_, j) => {
          for (const [r, c, amount, factors] of sends(state, shown, i, j)) {
            if (r === cell.r && c === cell.c)
              ways.push({ i, j, amount, factors });
          }
        }),
      );
      const so = ways.filter(
        ({ i, j }) => i * shown.dout[0].length + j < done(state),
      );
      fig.board("dout").mark(
        ways.map(({ i, j }) => [i, j]),
        "window",
      );
      if (cell.board === "x")
        fig.board("dx").mark([[cell.r, cell.c]], "chosen");
      const sum = so.reduce((total, { amount }) => total + amount, 0);
      fig.showFormulas(
        formula,
        line(
          `dx[${cell.r}, ${cell.c}] =`,
          so
            .map(
              ({ factors: [g, weight] }) =>
                `${asFactor(g)}·${asFactor(weight)}`,
            )
            .join(" + ") || "0",
          "=",
          bold(formatNumber(sum, 3)),
        ),
      );
      const outputs = ways.map(({ i, j }) => `(${i}, ${j})`).join(", ");
      return `${cell.board} ${at} touched ${count(ways.length, "output")}${outputs ? `: ${outputs}` : ""}; its gradient is ${formatNumber(sum, 3)}${so.length < ways.length ? " so far" : ""}`;
    }
    const products = shown.dout.flatMap((row, i) =>
      row.map((g, j) => [
        g,
        shown.x[i * state.stride - shown.pad + cell.r]?.[
          j * state.stride - shown.pad + cell.c
        ] ?? 0,
      ]),
    );
    const slope = products.reduce((sum, [g, v]) => sum + g * v, 0);
    const live = products.filter(([g, v]) => g !== 0 && v !== 0);
    fig.showFormulas(
      formula,
      line(
        `dw[${cell.r}, ${cell.c}] =`,
        `Σ dout[i, j] · x[i·S − P + ${cell.r}, j·S − P + ${cell.c}] =`,
        live
          .slice(0, MOST_TERMS)
          .map(([g, v]) => `${asFactor(g)}·${asFactor(v)}`)
          .join(" + ") || "0",
        live.length > MOST_TERMS ? "+ … =" : "=",
        bold(formatNumber(slope)),
      ),
    );
    return `w ${at}: ${formatNumber(shown.w[cell.r][cell.c])}, used once by every output; its own gradient dw is ${formatNumber(slope)}`;
  }
  /** The cells of a window that hold its maximum, the first of them first.
   * @param {Sent[]} sent */
  function maxima(sent) {
    const x = given?.x ?? [];
    const top = Math.max(...sent.map(([r, c]) => x[r][c]));
    return sent.filter(([r, c]) => x[r][c] === top);
  }
  /** @param {Sent[]} sent */
  function markMaxima(sent) {
    const x = fig.board("x");
    const ties = maxima(sent);
    x.mark(
      sent.map(([r, c]) => [r, c]),
      "window",
    );
    x.mark(
      ties.slice(1).map(([r, c]) => [r, c]),
      "framed",
    );
    const [r, c] = ties[0];
    x.mark([[r, c]], "third");
    fig.board("dx").mark([[r, c]], "third");
  }
  return {
    controls: (state) => [
      {
        kind: "buttons",
        id: "mode",
        label: "",
        wide: "line",
        value: state.mode,
        options: [
          ["conv", "convolution"],
          ["max", "maximum pool"],
          ["mean", "average pool"],
        ],
        set: (mode) => fig.set({ mode, pinned: "" }),
      },
      fig.slider("width", "width W"),
      fig.slider("height", "height H"),
      fig.slider("kernel", "window F"),
      fig.slider("stride", "stride S"),
      fig.slider("pad", "padding P", {
        disabled: state.mode !== "conv",
      }),
    ],
    draw,
    show,
    once: true,
    first: 0,
    length: () => (given ? total() + 1 : 0),
    choose(state) {
      if (!given || done(state) === 0) return null;
      if (done(state) === total() && state.step > total())
        return {
          board: "dx",
          r: Math.floor((state.height - 1) / 2),
          c: Math.floor((state.width - 1) / 2),
        };
      const { length, 0: row } = given.dout;
      return cellAt("dout", length, row.length, done(state) - 1);
    },
  };
}

export default defineFigure({
  name: "GradientScatter",
  title: "The gradient, scattered back",
  hint: "Step through the outputs: each adds its gradient to its window of dx. Point at a cell of dx: which outputs did it touch?",
  build: buildScatter,
});

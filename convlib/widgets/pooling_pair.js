// @ts-check
// Maximum and average pooling of one map, before and after a shift of the input.

import { defineFigure } from "./shared/figure.js";
import { bold, frac, line, windowCount } from "./shared/formula.js";
import { cellAt, flow } from "./shared/layout.js";
import {
  clamp,
  formatNumber,
  isInteger,
  minus,
  pair,
  range,
  same,
} from "./shared/numbers.js";
import { count, span } from "./shared/words.js";

/** @import { Board } from "./shared/board.js" */
/** @import { Point, Size } from "./shared/layout.js" */
/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Part } from "./shared/formula.js" */

/**
 * @typedef {{ values: number[][], size: number | number[], stride: number | number[], down: number, right: number, step: number, pinned: string }} State
 *
 * @typedef {object} Output one output of both pools
 * @property {number} max
 * @property {number[]} first the first cell that holds the maximum
 * @property {number} ties how many hold it
 * @property {number} mean
 * @property {number[][]} cells of its window
 * @property {number[]} seen their values
 */

/** @type {("max" | "mean")[]} */
const KINDS = ["max", "mean"];
/** The map moved down and right; zeros come in.
 * @type {(values: number[][], down: number, right: number) => number[][]} */
export function shifted(values, down, right) {
  return values.map((row, r) =>
    row.map((_, c) => values[r - down]?.[c - right] ?? 0),
  );
}
/** Rows and columns of the step between windows.
 * @type {(state: Pick<State, "size" | "stride">) => number[]} */
export function strides({ size, stride }) {
  return [0, 1].map((i) => pair(stride)[i] || pair(size)[i]);
}
/** Both pools: for each output the maximum, the first cell that has it, how many tie, and the mean.
 * @type {(values: number[][], size: number | number[], step: number[]) => Output[][] | null} */
export function pools(values, size, step) {
  const [kh, kw] = pair(size);
  const [sh, sw] = step;
  const rows = Math.floor((values.length - kh) / sh) + 1;
  const columns = Math.floor((values[0].length - kw) / sw) + 1;
  if (rows < 1 || columns < 1 || kh > values.length || kw > values[0].length)
    return null;
  return range(rows).map((i) =>
    range(columns).map((j) => {
      const cells = range(kh).flatMap((u) =>
        range(kw).map((v) => [i * sh + u, j * sw + v]),
      );
      const seen = cells.map(([r, c]) => values[r][c]);
      const max = Math.max(...seen);
      return {
        max,
        first: cells[seen.indexOf(max)],
        ties: seen.filter((v) => v === max).length,
        mean: seen.reduce((a, b) => a + b, 0) / seen.length,
        cells,
        seen,
      };
    }),
  );
}

/** @type {(state: State) => CodeLines} */
export function codeLines(state) {
  /** @param {number | number[]} value */
  const text = (value) => (isInteger(value) ? value : `(${value.join(", ")})`);
  const step = strides(state);
  const stride = step[0] === step[1] ? step[0] : step;
  const size = text(state.size);
  /** @param {string} name */
  const option = (name) =>
    same(step, pair(state.size)) ? "" : `, ${name}=${text(stride)}`;
  return {
    ours: `max_pool2d(x, size=${size}${option("stride")}), avg_pool2d(x, size=${size}${option("stride")})`,
    keras: `MaxPooling2D(${size}${option("strides")}), AveragePooling2D(${size}${option("strides")})`,
    pytorch: `MaxPool2d(${size}${option("stride")}), AvgPool2d(${size}${option("stride")})`,
  };
}

/** @type {Definition<State>["build"]} */
function buildPools(fig) {
  /** @type {Output[][] | null} */
  let now = null;
  /** @type {Output[][] | null} */
  let before = null;
  /** @type {number[][]} */
  let values = [];
  /** @param {Output[][]} outputs */
  const kept = (outputs) =>
    new Set(outputs.flat().map(({ first }) => first.join(" ")));
  /** @type {(n: number, noun: string, stride: number) => string | false} */
  const unread = (n, noun, stride) =>
    n > 0 &&
    `The last ${n === 1 ? `${noun} is` : `${count(n, noun)} are`} never read: stride ${stride} does not fit.`;
  /** The outputs that the shift changes.
   * @type {(kind: "max" | "mean") => number[][]} */
  const changed = (kind) =>
    (now ?? []).flatMap((row, i) =>
      row.flatMap((out, j) =>
        Math.abs(out[kind] - (before?.[i][j][kind] ?? 0)) > 1e-12
          ? [[i, j]]
          : [],
      ),
    );

  /** @type {NonNullable<Parts<State>["controls"]>} */
  function controls(state) {
    return [
      fig.slider("size", "window F", { value: pair(state.size)[0] }),
      // 0 stands for the size of the window: no stride of its own.
      fig.slider("stride", "stride S", { min: 1, value: strides(state)[0] }),
      fig.slider("down", "shift down"),
      fig.slider("right", "shift right"),
    ];
  }

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    values = shifted(state.values, state.down, state.right);
    const outputs = pools(values, state.size, strides(state));
    now = outputs;
    before = pools(state.values, state.size, strides(state));
    const isShifted = state.down !== 0 || state.right !== 0;
    const columns = outputs ? outputs[0].length : 2;
    const room =
      width >= 560
        ? (width - 30 - 104) / (values[0].length + 2 * columns)
        : (width - 30) / values[0].length;
    const size = clamp(Math.floor(room), 18, 34);
    /** @type {(rows: number, across: number) => Size} */
    const part = (rows, across) => ({
      width: across * size,
      height: rows * size,
    });
    const parts = [part(values.length, values[0].length)];
    if (outputs)
      parts.push(part(outputs.length, columns), part(outputs.length, columns));
    const { positions, height } = flow(width, parts);
    const most = Math.max(...values.flat().map(Math.abs), 1);
    /** @type {(id: string, label: string, rows: unknown[][], at: Point, of: (r: number, c: number) => number) => Board} */
    const board = (id, label, rows, at, of) =>
      fig.add({
        id,
        label,
        rows: rows.length,
        columns: rows[0].length,
        size,
        ...at,
        text: (r, c) => formatNumber(of(r, c)),
        tone: (r, c) => of(r, c) / most,
      });
    board("input", "input map", values, positions[0], (r, c) => values[r][c]);
    fig.heading(
      positions[0],
      "input",
      isShifted
        ? `shifted by (${minus(state.down)}, ${minus(state.right)})`
        : `${values.length} × ${values[0].length}`,
    );
    if (outputs) {
      board(
        "max",
        "maximum pool",
        outputs,
        positions[1],
        (r, c) => outputs[r][c].max,
      );
      board(
        "mean",
        "average pool",
        outputs,
        positions[2],
        (r, c) => outputs[r][c].mean,
      );
      fig.heading(positions[1], "maximum");
      fig.heading(positions[2], "average");
    }
    const [sh, sw] = strides(state);
    const used = outputs && [
      (outputs.length - 1) * sh + pair(state.size)[0],
      (columns - 1) * sw + pair(state.size)[1],
    ];
    const left = used
      ? [values.length - used[0], values[0].length - used[1]]
      : [0, 0];
    fig.warn(
      !outputs &&
        `No output: the window is ${pair(state.size).join(" × ")}, the map ${values.length} × ${values[0].length}.`,
      unread(left[0], "row", sh),
      unread(left[1], "column", sw),
    );
    fig.showLegend(
      ["chosen", "the chosen cell"],
      ["window", "its window"],
      ["third", "the maximum, the one value kept"],
      isShifted && ["framed", "changed by the shift"],
      ["scale", "negative", "positive"],
    );
    fig.showCode(outputs ? codeLines(state) : null);
    return { height };
  }

  /** @type {(state: State) => Part[]} */
  function summary(state) {
    if (!now) return [];
    const [kh, kw] = pair(state.size);
    const outputs = now.length * now[0].length;
    const cells = values.length * values[0].length;
    const keeps = kept(now).size;
    const [sh] = strides(state);
    return [
      line(
        ...windowCount(
          "output rows",
          "H − F",
          `${values.length} − ${kh}`,
          values.length - kh,
          sh,
        ),
        `, as many channels as before, and no weights.`,
      ),
      line(
        `The maximum keeps ${keeps} of ${cells} values:`,
        bold(`${formatNumber(100 * (1 - keeps / cells), 1)} %`),
        "are discarded.",
        `The average weighs each by 1/${kh * kw}.`,
      ),
      state.down || state.right
        ? line(
            `The shift changes ${changed("max").length} of ${outputs} maxima and ${changed("mean").length} of ${outputs} averages.`,
          )
        : null,
    ];
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const lines = summary(state);
    if (now && (state.down || state.right)) {
      for (const kind of KINDS) fig.board(kind).mark(changed(kind), "framed");
    }
    if (!cell) {
      fig.showFormulas(...lines);
      return "";
    }
    const input = fig.board("input");
    const at = `row ${cell.r}, column ${cell.c}`;
    if (cell.board === "input") {
      input.mark([[cell.r, cell.c]], "chosen");
      /** @type {[number, number, Output][]} */
      const readers = (now ?? []).flatMap((row, i) =>
        row.flatMap((out, j) =>
          out.cells.some(([r, c]) => r === cell.r && c === cell.c)
            ? [/** @type {[number, number, Output]} */ ([i, j, out])]
            : [],
        ),
      );
      for (const kind of KINDS)
        fig.boards.get(kind)?.mark(
          readers.map(([i, j]) => [i, j]),
          "window",
        );
      const wins = readers.filter(
        ([, , { first }]) => first[0] === cell.r && first[1] === cell.c,
      );
      fig.boards.get("max")?.mark(
        wins.map(([i, j]) => [i, j]),
        "third",
      );
      fig.showFormulas(
        readers.length
          ? line(
              `x[${cell.r}, ${cell.c}] = ${formatNumber(values[cell.r][cell.c])}`,
              "compared with the maxima",
              readers.map(([, , { max }]) => formatNumber(max)).join(", "),
              `; it adds to each mean ${formatNumber(values[cell.r][cell.c])}/${readers[0][2].seen.length} =`,
              bold(
                formatNumber(
                  values[cell.r][cell.c] / readers[0][2].seen.length,
                ),
              ),
            )
          : null,
        ...lines,
      );
      return `input ${at}: ${formatNumber(values[cell.r][cell.c])}, read by ${count(readers.length, "window")}, the maximum of ${wins.length}`;
    }
    const out = now?.[cell.r][cell.c];
    if (!out) return "";
    for (const kind of KINDS)
      fig.board(kind).mark([[cell.r, cell.c]], "chosen");
    input.mark(out.cells, "window");
    if (cell.board === "max") input.mark([out.first], "third");
    const list = out.seen.map((v) => formatNumber(v));
    fig.showFormulas(
      line(
        `max(${list.join(", ")}) =`,
        bold(formatNumber(out.max)),
        out.ties > 1
          ? ` (${out.ties} tie; the gradient goes to the first)`
          : "",
      ),
      line(
        "mean =",
        frac(list.join(" + "), String(list.length)),
        "=",
        bold(formatNumber(out.mean)),
      ),
      ...lines,
    );
    const [rows, columns] = [0, 1].map((i) => [
      ...new Set(out.cells.map((place) => place[i])),
    ]);
    const value =
      cell.board === "max"
        ? `maximum ${formatNumber(out.max)}`
        : `average ${formatNumber(out.mean)}`;
    return `${value} at ${at}: ${span("row", rows)}, ${span("column", columns)} of the input`;
  }
  return {
    controls,
    draw,
    show,
    length: () => (now ? now.length * now[0].length : 0),
    choose: (state) =>
      now && cellAt("max", now.length, now[0].length, state.step),
  };
}

export default defineFigure({
  name: "PoolingPair",
  title: "Two pools on one map",
  hint: "Point at an output to see its window; shift the input by a pixel and see what changes in each.",
  build: buildPools,
});

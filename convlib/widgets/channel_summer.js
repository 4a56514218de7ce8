// @ts-check
// One filter over several channels. The numbers are small integers, the same on every machine.

import { shades } from "./shared/shades.js";
import { defineFigure } from "./shared/figure.js";
import { bold, line } from "./shared/formula.js";
import { cellAt, flow } from "./shared/layout.js";
import {
  clamp,
  largest,
  last,
  minus,
  randomNumbers,
  range,
  thousands,
} from "./shared/numbers.js";
import { svg } from "./shared/shapes.js";
import { count } from "./shared/words.js";

/** @import { Board } from "./shared/board.js" */
/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Point } from "./shared/layout.js" */

/**
 * @typedef {{ size: number, channels: number, kernel: number, filters: number, untied: boolean, step: number, pinned: string }} State
 * @typedef {{ channels: number, kernel: number, untied: boolean }} FilterShape
 */

const BIAS = 1;
const LARGEST_INPUT = 3;
const LARGEST_WEIGHT = 2;
/** The input, x[c][row][column].
 * @type {(shape: { size: number, channels: number }) => number[][][]} */
export function volume({ size, channels }) {
  const next = randomNumbers(7);
  const all = range(4).map(() =>
    range(7).map(() =>
      range(7).map(() => Math.floor(next() * (LARGEST_INPUT + 1))),
    ),
  );
  return all
    .slice(0, channels)
    .map((map) => map.slice(0, size).map((row) => row.slice(0, size)));
}
/** The filter of output cell (i, j), w[c][u][v], the same everywhere unless untied.
 * @type {(shape: FilterShape, i: number, j: number) => number[][][]} */
export function filter({ channels, kernel, untied }, i, j) {
  const next = randomNumbers(untied ? 1000 + 7 * i + j : 11);
  const all = range(4).map(() =>
    range(3).map(() =>
      range(3).map(
        () => Math.floor(next() * (2 * LARGEST_WEIGHT + 1)) - LARGEST_WEIGHT,
      ),
    ),
  );
  return all
    .slice(0, channels)
    .map((map) => map.slice(0, kernel).map((row) => row.slice(0, kernel)));
}
/** Output cell (i, j): the sum of each channel's products, and their sum with the bias.
 * @type {(shape: FilterShape, x: number[][][], i: number, j: number) => { w: number[][][], parts: number[], total: number }} */
export function sums(state, x, i, j) {
  const w = filter(state, i, j);
  const parts = w.map((map, c) =>
    map.reduce(
      (total, row, u) =>
        total +
        row.reduce((sum, weight, v) => sum + weight * x[c][i + u][j + v], 0),
      0,
    ),
  );
  return { w, parts, total: parts.reduce((a, b) => a + b, BIAS) };
}
/** The parameters of the layer, with one filter for all output cells and with a filter for each.
 * @type {(state: Pick<State, "size" | "channels" | "kernel" | "filters">) => { shared: number, untied: number }} */
export function counts({ size, channels, kernel, filters }) {
  const out = size - kernel + 1;
  const shared = (kernel * kernel * channels + 1) * filters;
  return { shared, untied: out * out * shared };
}

/** @type {(state: State) => CodeLines} */
export function codeLines({ size, channels, kernel, filters, untied }) {
  const out = size - kernel + 1;
  const w = `${kernel}, ${kernel}, ${channels}, ${filters}`;
  if (untied)
    return {
      ours: `locally_connected2d(x, w, b)  # w (${out}, ${out}, ${w})`,
      keras: "no such layer since Keras 3",
      pytorch: "no such layer",
    };
  return {
    ours: `conv2d(x, w, b)  # x (1, ${size}, ${size}, ${channels}), w (${w})`,
    keras: `Conv2D(${filters}, ${kernel})`,
    pytorch: `Conv2d(${channels}, ${filters}, ${kernel})`,
  };
}

/** @type {Definition<State>["build"]} */
function buildSummer(fig) {
  /** @type {number[][][]} */
  let x = [];
  let out = 0;
  let cellSize = 0;
  /** @type {Point[]} */
  let filterPositions = []; // of each channel's filter

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    x = volume(state);
    out = state.size - state.kernel + 1;
    // All in one line where the cells stay large enough for that, else two in a line.
    /** @param {number} cell */
    const across = (cell) =>
      24 +
      state.channels * (state.size * cell + 46) +
      Math.max(out * cell, 116);
    const size =
      range(13)
        .map((k) => 30 - k)
        .find((cell) => across(cell) <= width - 2) ??
      clamp(Math.floor((width - 90) / 2 / state.size), 18, 30);
    const column = {
      width: state.size * size,
      height: (state.size + state.kernel) * size + 50,
    };
    const { positions, height } = flow(
      width,
      [
        ...x.map(() => column),
        { width: Math.max(out * size, 116), height: out * size },
      ],
      { gap: 46 },
    );
    x.forEach((map, c) => {
      const at = positions[c];
      fig.add({
        id: `x${c}`,
        label: `input, channel ${c}`,
        rows: state.size,
        columns: state.size,
        size,
        ...at,
        text: (r, k) => map[r][k],
        tone: (r, k) => map[r][k] / LARGEST_INPUT,
      });
      fig.heading(at, `x, channel ${c}`);
    });
    const results = range(out).map((i) =>
      range(out).map((j) => sums(state, x, i, j).total),
    );
    const most = largest(results);
    const outputAt = last(positions);
    fig.add({
      id: "out",
      label: "output, one map",
      rows: out,
      columns: out,
      size,
      ...outputAt,
      text: (r, c) => results[r][c],
      tone: (r, c) => results[r][c] / most,
    });
    fig.heading(outputAt, "output", "one map");
    filterPositions = positions
      .slice(0, -1)
      .map(({ x: left, y }) => ({ x: left, y: y + state.size * size + 30 }));
    cellSize = size;
    fig.warn();
    fig.showLegend(
      ["chosen", "the chosen cell"],
      ["window", "its window, in every channel"],
      ["scale", "negative", "positive"],
    );
    fig.showCode(codeLines(state));
    return { height };
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const { shared, untied } = counts(state);
    const k = `${state.kernel}·${state.kernel}·${state.channels}`;
    const tiedLine = line(
      state.untied ? "shared:" : bold("shared:"),
      `(${k} + 1)·${state.filters} =`,
      bold(thousands(shared)),
      "parameters, wherever the window stands",
    );
    const untiedLine = line(
      state.untied ? bold("untied:") : "untied:",
      `${out}·${out}·(${k} + 1)·${state.filters} =`,
      bold(thousands(untied)),
      "parameters, a filter and a bias for every output cell",
    );
    if (!cell) return fig.showFormulas(tiedLine, untiedLine);
    const chosen =
      cell.board === "out"
        ? cell
        : {
            board: "out",
            r: clamp(cell.r, 0, out - 1),
            c: clamp(cell.c, 0, out - 1),
          };
    const { w, parts, total } = sums(state, x, chosen.r, chosen.c);
    const board = fig.board("out");
    w.forEach((map, c) => {
      const input = fig.board(`x${c}`);
      const cells = range(state.kernel).flatMap((u) =>
        range(state.kernel).map((v) => [chosen.r + u, chosen.c + v]),
      );
      if (cell.board === "out") {
        input.mark(cells, "window");
        input.frame(
          [chosen.r, chosen.r + state.kernel - 1],
          [chosen.c, chosen.c + state.kernel - 1],
        );
      }
      drawFilter(input, map, filterPositions[c], cellSize, parts[c], c);
    });
    if (cell.board !== "out") {
      const [c, value] = [
        Number(cell.board.slice(1)),
        x[Number(cell.board.slice(1))][cell.r][cell.c],
      ];
      fig.board(cell.board).mark([[cell.r, cell.c]], "chosen");
      const readers = range(out)
        .flatMap((i) => range(out).map((j) => [i, j]))
        .filter(
          ([i, j]) =>
            cell.r >= i &&
            cell.r < i + state.kernel &&
            cell.c >= j &&
            cell.c < j + state.kernel,
        );
      board.mark(readers, "window");
      /** @param {number} at */
      const reach = (at) =>
        `${Math.max(0, at - state.kernel + 1)} … ${Math.min(at, out - 1)}`;
      fig.showFormulas(
        line(
          `x[${cell.r}, ${cell.c}, ${c}] = ${value}`,
          `is in the window of z[i, j] for i = ${reach(cell.r)}, j = ${reach(cell.c)}:`,
          bold(count(readers.length, "output")),
        ),
        tiedLine,
        untiedLine,
      );
      return `channel ${c}, row ${cell.r}, column ${cell.c}: ${value}, read by ${count(readers.length, "output")}`;
    }
    board.mark([[cell.r, cell.c]], "chosen");
    /** @param {number} v */
    const signed = (v) => (v < 0 ? `(${minus(v)})` : String(v));
    fig.showFormulas(
      line(
        "z =",
        "Σ w[i, j, c] · x[i, j, c] + b",
        "=",
        parts.map(signed).join(" + "),
        `+ ${BIAS} =`,
        bold(minus(total)),
      ),
      line(
        `${k} = ${count(state.kernel * state.kernel * state.channels, "product")}, ${count(state.channels, "partial sum")}, one number`,
      ),
      tiedLine,
      untiedLine,
    );
    const each = parts
      .map((part, c) => `channel ${c} gives ${minus(part)}`)
      .join(", ");
    return `output row ${cell.r}, column ${cell.c}: ${each}, with bias ${BIAS} in all ${minus(total)}`;
  }
  /** @type {(board: Board, map: number[][], at: Point, size: number, sum: number, c: number) => void} */
  function drawFilter(board, map, at, size, sum, c) {
    /** @type {(x: number, y: number, label: string, name: string) => void} */
    const text = (x, y, label, name) =>
      board.marks.append(svg("text", { class: name, x, y }, label));
    text(at.x, at.y - 8, `w, channel ${c}`, "cv-soft");
    const cells = map.flatMap((row, u) =>
      row.map((weight, v) => {
        const corner = { x: at.x + v * size, y: at.y + u * size };
        const rect = { ...corner, width: size, height: size };
        return { weight, rect, tone: weight / LARGEST_WEIGHT };
      }),
    );
    board.marks.append(...shades(cells));
    cells.forEach(({ rect: { x, y }, weight }) =>
      text(x + size / 2, y + size / 2, minus(weight), "cv-value"),
    );
    const end = map.length * size;
    text(at.x + end + 10, at.y + end / 2 + 4, `Σ ${minus(sum)}`, "cv-name");
  }
  return {
    controls: (state) => [
      fig.slider("size", "input size"),
      fig.slider("channels", "channels C"),
      fig.slider("kernel", "window F"),
      fig.slider("filters", "filters"),
      {
        kind: "check",
        id: "untied",
        label: "untie the weights",
        value: state.untied,
        set: (untied) => fig.set({ untied }),
      },
    ],
    draw,
    show,
    length: () => out * out,
    choose: (state) => cellAt("out", out, out, state.step),
  };
}

export default defineFigure({
  name: "ChannelSummer",
  title: "One filter, every channel",
  hint: "Point at an output: its filter multiplies the window in every channel, and all products become one number.",
  build: buildSummer,
});

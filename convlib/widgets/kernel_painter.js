// @ts-check
// The kernel painter: an image, a kernel, the map of their cross-correlation (or convolution).

import { defineFigure } from "./shared/figure.js";
import { bold, line } from "./shared/formula.js";
import { cellAt, flow } from "./shared/layout.js";
import {
  clamp,
  factor,
  formatNumber,
  largest,
  minus,
  range,
  same,
} from "./shared/numbers.js";
import { count, span } from "./shared/words.js";

/** @import { BoardOptions } from "./shared/board.js" */
/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Reply } from "./shared/kernel.js" */
/** @import { Cell, Point, Size } from "./shared/layout.js" */

/**
 * @typedef {{ image: number[][], kernel: number[][], flip: boolean, brush: number, has_function: boolean, step: number, pinned: string }} State
 */

const MOST_TERMS = 12; // of a sum that is written out
/** At every position where the kernel fits: the sum of its products with the window there.
 * @type {(x: number[][], k: number[][]) => number[][]} */
export function correlate2d(x, k) {
  const [rows, columns] = [
    x.length - k.length + 1,
    x[0].length - k[0].length + 1,
  ];
  return range(rows).map((i) =>
    range(columns).map((j) => {
      let total = 0;
      for (const u of range(k.length))
        for (const v of range(k[0].length)) total += k[u][v] * x[i + u][j + v];
      return total;
    }),
  );
}
/** The kernel rotated by 180°.
 * @type {(k: number[][]) => number[][]} */
export const rotated = (k) => [...k].reverse().map((row) => [...row].reverse());

/** @type {(n: number, f: (u: number, v: number) => number) => number[][]} */
const fill = (n, f) => range(n).map((u) => range(n).map((v) => f(u, v)));
/** @type {Record<string, [string, number[][]]>} */
export const KERNELS = {
  vertical: ["vertical edges", fill(3, (u, v) => 1 - v)],
  horizontal: ["horizontal edges", fill(3, (u) => 1 - u)],
  identity: ["identity", fill(3, (u, v) => Number(u === 1 && v === 1))],
  mean: ["mean of 9 (weights 1/9)", fill(3, () => 1 / 9)],
  sharpen: [
    "sharpen",
    fill(3, (u, v) => (u === 1 && v === 1 ? 5 : (u + v) % 2 ? -1 : 0)),
  ],
  laplace: [
    "all edges",
    fill(3, (u, v) => (u === 1 && v === 1 ? 4 : (u + v) % 2 ? -1 : 0)),
  ],
  corner: [
    "corner",
    [
      [-1, -1, 1],
      [-1, 2, 1],
      [1, 1, 1],
    ],
  ],
  empty3: ["empty, 3 × 3", fill(3, () => 0)],
  empty5: ["empty, 5 × 5", fill(5, () => 0)],
};
const SMALLEST = 1e-9;

/** @type {(state: { flip: boolean }) => CodeLines} */
export function codeLines({ flip }) {
  const [ours, keras, pytorch] = flip
    ? ["k[::-1, ::-1]", "keras.ops.flip(k)", "k.flip(0, 1)"]
    : ["k", "k", "k"];
  return {
    ours: `correlate2d(x, ${ours})`,
    keras: `keras.ops.conv(x[None, ..., None], ${keras}[..., None, None])[0, ..., 0]`,
    pytorch: `torch.nn.functional.conv2d(x[None, None], ${pytorch}[None, None])[0, 0]`,
  };
}

/** @type {Definition<State>["build"]} */
function buildPainter(fig) {
  /** @type {Reply | null} */
  let reply = null; // of the learner's function for the image and kernel shown
  let requested = "";
  /** @type {number[][]} */
  let map = []; // the map shown
  let isTheirs = false;
  /** @param {State} state */
  const used = (state) => (state.flip ? rotated(state.kernel) : state.kernel);

  /** @param {State} state */
  function call(state) {
    const request = JSON.stringify([state.image, used(state)]);
    if (!state.has_function || request === requested) return;
    requested = request;
    reply = null;
    fig.kernel.call({ x: state.image, k: used(state) }, (answered) => {
      reply = answered;
      fig.refresh();
    });
  }
  /** @type {(values: any, like: number[][]) => boolean} */
  const hasShapeOf = (values, like) =>
    Array.isArray(values) &&
    values.length === like.length &&
    values.every((row) => Array.isArray(row) && row.length === like[0].length);

  /** @type {NonNullable<Parts<State>["controls"]>} */
  function controls(state) {
    const known = Object.entries(KERNELS).find(([, [, kernel]]) =>
      same(kernel, state.kernel),
    );
    /** @type {[string, string][]} */
    const presetOptions = Object.entries(KERNELS).map(([key, [title]]) => [
      key,
      title,
    ]);
    return [
      {
        kind: "choice",
        id: "kernel",
        label: "kernel",
        value: known?.[0] ?? "own",
        options: [...presetOptions, ["own", "your own"]],
        set: (key) =>
          KERNELS[key] && fig.set({ kernel: KERNELS[key][1], pinned: "" }),
      },
      {
        kind: "buttons",
        wide: "two",
        id: "flip",
        label: "",
        value: state.flip ? "convolution" : "correlation",
        options: [
          ["correlation", "cross-correlation"],
          ["convolution", "convolution"],
        ],
        set: (v) => fig.set({ flip: v === "convolution" }),
      },
      {
        kind: "buttons",
        wide: "line",
        id: "brush",
        label: "brush",
        value: state.brush,
        options: [-2, -1, 0, 1, 2].map((v) => [v, minus(v)]),
        set: (brush) => fig.set({ brush }),
      },
    ];
  }

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    const [image, kernel] = [state.image, state.kernel];
    const fits =
      kernel.length <= image.length && kernel[0].length <= image[0].length;
    const own = fits ? correlate2d(image, used(state)) : [];
    call(state);
    /** @type {number[][] | null} */
    const theirs =
      reply?.values && hasShapeOf(reply.values, own) ? reply.values : null;
    map = theirs ?? own;
    isTheirs = theirs !== null;
    /** @type {(r: number, c: number) => boolean} */
    const wrong = (r, c) =>
      theirs !== null &&
      Math.abs(theirs[r][c] - own[r][c]) > 1e-9 * (1 + largest(own, SMALLEST));
    // Three in a line; where that makes them too small for numbers the kernel stands below; or all do.
    const across = image[0].length;
    const isTwoWide = width >= 480 && width < 760;
    const room = isTwoWide
      ? (width - 24 - 52 - 6) / (across + (own[0]?.length ?? 2))
      : width >= 760
        ? (width - 24 - 2 * 52) / (2.1 * across + kernel[0].length)
        : (width - 30) / across;
    const size = clamp(Math.floor(room), 12, 30);
    const kernelSize = Math.max(size, 34);
    /** @type {(rows: number[][], cell: number) => Size} */
    const part = (rows, cell) => ({
      width: (rows[0]?.length ?? 2) * cell,
      height: rows.length * cell,
    });
    const parts = [
      part(image, size),
      part(kernel, kernelSize),
      part(map, size),
    ];
    const order = isTwoWide ? [0, 2, 1] : [0, 1, 2];
    const { positions: found, height } = flow(
      width,
      order.map((i) => parts[i]),
    );
    const positions = order.map((i) => found[i]); // either order is its own inverse
    /** @type {(id: string, label: string, rows: number[][], cell: number, at: Point, more?: Partial<BoardOptions>) => void} */
    const board = (id, label, rows, cell, at, more) => {
      const scale = largest(rows, SMALLEST);
      fig.add({
        id,
        label,
        rows: rows.length,
        columns: rows[0].length,
        size: cell,
        ...at,
        paints: id !== "map",
        tone: (r, c) => rows[r][c] / scale,
        // The image's zeros stay blank.
        text: (r, c) =>
          cell < 20 || (id === "image" && rows[r][c] === 0)
            ? ""
            : formatNumber(rows[r][c], cell >= 28 ? 2 : 1),
        ...more,
      });
    };
    /** @param {number[][]} rows */
    const shown = (rows) => `${rows.length} × ${rows[0].length}`;
    board(
      "image",
      "image: Enter or click paints the brush",
      image,
      size,
      positions[0],
    );
    fig.heading(positions[0], "image", shown(image));
    board(
      "kernel",
      "kernel: Enter or click paints the brush, plus and minus change by one half",
      kernel,
      kernelSize,
      positions[1],
    );
    fig.heading(positions[1], "kernel", state.flip ? "rotated by 180°" : "");
    if (fits) {
      board("map", "map", map, size, positions[2], {
        kind: (r, c) => (wrong(r, c) ? "never" : ""),
      });
      fig.heading(positions[2], "map", shown(map));
    }
    const differing = theirs
      ? own
          .flat()
          .filter((_, i) =>
            wrong(Math.floor(i / own[0].length), i % own[0].length),
          ).length
      : 0;
    fig.warn(
      !fits &&
        `No map: the kernel is ${shown(kernel)}, the image ${shown(image)}.`,
      reply?.error &&
        `Your function gave no map yet: ${reply.error}. The map is the course's own.`,
      reply?.values &&
        !theirs &&
        `Your map does not have the shape ${shown(own)}; what you see is the course's own.`,
      differing > 0 &&
        `This is your function's map. ${count(differing, "cell")} ${differing === 1 ? "differs" : "differ"} from the course's: crossed out.`,
    );
    fig.remark(
      reply?.silent &&
        "No Python is running behind this page, so the map is the course's own; run the lesson in Jupyter to see your function's.",
      theirs && "This is your function's map.",
    );
    fig.showLegend(
      ["scale", "negative", "positive"],
      ["chosen", "the chosen cell"],
      ["framed", "its window"],
      differing > 0 && ["never", "differs from the course's"],
    );
    fig.showCode(fits ? codeLines(state) : null);
    return { height };
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const k = used(state);
    const source = isTheirs ? "your function's map, " : "";
    fig.showFormulas(
      line(
        "map[i, j] =",
        `Σ k[u, v] · x[i + u, j + v]`,
        state.flip ? ", with k rotated by 180°" : "",
      ),
    );
    if (!cell) return "";
    const board = fig.board(cell.board);
    if (cell.board !== "map") {
      board.mark([[cell.r, cell.c]], "chosen");
      const isImage = cell.board === "image";
      const rows = isImage ? state.image : state.kernel;
      const value = formatNumber(rows[cell.r][cell.c]);
      const words = `${isImage ? "image" : "kernel"} row ${cell.r}, column ${cell.c}: ${value}`;
      const all = fig.boards.get("map");
      if (!all) return words;
      if (!isImage) {
        const [u, v] = state.flip
          ? [k.length - 1 - cell.r, k[0].length - 1 - cell.c]
          : [cell.r, cell.c];
        fig.showFormulas(
          line(
            `map[i, j] = … + ${value} · x[i + ${u}, j + ${v}] + …`,
            `, in all ${count(all.rows * all.columns, "cell")} of the map`,
          ),
        );
        return words;
      }
      const readers = range(k.length)
        .flatMap((u) =>
          range(k[0].length).map((v) => [cell.r - u, cell.c - v, k[u][v]]),
        )
        .filter(([r, c]) => all.has(r, c));
      all.mark(readers, "framed");
      fig.showFormulas(
        line(
          `x[${cell.r}, ${cell.c}] = ${value}`,
          `goes into ${count(readers.length, "cell")} of the map, with the weights`,
          readers
            .slice(0, MOST_TERMS)
            .map(([, , weight]) => formatNumber(weight))
            .join(", "),
          readers.length > MOST_TERMS ? ", …" : "",
        ),
      );
      return `${words}, in ${count(readers.length, "window")}`;
    }
    const windowRows = [cell.r, cell.r + k.length - 1];
    const windowColumns = [cell.c, cell.c + k[0].length - 1];
    board.mark([[cell.r, cell.c]], "chosen");
    fig.board("image").frame(windowRows, windowColumns);
    const terms = range(k.length).flatMap((u) =>
      range(k[0].length).map((v) => [
        k[u][v],
        state.image[cell.r + u][cell.c + v],
      ]),
    );
    const live = terms.filter(([a, b]) => a !== 0 && b !== 0);
    const total = terms.reduce((sum, [a, b]) => sum + a * b, 0);
    const products =
      live
        .slice(0, MOST_TERMS)
        .map(([a, b]) => `${factor(a)}·${factor(b)}`)
        .join(" + ") || "0";
    fig.showFormulas(
      line(
        `map[${cell.r}, ${cell.c}] =`,
        `Σ k[u, v] · x[${cell.r} + u, ${cell.c} + v]`,
      ),
      line(
        "=",
        products + (live.length > MOST_TERMS ? " + …" : ""),
        "=",
        bold(formatNumber(total)),
        terms.length > live.length
          ? ` (${count(terms.length - live.length, "product")} with a zero left out)`
          : "",
      ),
    );
    const value = map[cell.r][cell.c];
    return `${source}row ${cell.r}, column ${cell.c}: ${formatNumber(value)}, from ${span("row", range(k.length, cell.r))}, ${span("column", range(k[0].length, cell.c))} of the image`;
  }

  /** The setting that a cell is part of.
   * @type {(cell: Cell) => "image" | "kernel" | null} */
  const painted = ({ board }) =>
    board === "image" || board === "kernel" ? board : null;
  /** @type {(cell: Cell, value: number) => boolean} */
  function paintCell(cell, value) {
    const name = painted(cell);
    if (!name) return false;
    const rows = fig.state[name].map((row, r) =>
      row.map((v, c) => (r === cell.r && c === cell.c ? value : v)),
    );
    fig.pointed = cell;
    fig.set({ [name]: rows });
    return true;
  }
  return {
    controls,
    draw,
    show,
    press: (cell) => paintCell(cell, fig.state.brush),
    drag: (cell) => paintCell(cell, fig.state.brush),
    key(cell, event) {
      /** @type {Record<string, number>} */
      const steps = { "+": 0.5, "=": 0.5, "-": -0.5 };
      const by = steps[event.key];
      const name = painted(cell);
      return (
        by !== undefined &&
        name !== null &&
        paintCell(cell, fig.state[name][cell.r][cell.c] + by)
      );
    },
    length: () => map.length * (map[0]?.length ?? 0),
    choose: (state) =>
      cellAt("map", map.length, map[0]?.length ?? 0, state.step),
  };
}

export default defineFigure({
  name: "KernelPainter",
  title: "Kernel painter",
  hint: "Choose a brush and paint the kernel or the image; point at a cell of the map to see the products it sums.",
  build: buildPainter,
});

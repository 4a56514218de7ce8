// @ts-check
// The stride board. Along one axis: output o reads the inputs o*S - P + t*D, t = 0..F-1. A transposed
// convolution is the same relation read backwards, so there is one geometry: the "wide" side (the input of a
// convolution, the output of a transposed one) and the "small" side.

import { defineFigure } from "./shared/figure.js";
import { bold, line, windowCount } from "./shared/formula.js";
import { cellAt } from "./shared/layout.js";
import { clamp, minus, pair, range, same } from "./shared/numbers.js";
import { svg } from "./shared/shapes.js";
import { count, span } from "./shared/words.js";

/** @import { Board } from "./shared/board.js" */
/** @import { Control } from "./shared/controls.js" */
/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */
/** @import { Part } from "./shared/formula.js" */
/** @import { Cell } from "./shared/layout.js" */

/**
 * @typedef {{ height: number, width: number, kernel: number | number[], stride: number | number[], pad: number | string | number[], dilation: number | number[], transposed: boolean, step: number, pinned: string }} State
 * @typedef {Omit<State, "step" | "pinned">} Window
 *
 * @typedef {object} AxisSetting
 * @property {number} n inputs; of a transposed convolution the small side
 * @property {number} k
 * @property {number} stride
 * @property {number | string} pad
 * @property {number} dilation
 * @property {boolean} [transposed]
 *
 * @typedef {object} Axis
 * @property {number} n
 * @property {number} k
 * @property {number} stride
 * @property {number} dilation
 * @property {number} extent of a window, from its first tap to its last
 * @property {number} before zeros on the first side
 * @property {number} after zeros on the last side
 * @property {number} wide size of the wide side
 * @property {number} padded the wide side with its zeros
 * @property {number} small size of the small side
 * @property {boolean} legal whether the window fits
 * @property {number} left how many cells are left over
 * @property {number} behind cells that only the stride brings into a transposed output: convlib's output_pad
 * @property {number[]} never cells of the wide side that no window reads
 * @property {(o: number) => number} start
 * @property {(o: number) => number[]} taps
 * @property {(i: number) => number[][]} readers
 */

/** Keras's "same": ceil(n / stride) outputs; of an odd number of zeros the last side gets one more.
 * @type {(n: number, k: number, stride: number, dilation: number) => number[]} */
export function samePadding(n, k, stride, dilation) {
  const extent = dilation * (k - 1) + 1;
  const total = Math.max((Math.ceil(n / stride) - 1) * stride + extent - n, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** One axis: given n inputs (transposed: n of the small side), everything the board shows of it.
 * @type {(setting: AxisSetting) => Axis} */
export function axis({ n, k, stride, pad, dilation, transposed = false }) {
  const extent = dilation * (k - 1) + 1;
  /** @type {(size: number) => number[]} */
  const around = (size) =>
    pad === "same"
      ? samePadding(size, k, stride, dilation)
      : pad === "valid"
        ? [0, 0]
        : [Number(pad), Number(pad)];
  let wide = n;
  if (transposed)
    wide =
      pad === "same"
        ? n * stride
        : (n - 1) * stride + extent - around(0)[0] - around(0)[1];
  const [before, after] = around(wide);
  const padded = wide + before + after;
  const small = transposed
    ? n
    : padded < extent
      ? 0
      : Math.floor((padded - extent) / stride) + 1;
  const legal = small > 0 && wide > 0;
  /** @param {number} o */
  const start = (o) => o * stride - before;
  /** @param {number} o */
  const taps = (o) => range(k).map((t) => start(o) + t * dilation);
  /** Every (output, tap) that reads wide cell i.
   * @param {number} i */
  const readers = (i) =>
    range(small).flatMap((o) => {
      const t = (i - start(o)) / dilation;
      return Number.isInteger(t) && t >= 0 && t < k ? [[o, t]] : [];
    });
  const left = legal && !transposed ? (padded - extent) % stride : 0;
  // Cells that only the stride brings into a transposed output: convlib's output_pad.
  const behind = transposed
    ? wide - ((n - 1) * stride + extent - before - after)
    : 0;
  const never = legal
    ? range(padded, -before).filter((i) => readers(i).length === 0)
    : [];
  return {
    n,
    k,
    stride,
    dilation,
    extent,
    before,
    after,
    wide,
    padded,
    small,
    legal,
    left,
    behind,
    never,
    start,
    taps,
    readers,
  };
}

/** @type {(state: Window) => Axis[]} */
export const axes = ({
  height,
  width,
  kernel,
  stride,
  pad,
  dilation,
  transposed,
}) =>
  [height, width].map((n, i) =>
    axis({
      n,
      k: pair(kernel)[i],
      stride: pair(stride)[i],
      pad: pair(pad)[i],
      dilation: pair(dilation)[i],
      transposed,
    }),
  );

/** What belongs to a cell of the wide or of the small side: cells of the other side, with the tap between.
 * @type {(both: Axis[], side: "wide" | "small", r: number, c: number) => { r: number, c: number, tap: number[] }[]} */
export function partners([rows, columns], side, r, c) {
  if (side === "small") {
    return rows
      .taps(r)
      .flatMap((i, u) =>
        columns.taps(c).map((j, v) => ({ r: i, c: j, tap: [u, v] })),
      );
  }
  return rows
    .readers(r)
    .flatMap(([o, u]) =>
      columns.readers(c).map(([p, v]) => ({ r: o, c: p, tap: [u, v] })),
    );
}

/** The same layer in this course, Keras and PyTorch.
 * @type {(state: Window) => CodeLines} */
export function codeLines(state) {
  const both = axes(state);
  /** @param {(axis: Axis) => number} f */
  const each = (f) => {
    const [rows, columns] = both.map(f);
    return rows === columns ? String(rows) : `(${rows}, ${columns})`;
  };
  /** @type {(name: string, value: string, usual: string) => string} */
  const option = (name, value, usual) =>
    value === usual ? "" : `, ${name}=${value}`;
  const [kernel, stride, dilation] = [
    each((a) => a.k),
    each((a) => a.stride),
    each((a) => a.dilation),
  ];
  const even = both.every((a) => a.before === a.after);
  const sides = `(${both.map((a) => `(${a.before}, ${a.after})`).join(", ")})`;
  const pad = even ? each((a) => a.before) : sides;
  const follows = state.pad === "same" ? ', padding="same"' : "";
  const clash = stride !== "1" && dilation !== "1";
  const rest = [
    option("stride", stride, "1"),
    option("dilation", dilation, "1"),
  ];
  const kerasRest =
    option("strides", stride, "1") +
    follows +
    option("dilation_rate", dilation, "1");
  /** @param {1 | -1} sign */
  const torchEdges = (sign) =>
    `(${[both[1], both[0]].map((a) => `${sign * a.before}, ${sign * a.after}`).join(", ")})`;

  if (!state.transposed) {
    /** @param {string} given */
    const layer = (given) =>
      `Conv2d(channels, filters, ${kernel}${rest[0]}${given}${rest[1]})`;
    return {
      ours: `conv2d(x, w, b${rest[0]}${option("pad", pad, "0")}${rest[1]})`,
      keras: clash
        ? "Conv2D refuses a stride together with a dilation"
        : `${follows || pad === "0" ? "" : `ZeroPadding2D(${pad}), `}Conv2D(filters, ${kernel}${kerasRest})`,
      pytorch: even
        ? layer(option("padding", pad, "0"))
        : `ZeroPad2d(${torchEdges(1)}), ${layer("")}`,
    };
  }
  const behind = option(
    "output_pad",
    each((a) => a.behind),
    "0",
  );
  // Where a stride is larger than the window, Keras leaves the rest of the last stride as zeros: it is cut too.
  const cuts = both.map((a) => [
    a.before,
    a.after + Math.max(a.stride - a.extent, 0),
  ]);
  const crop = cuts.flat().some(Boolean)
    ? `, Cropping2D((${cuts.map((cut) => `(${cut.join(", ")})`).join(", ")}))`
    : "";
  /** @param {string} given */
  const layer = (given) =>
    `ConvTranspose2d(channels, filters, ${kernel}${rest[0]}${given}${behind.replace("pad", "padding")}${rest[1]})`;
  return {
    ours: `conv2d_transpose(x, w, b${rest[0]}${option("pad", pad, "0")}${rest[1]}${behind})`,
    keras: clash
      ? "Conv2DTranspose refuses a stride together with a dilation"
      : `Conv2DTranspose(filters, ${kernel}${kerasRest})${follows ? "" : crop}`,
    pytorch: even
      ? layer(option("padding", pad, "0"))
      : `${layer("")}, ZeroPad2d(${torchEdges(-1)})`,
  };
}

/** What a screen reader says of a cell.
 * @type {(state: State, both: Axis[], cell: Cell) => string} */
function sentence(state, [rows, columns], cell) {
  const wideName = state.transposed ? "output" : "input";
  const smallName = state.transposed ? "input" : "output";
  /** @type {(cells: [number, boolean][], noun: string) => string} */
  const list = (a, noun) => {
    const outside = a.filter(([, inside]) => !inside).length;
    return (
      span(
        noun,
        a.map(([i]) => i),
      ) + (outside ? ` (${outside} of them padding)` : "")
    );
  };
  if (cell.board === smallName) {
    /** @type {(a: Axis, o: number) => [number, boolean][]} */
    const inside = (a, o) => a.taps(o).map((i) => [i, i >= 0 && i < a.wide]);
    const verb = state.transposed ? " is spread over " : ": ";
    const place = `${list(inside(rows, cell.r), "row")}, ${list(inside(columns, cell.c), "column")} of the ${wideName}`;
    return `${smallName} row ${cell.r}, column ${cell.c}${verb}${place}`.replaceAll(
      "of them padding",
      state.transposed ? "of them cut off" : "of them padding",
    );
  }
  const isOutside =
    cell.r < 0 || cell.c < 0 || cell.r >= rows.wide || cell.c >= columns.wide;
  const name = isOutside
    ? state.transposed
      ? "cut-off output"
      : "padding"
    : wideName;
  const who = `${name} row ${minus(cell.r)}, column ${minus(cell.c)}`;
  const readers = [
    rows.readers(cell.r).map(([o]) => o),
    columns.readers(cell.c).map(([o]) => o),
  ];
  const n = readers[0].length * readers[1].length;
  if (n === 0)
    return `${who}: ${state.transposed ? "nothing extentes it, it stays 0" : "no output reads it"}`;
  const place = `${span("row", readers[0])}, ${span("column", readers[1])}`;
  return state.transposed
    ? `${who}: the sum of ${count(n, "product")}, from ${place} of the input`
    : `${who}: read by ${count(n, "output")}, ${place} of the output`;
}

/** Sentences on what is never read, or on why there is no output.
 * @type {(state: Window) => string[]} */
export function warnings(state) {
  const nouns = [
    ["row", "rows", "H", "tall"],
    ["column", "columns", "W", "wide"],
  ];
  return axes(state).flatMap((a, i) => {
    const [one, many, letter] = nouns[i];
    if (!a.legal && state.transposed) {
      return `No output: the padding cuts off all ${a.wide + a.before + a.after} ${many}. Take a smaller P.`;
    }
    if (!a.legal) {
      return (
        `No output: the window spans ${count(a.extent, one)}, the padded input has ${a.padded}. ` +
        `${letter} + 2P must be at least ${a.extent}.`
      );
    }
    const inside = a.never.filter((p) => p >= 0 && p < a.wide);
    const strip = inside.filter((p) => p >= a.wide + a.after - a.left);
    const gaps = inside.filter((p) => !strip.includes(p));
    /** @param {number[]} list */
    const name = (list) =>
      span(one, list).replace(/^./, (letterOf) => letterOf.toUpperCase());
    /** @param {number[]} list */
    const verb = (list) => (list.length === 1 ? "is" : "are");
    if (state.transposed) {
      return gaps.length + strip.length
        ? `${name(inside)} ${inside.length === 1 ? "stays" : "stay"} 0: no window extentes there.`
        : [];
    }
    return [
      strip.length
        ? `${name(strip)} ${verb(strip)} never read: stride ${a.stride} does not fit, ${a.left} ${a.left === 1 ? "is" : "are"} left over.`
        : "",
      gaps.length
        ? `${name(gaps)} ${verb(gaps)} stepped over: no tap of any window falls there.`
        : "",
    ].filter(Boolean);
  });
}

/** The size formula of one axis, with letters and with numbers.
 * @type {(state: State, a: Axis, letter: string, out: string) => Part} */
function sizeFormula(state, a, letter, out) {
  const p = state.pad === "same" && a.before !== a.after;
  const pads = p ? `${a.before} + ${a.after}` : `2·${a.before}`;
  const wideWindow = a.dilation > 1;
  if (state.transposed) {
    const symbols = `(${letter} − 1)S + ${wideWindow ? "D(F − 1) + 1" : "F"} − 2P`;
    const numbers = `(${a.n} − 1)·${a.stride} + ${wideWindow ? `${a.dilation}·(${a.k} − 1) + 1` : a.k} − ${p ? `(${pads})` : pads}`;
    return line(
      `${out} =`,
      symbols,
      "=",
      `${numbers}${a.behind ? ` + ${a.behind}` : ""} =`,
      bold(minus(a.wide)),
    );
  }
  const top = wideWindow
    ? `${letter} − D(F − 1) − 1 + 2P`
    : `${letter} − F + 2P`;
  const topNumbers = wideWindow
    ? `${a.n} − ${a.dilation}·(${a.k} − 1) − 1 + ${pads}`
    : `${a.n} − ${a.k} + ${pads}`;
  const room = a.legal ? a.padded - a.extent : -1;
  return line(...windowCount(out, top, topNumbers, room, a.stride));
}

/** Where the chosen cell's window starts, or which windows meet in it: one line an axis.
 * @type {(state: State, both: Axis[], cell: Cell) => Part[]} */
function cellFormula(state, both, cell) {
  const small = state.transposed ? "input" : "output";
  return both.map((a, i) => {
    const noun = ["row", "column"][i];
    const at = [cell.r, cell.c][i];
    const index = ["i", "j"][i];
    if (cell.board === small) {
      const last = a.start(at) + a.extent - 1;
      const extent = a.dilation > 1 ? "D(F − 1)" : "F − 1";
      return line(
        `first ${noun}:`,
        `${index}·S − P = ${at}·${a.stride} − ${a.before} =`,
        bold(minus(a.start(at))),
        `, last: that + ${extent} = ${minus(a.start(at))} + ${a.extent - 1} =`,
        bold(minus(last)),
      );
    }
    const ways = a
      .readers(at)
      .map(
        ([o, t]) =>
          `${o}·${a.stride} − ${a.before} + ${t}${a.dilation > 1 ? `·${a.dilation}` : ""}`,
      );
    const tap = ["u", "v"][i];
    return line(
      `${noun} ${index}·S − P + ${tap}${a.dilation > 1 ? "·D" : ""} =`,
      ways.length ? `${ways.join(" = ")} = ` : "no solution for ",
      bold(minus(at)),
    );
  });
}

/** @type {["kernel" | "stride" | "pad" | "dilation", string, string][]} */
const AXIS_SETTINGS = [
  ["kernel", "window", "F"],
  ["stride", "stride", "S"],
  ["pad", "padding", "P"],
  ["dilation", "dilation", "D"],
];

/** @type {Definition<State>["build"]} */
function buildStrideBoard(fig) {
  /** @type {Axis[]} */
  let both = [];
  /** @type {boolean | null} */
  let apart = null;

  /** @type {NonNullable<Parts<State>["controls"]>} */
  function controls(state) {
    both = axes(state);
    const isApart =
      apart ?? AXIS_SETTINGS.some(([name]) => Array.isArray(state[name]));
    /** @type {(i: number) => number | null} */
    const shownPad = (i) =>
      state.pad === "same"
        ? null
        : state.pad === "valid"
          ? 0
          : Number(pair(state.pad)[i]);
    /** @type {(setting: (typeof AXIS_SETTINGS)[number]) => Control[]} */
    const axisSliders = ([name, word, letter]) => {
      /** @type {(i: number) => number | null} */
      const value = (i) =>
        name === "pad" ? shownPad(i) : Number(pair(state[name])[i]);
      /** @type {(i: number) => Partial<Control>} */
      const shown = (i) => ({
        value: value(i) ?? 0,
        valueText:
          value(i) === null ? `${both[i].before}, ${both[i].after}` : undefined,
      });
      if (!isApart) return [fig.slider(name, `${word} ${letter}`, shown(0))];
      return ["rows", "columns"].map((side, i) =>
        fig.slider(name, `${letter}, ${side}`, {
          ...shown(i),
          id: `${name}-${side}`,
          set(v) {
            const next = [value(0) ?? 0, value(1) ?? 0];
            next[i] = v;
            fig.set({ [name]: next });
          },
        }),
      );
    };
    return [
      fig.slider("width", "width W"),
      fig.slider("height", "height H"),
      ...AXIS_SETTINGS.flatMap(axisSliders),
      {
        kind: "buttons",
        id: "padding",
        label: "padding",
        options: [
          ["valid", "valid"],
          ["same", "same"],
        ],
        value:
          state.pad === "same"
            ? "same"
            : both.every((a) => a.before + a.after === 0)
              ? "valid"
              : "",
        set: (v) => fig.set({ pad: v === "same" ? "same" : 0 }),
      },
      {
        kind: "check",
        id: "apart",
        label: "rows and columns apart",
        value: isApart,
        set(on) {
          apart = on;
          /** @type {Partial<Record<string, number>>} */
          const changes = {};
          for (const [name] of on ? [] : AXIS_SETTINGS)
            changes[name] = Number(pair(state[name])[0]);
          fig.set(changes);
          fig.refresh();
        },
      },
      {
        kind: "check",
        id: "transposed",
        label: "transposed",
        value: state.transposed,
        set: (on) => fig.set({ transposed: on, pinned: "", step: 0 }),
      },
    ];
  }

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    const [rows, columns] = both;
    const legal = rows.legal && columns.legal;
    const margin = 24;
    const gap = 64;
    const wide = {
      rows: Math.max(rows.padded, 1),
      columns: Math.max(columns.padded, 1),
    };
    const small = { rows: rows.small, columns: columns.small };
    /** @type {(space: number, n: number) => number} */
    const fit = (space, n) => Math.floor(space / Math.max(n, 1));
    const beside = fit(
      width - 2 * margin - gap,
      wide.columns + Math.max(small.columns, 3),
    );
    const below = fit(
      width - margin - 4,
      Math.max(wide.columns, small.columns),
    );
    // On a phone the boards stand below each other: a finger needs larger cells, and the titles need room.
    const isBeside = width >= 480 && (beside >= 18 || beside >= 0.75 * below);
    const size = clamp(
      Math.min(
        isBeside ? beside : below,
        fit(460, Math.max(wide.rows, small.rows)),
      ),
      3,
      34,
    );

    const inputIs = state.transposed ? small : wide;
    const first = { x: margin, y: 42 };
    const outputIs = state.transposed ? wide : small;
    const second = isBeside
      ? { x: margin + inputIs.columns * size + gap, y: 42 }
      : { x: margin, y: 42 + inputIs.rows * size + 62 };
    if (isBeside) {
      // Centred, so that a change of one setting moves as little as possible.
      const spare = width - second.x - Math.max(outputIs.columns, 3) * size - 4;
      const shift = Math.max(0, Math.round(spare / 2));
      first.x += shift;
      second.x += shift;
      const drop = Math.round(((inputIs.rows - outputIs.rows) * size) / 2);
      if (legal && drop > 0) second.y += drop;
      if (legal && drop < 0) first.y -= drop;
    }
    const [wideAt, smallAt] = state.transposed
      ? [second, first]
      : [first, second];
    const [wideName, smallName] = state.transposed
      ? ["output", "input"]
      : ["input", "output"];

    /** @type {(r: number, c: number) => boolean} */
    const outside = (r, c) =>
      r < 0 || c < 0 || r >= rows.wide || c >= columns.wide;
    const unread = [new Set(rows.never), new Set(columns.never)];
    /** @type {(r: number, c: number) => boolean} */
    const isNever = (r, c) => legal && (unread[0].has(r) || unread[1].has(c));
    if (rows.padded > 0 && columns.padded > 0) {
      fig.add({
        id: wideName,
        label: `${wideName}, ${count(rows.wide, "row")} by ${count(columns.wide, "column")}`,
        rows: rows.padded,
        columns: columns.padded,
        row0: -rows.before,
        column0: -columns.before,
        size,
        ...wideAt,
        kind: (r, c) =>
          `${outside(r, c) ? "pad" : ""} ${isNever(r, c) ? "never" : ""}`,
      });
    }
    if (legal) {
      fig.add({
        id: smallName,
        label: `${smallName}, ${count(rows.small, "row")} by ${count(columns.small, "column")}`,
        rows: rows.small,
        columns: columns.small,
        size,
        ...smallAt,
      });
    }
    const padded =
      rows.before + rows.after + columns.before + columns.after > 0;
    const around = padded
      ? state.transposed
        ? ", edge cut off"
        : ", padded with zeros"
      : "";
    const sizes = [rows, columns].map((a) => Math.max(a.wide, 0)).join(" × ");
    fig.heading(wideAt, wideName, sizes + around);
    if (legal)
      fig.heading(smallAt, smallName, `${rows.small} × ${columns.small}`);
    fig.warn(...warnings(state));
    fig.showLegend(
      ["chosen", "the chosen cell"],
      [
        "window",
        state.transposed
          ? "cells it is connected to"
          : "what it reads, or who reads it",
      ],
      padded && [
        "pad",
        state.transposed ? "cut off by the padding" : "padding: a zero",
      ],
      legal &&
        unread[0].size + unread[1].size && [
          "never",
          state.transposed ? "stays 0" : "never read",
        ],
    );
    fig.showCode(legal ? codeLines(state) : null);

    // A window larger than the input is drawn all the same: one sees by how much.
    const overhang =
      legal || state.transposed ? 0 : Math.max(rows.extent, rows.padded) * size;
    const height = isBeside
      ? 42 + Math.max(inputIs.rows, outputIs.rows, overhang / size) * size
      : second.y +
        Math.max(outputIs.rows * size, overhang - wide.rows * size - 50);
    return { height: height + 12 };
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const [rows, columns] = both;
    const sizes = [
      sizeFormula(state, rows, "H", "output rows"),
      sizeFormula(state, columns, "W", "output columns"),
    ];
    const alike = same(
      [rows.n, rows.k, rows.stride, rows.before, rows.after, rows.dilation],
      [
        columns.n,
        columns.k,
        columns.stride,
        columns.before,
        columns.after,
        columns.dilation,
      ],
    );
    const size = alike
      ? [sizeFormula(state, columns, "W", "output size")]
      : sizes;
    const [wideName, smallName] = state.transposed
      ? ["output", "input"]
      : ["input", "output"];
    if (!rows.legal || !columns.legal) {
      fig.showFormulas(...size);
      const board = fig.boards.get("input");
      if (board && !state.transposed) {
        const from = [-rows.before, -columns.before];
        board.frame(
          [from[0], from[0] + rows.extent - 1],
          [from[1], from[1] + columns.extent - 1],
          "cv-frame bad",
        );
      }
      return state.transposed
        ? "Nothing is left of the output."
        : "The window does not fit into the input.";
    }
    if (!cell) return fig.showFormulas(...size);
    fig.showFormulas(...size, ...cellFormula(state, both, cell));
    const side = cell.board === smallName ? "small" : "wide";
    const here = fig.board(cell.board);
    const there = fig.board(side === "small" ? wideName : smallName);
    const tied = partners(both, side, cell.r, cell.c);
    here.mark([[cell.r, cell.c]], "chosen");
    there.mark(
      tied.map(({ r, c }) => [r, c]),
      "window",
    );
    if (here.size >= 24) {
      for (const { r, c, tap } of tied) {
        const { x, y, width, height } = there.rect(r, c);
        there.marks.append(
          svg(
            "text",
            { class: "cv-value cv-tap", x: x + width / 2, y: y + height / 2 },
            `${tap[0]},${tap[1]}`,
          ),
        );
      }
    }
    if (side === "small") drawLinks(state, here, there, cell);
    return sentence(state, both, cell);
  }

  /** The window's outline and two lines from it to its cell, as the textbooks draw them.
   * @type {(state: State, here: Board, there: Board, cell: Cell) => void} */
  function drawLinks(state, here, there, cell) {
    const [rows, columns] = both;
    const top = rows.start(cell.r);
    const left = columns.start(cell.c);
    const win = there.frame(
      [top, top + rows.extent - 1],
      [left, left + columns.extent - 1],
    );
    const p = here.rect(cell.r, cell.c);
    /** @type {(x1: number, y1: number, x2: number, y2: number) => void} */
    const link = (x1, y1, x2, y2) =>
      here.marks.append(svg("line", { class: "cv-link", x1, y1, x2, y2 }));
    const box = {
      x: p.x,
      y: p.y,
      right: p.x + p.width,
      bottom: p.y + p.height,
    };
    const [a, b] = state.transposed ? [box, win] : [win, box];
    if (
      here.x + here.columns * here.size < there.x ||
      there.x + there.columns * there.size < here.x
    ) {
      link(a.right, a.y, b.x, b.y);
      link(a.right, a.bottom, b.x, b.bottom);
    } else {
      link(a.x, a.bottom, b.x, b.y);
      link(a.right, a.bottom, b.right, b.y);
    }
  }

  const stepped = () => {
    const [rows, columns] = both;
    return rows?.legal && columns.legal ? rows.small * columns.small : 0;
  };
  return {
    controls,
    draw,
    show,
    length: stepped,
    choose(state) {
      if (!stepped()) return null;
      const board = state.transposed ? "input" : "output";
      const [rows, columns] = both;
      return cellAt(board, rows.small, columns.small, state.step);
    },
    reset() {
      apart = null;
    },
  };
}

export default defineFigure({
  name: "StrideBoard",
  title: "Stride board",
  hint: "Point at an output to see the window it reads; point at an input to see every output that reads it. Click to pin.",
  build: buildStrideBoard,
});

// @ts-check
// The receptive-field explorer. Maps are square and rows behave as columns do, so all arithmetic is along one
// axis; a set of cells is the product of a set of rows and a set of columns.

import { shades } from "./shared/shades.js";
import { flow } from "./shared/layout.js";
import { KEEPS_KEYS, make, setText, update } from "./shared/elements.js";
import { defineFigure } from "./shared/figure.js";
import { bold, line } from "./shared/formula.js";
import {
  clamp,
  formatNumber,
  isInteger,
  last,
  minus,
  range,
  same,
} from "./shared/numbers.js";
import { count, span } from "./shared/words.js";

/** @import { Board } from "./shared/board.js" */
/** @import { Control, MadeControl } from "./shared/controls.js" */
/** @import { CodeLines, Definition, Figure, Parts } from "./shared/figure.js" */
/** @import { Part } from "./shared/formula.js" */
/** @import { Cell, Point } from "./shared/layout.js" */
/** @import { Bounds, Check, Setting } from "./shared/settings.js" */

/**
 * @typedef {{ size: number, layers: Layer[], effective: boolean, pinned: string }} State
 * @typedef {{ kind: string, kernel: number, stride: number, pad: number, dilation: number }} Layer
 * @typedef {Omit<Layer, "kind">} Numbers
 * @typedef {{ n: number, field: number, jump: number, start: number, extent: number }} LayerMap size, receptive field,
 *     jump, centre of the first field, and the extent of a window in the map below
 * @typedef {Control & { index: number, layer: Layer, facts: string, bad: boolean, only: boolean }} LayerItem
 */

/**
 * @typedef {object} Limits
 * @property {number} most how many layers there may be
 * @property {string[]} kinds
 * @property {Record<Numeric, Bounds>} numbers
 * @property {Record<string, { title: string, size: number, layers: Layer[] }>} presets
 *
 * @typedef {"kernel" | "stride" | "pad" | "dilation"} Numeric
 */
/** @type {[Numeric, string, string][]} */
const NUMBERS = [
  ["kernel", "F", "window"],
  ["stride", "S", "stride"],
  ["pad", "P", "padding"],
  ["dilation", "D", "dilation"],
];
const NEW_LAYERS = {
  conv: { kind: "conv", kernel: 3, stride: 1, pad: 1, dilation: 1 },
  pool: { kind: "pool", kernel: 2, stride: 2, pad: 0, dilation: 1 },
};

/** Size of the map, field, jump and centre of the first field after each layer; [0] is the input.
 * @type {(size: number, layers: Numbers[]) => LayerMap[]} */
export function stack(size, layers) {
  const maps = [{ n: size, field: 1, jump: 1, start: 0, extent: 1 }];
  for (const { kernel, stride, pad, dilation } of layers) {
    const below = last(maps);
    const extent = dilation * (kernel - 1) + 1;
    const room = below.n + 2 * pad - extent;
    maps.push({
      n: below.n > 0 && room >= 0 ? Math.floor(room / stride) + 1 : 0,
      field: below.field + (extent - 1) * below.jump,
      jump: below.jump * stride,
      start: below.start + ((extent - 1) / 2 - pad) * below.jump,
      extent,
    });
  }
  return maps;
}

/** From cell `at` of layer `from` down to layer `to`: first and last cell, not clipped at the padding.
 * @type {(layers: Numbers[], from: number, to: number, at: number) => number[]} */
export function interval(layers, from, to, at) {
  let [first, last] = [at, at];
  for (const { kernel, stride, pad, dilation } of layers
    .slice(to, from)
    .reverse()) {
    first = first * stride - pad;
    last = last * stride - pad + dilation * (kernel - 1);
  }
  return [first, last];
}

/** Along one axis, for every layer: how many paths join each cell with cell `at` of layer `from`.
 * @type {(size: number, layers: Numbers[], from: number, at: number) => number[][]} */
export function paths(size, layers, from, at) {
  const maps = stack(size, layers);
  /** @type {number[][]} */
  const ways = maps.map(({ n }) => new Array(n).fill(0));
  ways[from][at] = 1;
  /** @type {(l: number, join: (output: number, input: number) => void) => void} */
  const joined = (l, join) => {
    const { kernel, stride, pad, dilation } = layers[l];
    for (const o of range(maps[l + 1].n)) {
      for (const t of range(kernel)) {
        const i = o * stride - pad + t * dilation;
        if (i >= 0 && i < maps[l].n) join(o, i);
      }
    }
  };
  for (let l = from - 1; l >= 0; l--)
    joined(l, (o, i) => (ways[l][i] += ways[l + 1][o]));
  for (let l = from; l < layers.length; l++)
    joined(l, (o, i) => (ways[l + 1][o] += ways[l][i]));
  return ways;
}

/** Where the numbers are above 0.
 * @type {(list: number[]) => number[]} */
const filled = (list) => range(list.length).filter((i) => list[i] > 0);
/** A list of numbers as runs: [first, last] of each.
 * @type {(list: number[]) => number[][]} */
function runs(list) {
  /** @type {number[][]} */
  const found = [];
  for (const i of list) {
    if (found.length && last(found)[1] === i - 1) last(found)[1] = i;
    else found.push([i, i]);
  }
  return found;
}

/** A layer as it stands in a link, c3s1p1d1, and back.
 * @type {(layer: Layer) => string} */
const layerText = ({ kind, kernel, stride, pad, dilation }) =>
  `${kind[0]}${kernel}s${stride}p${pad}d${dilation}`;
/** @type {(text: string) => Layer | null} */
function layerFrom(text) {
  const match = /^([cp])(\d+)s(\d+)p(\d+)d(\d+)$/.exec(text);
  if (!match) return null;
  const [kernel, stride, pad, dilation] = match.slice(2).map(Number);
  return {
    kind: match[1] === "c" ? "conv" : "pool",
    kernel,
    stride,
    pad,
    dilation,
  };
}
/** @type {(limits: Limits) => Check} */
export const layersCheck = ({ most, kinds, numbers }) => ({
  check(value) {
    /** @type {(Layer | null)[]} */
    const list =
      typeof value === "string" ? value.split("-").map(layerFrom) : value;
    if (!Array.isArray(list) || list.length < 1 || list.length > most)
      return undefined;
    const layers = list.flatMap((layer) => {
      if (!layer || !kinds.includes(layer.kind)) return [];
      const { kind, kernel, stride, pad, dilation } = layer;
      const isWithin = NUMBERS.every(([name]) => {
        const { min, max } = numbers[name];
        return (
          isInteger(layer[name]) && layer[name] >= min && layer[name] <= max
        );
      });
      return isWithin ? [{ kind, kernel, stride, pad, dilation }] : [];
    });
    return layers.length === list.length ? layers : undefined;
  },
  encode: (/** @type {Layer[]} */ layers) => layers.map(layerText).join("-"),
});

/** The stack in this course, Keras and PyTorch.
 * @type {(layers: Layer[]) => CodeLines} */
export function codeLines(layers) {
  /** @type {(name: string, value: number, usual: number) => string} */
  const option = (name, value, usual) =>
    value === usual ? "" : `, ${name}=${value}`;
  const ours = layers.map(
    ({ kernel, stride, pad, dilation }) =>
      `{"kernel": ${kernel}${stride === 1 ? "" : `, "stride": ${stride}`}${pad ? `, "pad": ${pad}` : ""}` +
      `${dilation === 1 ? "" : `, "dilation": ${dilation}`}}`,
  );
  const keras = layers.map(({ kind, kernel, stride, pad, dilation }) => {
    const before = pad ? `ZeroPadding2D(${pad}), ` : "";
    if (kind === "pool")
      return `${before}MaxPooling2D(${kernel}${option("strides", stride, kernel)})`;
    return `${before}Conv2D(filters, ${kernel}${option("strides", stride, 1)}${option("dilation_rate", dilation, 1)})`;
  });
  const torch = layers.map(({ kind, kernel, stride, pad, dilation }) => {
    const more = option("padding", pad, 0) + option("dilation", dilation, 1);
    if (kind === "pool")
      return `MaxPool2d(${kernel}${option("stride", stride, kernel)}${more})`;
    return `Conv2d(channels, filters, ${kernel}${option("stride", stride, 1)}${more})`;
  });
  return {
    ours: `receptive_field([${ours.join(", ")}])`,
    keras: keras.join(", "),
    pytorch: torch.join(", "),
  };
}

/** One line of the list of layers: what it is, its numbers, what follows from them.
 * @type {(fig: Figure<State>, limits: Limits, first: LayerItem) => MadeControl} */
function layerControl(fig, limits, first) {
  let item = first;
  /** @param {Partial<Layer>} changes */
  const change = (changes) => {
    const layers = fig.state.layers.map((layer, l) =>
      l === item.index ? { ...layer, ...changes } : layer,
    );
    fig.set({ layers });
  };
  /** @param {string} what */
  const name = (what) => `layer ${item.index + 1}, ${what}`;
  const kind = make(
    "select",
    {
      "aria-label": name("kind"),
      "data-control": `${item.id} kind`,
      ...KEEPS_KEYS,
      onchange: () =>
        change(
          kind.value === "pool"
            ? { kind: "pool", dilation: 1 }
            : { kind: "conv" },
        ),
    },
    make("option", { value: "conv" }, "conv"),
    make("option", { value: "pool" }, "pool"),
  );
  const inputs = NUMBERS.map(([setting, letter, word]) => {
    const { min, max } = limits.numbers[setting];
    const input = make("input", {
      type: "number",
      min,
      max,
      "aria-label": name(word),
      "data-control": `${item.id} ${setting}`,
      ...KEEPS_KEYS,
      oninput: () =>
        input.validity.valid &&
        input.value !== "" &&
        change({ [setting]: Number(input.value) }),
      onblur: () => (input.value = String(item.layer[setting])),
    });
    return { setting, letter, input };
  });
  const remove = make(
    "button",
    {
      type: "button",
      "aria-label": name("remove"),
      "data-control": `${item.id} remove`,
      ...KEEPS_KEYS,
      onclick: () =>
        fig.set({
          layers: fig.state.layers.filter((_, l) => l !== item.index),
          pinned: "",
        }),
    },
    "×",
  );
  const facts = make("span", { class: "cv-facts", translate: "no" });
  const node = make(
    "div",
    { class: "cv-layer" },
    make("b", {}, item.index + 1),
    kind,
    ...inputs.map(({ letter, input }) => make("label", {}, letter, input)),
    remove,
    facts,
  );
  return {
    node,
    update(next) {
      item = next;
      update(kind, { value: item.layer.kind });
      for (const { setting, input } of inputs) {
        if (Number(input.value) !== item.layer[setting] || input.value === "")
          input.value = String(item.layer[setting]);
        update(input, {
          disabled: setting === "dilation" && item.layer.kind === "pool",
        });
      }
      update(remove, { disabled: item.only });
      setText(facts, item.facts);
      facts.classList.toggle("bad", item.bad);
    },
  };
}

/** @type {Definition<State>["build"]} */
function buildExplorer(fig) {
  const limits = /** @type {Limits & Setting} */ (
    /** @type {unknown} */ (fig.settings.layers)
  );
  /** @type {LayerMap[]} */
  let maps = [];
  const legal = () => maps.findIndex((map) => map.n === 0);

  /** @type {NonNullable<Parts<State>["controls"]>} */
  function controls(state) {
    maps = stack(state.size, state.layers);
    const bad = legal();
    const preset = Object.entries(limits.presets).find(
      ([, { size, layers }]) =>
        size === state.size && same(layers, state.layers),
    );
    /** @param {number} l */
    const facts = (l) => {
      const { n, field, jump, start } = maps[l];
      if (bad > 0 && l >= bad)
        return l === bad
          ? `does not fit: ${maps[l].extent} wide, ${maps[l - 1].n + 2 * state.layers[l - 1].pad} there`
          : "nothing left";
      return `${n} × ${n} · field ${field} · jump ${jump} · start ${formatNumber(start)}`;
    };
    /** @type {[string, string][]} */
    const presetOptions = Object.entries(limits.presets).map(
      ([key, { title }]) => [key, title],
    );
    return [
      {
        kind: "choice",
        id: "preset",
        label: "stack",
        value: preset?.[0] ?? "own",
        options: [...presetOptions, ["own", "your own"]],
        set(key) {
          const chosen = limits.presets[key];
          if (chosen)
            fig.set({ size: chosen.size, layers: chosen.layers, pinned: "" });
        },
      },
      fig.slider("size", "input"),
      {
        kind: "check",
        id: "effective",
        label: "effective field",
        value: state.effective,
        set: (effective) => fig.set({ effective }),
      },
      ...state.layers.map(
        (layer, l) =>
          /** @type {LayerItem} */ ({
            kind: "own",
            make: (item) => layerControl(fig, limits, item),
            id: `layer${l}`,
            index: l,
            layer,
            facts: facts(l + 1),
            bad: bad > 0 && l + 1 >= bad,
            only: state.layers.length === 1,
          }),
      ),
      {
        kind: "buttons",
        id: "add",
        label: "",
        plain: true,
        wide: "line",
        options: [
          ["conv", "+ conv", state.layers.length === limits.most],
          ["pool", "+ pool", state.layers.length === limits.most],
        ],
        set: (kind) =>
          fig.set({
            layers: [
              ...fig.state.layers,
              NEW_LAYERS[/** @type {"conv" | "pool"} */ (kind)],
            ],
          }),
      },
    ];
  }

  /** How large the cells of each map are, and where it stands: as large as takes the fewest lines.
   * @type {(shown: LayerMap[], width: number) => { sizes: number[], positions: Point[], height: number }} */
  function arrange(shown, width) {
    const sides = width >= 480 ? range(9).map((k) => 208 - 8 * k) : [208];
    const ways = sides.map((side) => {
      const sizes = shown.map(({ n }) =>
        clamp(Math.floor(Math.min(side, width - 30) / n), 3, 24),
      );
      const parts = shown.map(({ n }, l) => ({
        width: Math.max(n * sizes[l], 62),
        height: n * sizes[l],
      }));
      return {
        sizes,
        ...flow(width, parts, { gap: 36, between: 58, level: true }),
      };
    });
    const fewest = Math.min(...ways.map(({ lines }) => lines));
    return ways.find(({ lines }) => lines === fewest) ?? ways[0];
  }
  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    const shown = maps.slice(0, legal() < 0 ? maps.length : legal());
    const { sizes, positions, height } = arrange(shown, width);
    shown.forEach(({ n }, l) => {
      const title = l === 0 ? "input" : `${l} ${state.layers[l - 1].kind}`;
      fig.add({
        id: `l${l}`,
        label: `${l === 0 ? "input" : `layer ${l}, ${state.layers[l - 1].kind}`}, ${n} by ${n}`,
        rows: n,
        columns: n,
        size: sizes[l],
        ...positions[l],
      });
      fig.heading(positions[l], title, `${n} × ${n}`);
    });
    const bad = legal();
    fig.warn(
      bad > 0 &&
        `Layer ${bad} does not fit: its window spans ${count(maps[bad].extent, "cell")}, and the map below has ` +
          `${maps[bad - 1].n + 2 * state.layers[bad - 1].pad} with its padding. The layers from there on are not drawn.`,
    );
    fig.showLegend(
      ["chosen", "the chosen cell"],
      ["window", "what it sees"],
      ["third", "what it reaches"],
      ["framed", "the box, clipped at the padding"],
      state.effective && ["ramp", "paths to the chosen cell: few", "many"],
    );
    fig.showCode(codeLines(state.layers));
    return { height };
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    if (!cell) return fig.showFormulas();
    const from = Number(cell.board.slice(1));
    const ways = [
      paths(state.size, state.layers, from, cell.r),
      paths(state.size, state.layers, from, cell.c),
    ];
    for (const board of fig.boards.values()) {
      const l = Number(board.id.slice(1));
      const [rows, columns] = ways.map((way) => filled(way[l]));
      if (l === from) board.mark([[cell.r, cell.c]], "chosen");
      else {
        for (const r of runs(rows))
          for (const c of runs(columns))
            board.frame(r, c, `cv-area ${l > from ? "third" : ""}`);
        if (l === 0 && state.effective) shadePaths(board, ways);
        if (l < from)
          frameBox(
            board,
            maps[l].n,
            [cell.r, cell.c].map((at) => interval(state.layers, from, l, at)),
          );
      }
    }
    fig.showFormulas(...formulas(state, from, cell));
    return sentence(state, from, cell, ways);
  }
  /** @type {(board: Board, n: number, box: number[][]) => void} */
  function frameBox(board, n, box) {
    const [rows, columns] = box.map(([first, last]) => [
      Math.max(first, 0),
      Math.min(last, n - 1),
    ]);
    if (rows[0] <= rows[1] && columns[0] <= columns[1])
      board.frame(rows, columns);
  }
  /** The derivative of the chosen cell with respect to each pixel, if all weights were equal: the number of paths.
   * @type {(board: Board, ways: number[][][]) => void} */
  function shadePaths(board, [rows, columns]) {
    const most = Math.max(...rows[0]) * Math.max(...columns[0]);
    const cells = filled(rows[0]).flatMap((r) =>
      filled(columns[0]).map((c) => ({
        rect: board.rect(r, c),
        tone: (rows[0][r] * columns[0][c]) / most,
      })),
    );
    board.marks.append(...shades(cells));
  }
  /** @type {(state: State, from: number, cell: Cell) => Part[]} */
  function formulas(state, from, cell) {
    if (from === 0) {
      const { kernel, stride, pad, dilation } = state.layers[0];
      if (maps[1].n === 0) return [];
      /** @param {number} at */
      const readers = (at) =>
        range(maps[1].n).filter((o) =>
          range(kernel).some((t) => o * stride - pad + t * dilation === at),
        );
      /** @type {(noun: string, at: number) => Part} */
      const readBy = (noun, at) =>
        line(
          `${noun} ${at} = i·S − P + u·D = i·${stride} − ${pad} + u·${dilation}`,
          `with u from 0 to ${kernel - 1}: read by`,
          bold(span(noun, readers(at))),
          "of layer 1",
        );
      return [readBy("row", cell.r), readBy("column", cell.c)];
    }
    const { field, jump, start } = maps[from];
    const below = maps[from - 1];
    const { kernel, stride, dilation } = state.layers[from - 1];
    const wide =
      dilation > 1 ? `${dilation}·(${kernel} − 1)` : `(${kernel} − 1)`;
    const box = [cell.r, cell.c].map((at) =>
      interval(state.layers, from, 0, at),
    );
    /** @type {(noun: string, interval: number[], at: number) => Part} */
    const centre = (noun, [first, lastOne], at) => {
      const clipped = [Math.max(first, 0), Math.min(lastOne, state.size - 1)];
      const cut =
        clipped[0] !== first || clipped[1] !== lastOne
          ? ` (of ${minus(first)} … ${minus(lastOne)}, the rest is padding)`
          : "";
      return line(
        `${noun}:`,
        `start + ${at}·jump = ${formatNumber(start)} + ${at}·${jump} =`,
        bold(formatNumber(start + at * jump)),
        `is the centre; box`,
        bold(`${clipped[0]} … ${clipped[1]}`),
        cut,
      );
    };
    return [
      line(
        `field = field below + ${dilation > 1 ? "D(F − 1)" : "(F − 1)"} · jump below = ${below.field} + ${wide}·${below.jump} =`,
        bold(field),
      ),
      line(`jump = jump below · S = ${below.jump}·${stride} =`, bold(jump)),
      centre("rows", box[0], cell.r),
      centre("columns", box[1], cell.c),
    ];
  }
  /** @type {(state: State, from: number, cell: Cell, ways: number[][][]) => string} */
  function sentence(state, from, cell, ways) {
    const name =
      from === 0 ? "input" : `layer ${from} (${state.layers[from - 1].kind})`;
    const where = `${name} row ${cell.r}, column ${cell.c}`;
    /** @param {number} l */
    const cellsOf = (l) => {
      const [rows, columns] = ways.map((way) => filled(way[l]));
      return rows.length && columns.length
        ? `${span("row", rows)}, ${span("column", columns)}`
        : "nothing";
    };
    const top = fig.boards.size - 1;
    const reaches = from < top ? `reaches ${cellsOf(top)} of layer ${top}` : "";
    const sees = from > 0 ? `sees ${cellsOf(0)} of the input` : "";
    return `${where}: ${[sees, reaches].filter(Boolean).join("; ")}`;
  }
  return {
    controls,
    draw,
    show,
    choose() {
      const top = (legal() < 0 ? maps.length : legal()) - 1;
      const middle = Math.floor((maps[top].n - 1) / 2);
      return { board: `l${top}`, r: middle, c: middle };
    },
  };
}

export default defineFigure({
  name: "ReceptiveFieldExplorer",
  title: "Receptive-field explorer",
  hint: "Point at a cell of any layer: below it everything it sees, above it everything it reaches. Change the layers in place.",
  checks: { layers: layersCheck },
  build: buildExplorer,
});

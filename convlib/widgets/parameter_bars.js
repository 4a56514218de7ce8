// @ts-check
// What one layer costs: dense to the same volume, locally connected, convolutional; and a small dense layer.

import { defineFigure } from "./shared/figure.js";
import { bold, line, windowCount } from "./shared/formula.js";
import { formatNumber, range, same, thousands } from "./shared/numbers.js";
import { svg } from "./shared/shapes.js";

/** @import { CodeLines, Definition, Parts } from "./shared/figure.js" */

/**
 * @typedef {{ size: number, channels: number, kernel: number, filters: number, stride: number, units: number, products: boolean, logarithmic: boolean, pinned: string }} State
 * @typedef {Omit<State, "products" | "logarithmic" | "pinned">} Layer
 * @typedef {{ name: string, parameters: number, products: number, formulas: string[] }} Bar
 */

/** @type {Record<string, [string, Partial<State>]>} */
const LAYERS = {
  lesson: [
    "32 × 32 × 3, five 5 × 5 filters",
    { size: 32, channels: 3, kernel: 5, filters: 5, stride: 1, units: 32 },
  ],
  glyphs: [
    "glyphs: 16 × 16, eight 3 × 3 filters",
    { size: 16, channels: 1, kernel: 3, filters: 8, stride: 1, units: 32 },
  ],
  one: [
    "one 5 × 5 filter on 32 × 32 × 3",
    { size: 32, channels: 3, kernel: 5, filters: 1, stride: 1, units: 32 },
  ],
  deep: [
    "one 3 × 3 filter on 16 × 16 × 20",
    { size: 16, channels: 20, kernel: 3, filters: 1, stride: 1, units: 32 },
  ],
  alexnet: [
    "AlexNet's first layer",
    { size: 227, channels: 3, kernel: 11, filters: 96, stride: 4, units: 4096 },
  ],
};

/** Parameters and multiplications of the four layers; null where the window does not fit.
 * @type {(state: Layer) => { out: number, bars: Bar[] } | null} */
export function costs({ size, channels, kernel, filters, stride, units }) {
  if (kernel > size) return null;
  const out = Math.floor((size - kernel) / stride) + 1;
  const inputs = size * size * channels;
  const outputs = out * out * filters;
  const taps = kernel * kernel * channels;
  return {
    out,
    bars: [
      {
        name: "dense, same output",
        parameters: (inputs + 1) * outputs,
        products: inputs * outputs,
        formulas: [
          `(${size}·${size}·${channels} + 1)·${out}·${out}·${filters}`,
          `${size}·${size}·${channels}·${out}·${out}·${filters}`,
        ],
      },
      {
        name: `dense, ${units} units`,
        parameters: (inputs + 1) * units,
        products: inputs * units,
        formulas: [
          `(${size}·${size}·${channels} + 1)·${units}`,
          `${size}·${size}·${channels}·${units}`,
        ],
      },
      {
        name: "locally connected",
        parameters: out * out * (taps + 1) * filters,
        products: taps * outputs,
        formulas: [
          `${out}·${out}·(${kernel}·${kernel}·${channels} + 1)·${filters}`,
          `${kernel}·${kernel}·${channels}·${out}·${out}·${filters}`,
        ],
      },
      {
        name: "convolution",
        parameters: (taps + 1) * filters,
        products: taps * outputs,
        formulas: [
          `(${kernel}·${kernel}·${channels} + 1)·${filters}`,
          `${kernel}·${kernel}·${channels}·${out}·${out}·${filters}`,
        ],
      },
    ],
  };
}

/** @type {(state: Layer) => CodeLines} */
export function codeLines({ size, channels, kernel, filters, stride }) {
  /** @param {string} name */
  const step = (name) => (stride > 1 ? `, ${name}=${stride}` : "");
  return {
    ours: `count_conv_parameters(${kernel}, ${channels}, ${filters})`,
    keras: `layer = Conv2D(${filters}, ${kernel}${step("strides")}); layer.build((None, ${size}, ${size}, ${channels})); layer.count_params()`,
    pytorch: `sum(p.numel() for p in Conv2d(${channels}, ${filters}, ${kernel}${step("stride")}).parameters())`,
  };
}

/** @type {Definition<State>["build"]} */
function buildBars(fig) {
  /** @type {ReturnType<typeof costs>} */
  let found = null;
  /** @type {(bar: Bar, state: State) => number} */
  const value = (bar, state) =>
    state.products ? bar.products : bar.parameters;

  /** @type {NonNullable<Parts<State>["controls"]>} */
  function controls(state) {
    const known = Object.entries(LAYERS).find(([, [, settings]]) =>
      same({ ...state, ...settings }, state),
    );
    /** @type {[string, string][]} */
    const presetOptions = Object.entries(LAYERS).map(([key, [title]]) => [
      key,
      title,
    ]);
    return [
      {
        kind: "choice",
        wide: "two",
        id: "preset",
        label: "layer",
        value: known?.[0] ?? "own",
        options: [...presetOptions, ["own", "your own"]],
        set: (key) => LAYERS[key] && fig.set(LAYERS[key][1]),
      },
      fig.slider("size", "input size"),
      fig.slider("channels", "channels"),
      fig.slider("kernel", "window F"),
      fig.slider("filters", "filters"),
      fig.slider("stride", "stride S"),
      fig.slider("units", "dense units"),
      {
        kind: "buttons",
        id: "measure",
        label: "",
        value: state.products,
        options: [
          [false, "parameters"],
          [true, "multiplications"],
        ],
        set: (products) => fig.set({ products }),
      },
      {
        kind: "check",
        id: "log",
        label: "logarithmic scale",
        value: state.logarithmic,
        set: (logarithmic) => fig.set({ logarithmic }),
      },
    ];
  }

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    found = costs(state);
    fig.warn(
      !found &&
        `The window (${state.kernel}) is larger than the input (${state.size}): no layer.`,
    );
    fig.showLegend(
      [
        "window",
        state.products
          ? "multiplications for one image"
          : "parameters: weights and biases",
      ],
      ["chosen", "the chosen bar"],
    );
    if (!found) {
      fig.showCode(null);
      return { height: 10 };
    }
    const values = found.bars.map((bar) => value(bar, state));
    const top = Math.max(...values);
    const exponent = Math.ceil(Math.log10(top));
    const left = 8;
    const full = width - left - 14;
    /** @param {number} v */
    const long = (v) =>
      Math.max(
        3,
        full * (state.logarithmic ? Math.log10(v) / exponent : v / top),
      );
    const step = 58;
    if (state.logarithmic) {
      for (const e of range(exponent + 1)) {
        const x = left + (full * e) / exponent;
        fig.put(
          svg("line", {
            class: "cv-tick",
            x1: x,
            x2: x,
            y1: 8,
            y2: 8 + step * values.length,
          }),
        );
        if (exponent <= 6 || e % 2 === 0)
          fig.text(
            x,
            24 + step * values.length,
            e < 4
              ? thousands(10 ** e)
              : `10${[...String(e)].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)]).join("")}`,
            {
              class: "cv-soft",
              "text-anchor": e ? (e === exponent ? "end" : "middle") : "start",
            },
          );
      }
    }
    fig.add({
      id: "bars",
      label: `${state.products ? "multiplications" : "parameters"} of four layers`,
      role: "bars",
      rows: values.length,
      columns: 1,
      indices: false,
      size: 24,
      kind: () => "window",
      rectOf: (r) => ({
        x: left,
        y: 30 + step * r,
        width: long(values[r]),
        height: 26,
        rx: 3,
      }),
    });
    found.bars.forEach((bar, r) => {
      const node = fig.text(left, 24 + step * r, bar.name, {
        class: "cv-name",
      });
      node.append(
        svg("tspan", { dx: 10, "font-weight": 400 }, thousands(values[r])),
      );
    });
    fig.showCode(codeLines(state));
    return { height: 34 + step * values.length };
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const room = state.size - state.kernel;
    const output = line(
      ...windowCount(
        "output size",
        "W − F",
        `${state.size} − ${state.kernel}`,
        room,
        state.stride,
      ),
      found && `, volume ${found.out} × ${found.out} × ${state.filters}`,
    );
    if (!found) {
      fig.showFormulas(output);
      return "The window does not fit into the input.";
    }
    if (!cell) return "";
    const bar = found.bars[cell.r];
    const conv = value(found.bars[3], state);
    fig.board("bars").mark([[cell.r, 0]], "chosen");
    fig.showFormulas(
      output,
      line(
        `${bar.name}:`,
        `${bar.formulas[state.products ? 1 : 0]} =`,
        bold(thousands(value(bar, state))),
      ),
    );
    const ratio = value(bar, state) / conv;
    const beside =
      cell.r === 3
        ? ""
        : `, ${ratio >= 1 ? `${thousands(Math.round(ratio))} times` : `${formatNumber(100 * ratio)} % of`} the convolution's`;
    return `${bar.name}: ${thousands(value(bar, state))} ${state.products ? "multiplications" : "parameters"}${beside}`;
  }
  return {
    controls,
    draw,
    show,
    choose: () => ({ board: "bars", r: 3, c: 0 }),
  };
}

export default defineFigure({
  name: "ParameterBars",
  title: "What a layer costs",
  hint: "The same layer dense, locally connected and convolutional: move the sliders and watch which bars follow.",
  build: buildBars,
});

// @ts-check
// The graph of L = (max(w1·x1 + w2·x2 + b, 0) − y)². Each node: its level, its inputs, its value and the local
// derivative with respect to each input; the backward pass multiplies local by upstream and nothing else.

import { defineFigure } from "./shared/figure.js";
import { bold, line } from "./shared/formula.js";
import { clamp, factor, formatNumber, range } from "./shared/numbers.js";
import { svg } from "./shared/shapes.js";

/** @import { Cell } from "./shared/layout.js" */
/** @import { RectOf } from "./shared/board.js" */
/** @import { Definition, Parts } from "./shared/figure.js" */

/**
 * @typedef {{ w1: number, x1: number, w2: number, x2: number, b: number, y: number, step: number, pinned: string }} State
 */

/**
 * @typedef {object} GraphNode
 * @property {string} name
 * @property {number} level
 * @property {string[]} from its inputs
 * @property {string} [formula]
 * @property {(...inputs: number[]) => number} [value]
 * @property {(...inputs: number[]) => number[]} [local] the derivative with respect to each input
 */
/** @type {(name: string) => GraphNode} */
const inputNode = (name) => ({ name, level: 0, from: [] });
/** @type {GraphNode[]} */
export const NODES = [
  inputNode("w1"),
  inputNode("x1"),
  inputNode("w2"),
  inputNode("x2"),
  inputNode("b"),
  inputNode("y"),
  {
    name: "p1",
    formula: "w1 · x1",
    level: 1,
    from: ["w1", "x1"],
    value: (w, x) => w * x,
    local: (w, x) => [x, w],
  },
  {
    name: "p2",
    formula: "w2 · x2",
    level: 1,
    from: ["w2", "x2"],
    value: (w, x) => w * x,
    local: (w, x) => [x, w],
  },
  {
    name: "s",
    formula: "p1 + p2 + b",
    level: 2,
    from: ["p1", "p2", "b"],
    value: (p, q, b) => p + q + b,
    local: () => [1, 1, 1],
  },
  {
    name: "h",
    formula: "max(s, 0)",
    level: 3,
    from: ["s"],
    value: (s) => Math.max(s, 0),
    local: (s) => [s > 0 ? 1 : 0],
  },
  {
    name: "e",
    formula: "h − y",
    level: 4,
    from: ["h", "y"],
    value: (h, y) => h - y,
    local: () => [1, -1],
  },
  {
    name: "L",
    formula: "e²",
    level: 5,
    from: ["e"],
    value: (e) => e * e,
    local: (e) => [2 * e],
  },
];
/**
 * Values, the gradient of L with respect to every node, and the local derivative along every edge.
 * @param {Omit<State, "step" | "pinned">} state
 */
export function passes(state) {
  /** @type {Record<string, number>} */
  const inputs = { ...state };
  /** @type {Record<string, number>} */
  const value = {};
  /** @type {Record<string, number>} */
  const local = {};
  for (const node of NODES) {
    const given = node.from.map((name) => value[name]);
    value[node.name] = node.value ? node.value(...given) : inputs[node.name];
    if (node.local)
      node
        .local(...given)
        .forEach((d, k) => (local[`${node.from[k]} ${node.name}`] = d));
  }
  const gradient = Object.fromEntries(
    NODES.map(({ name }) => [name, name === "L" ? 1 : 0]),
  );
  for (const node of [...NODES].reverse()) {
    for (const name of node.from)
      gradient[name] += local[`${name} ${node.name}`] * gradient[node.name];
  }
  return { value, gradient, local };
}
const INPUTS = NODES.filter(({ level }) => level === 0).length;
/** @type {Record<string, number>} */
const SLOTS = { p1: 0.5, p2: 2.5, s: 2.2, h: 2.2, e: 3.4, L: 3.4 };
const COMPUTED = NODES.length - INPUTS;
// Steps: the computed nodes forward, then every node backward (L first).
const LENGTH = COMPUTED + NODES.length + 1;

export const CODE = {
  ours: "s = dense(x, w, b); ds = relu_backward(2 * (relu(s) - y), s); dx, dw, db = dense_backward(ds, x, w)",
  keras:
    "L = (ops.relu(x @ w + b) - y) ** 2; L.backward(); w.grad  # PyTorch backend; TensorFlow: tape.gradient(L, w)",
  pytorch: "L = (torch.relu(x @ w + b) - y) ** 2; L.backward(); w.grad",
};

/** @type {Definition<State>["build"]} */
function buildGraph(fig) {
  let now = passes(fig.state);
  /** @type {{ from: string, to: string, middle: number[] }[]} */
  let edges = [];
  let upright = false;
  const levels = range(6).map((level) =>
    NODES.filter((node) => node.level === level),
  );
  /** @type {(cell: { r: number, c: number }) => GraphNode | undefined} */
  const nodeAt = ({ r, c }) => levels[r]?.[c];
  /** @type {Record<string, Cell>} */
  const cells = Object.fromEntries(
    levels.flatMap((nodes, r) =>
      nodes.map(({ name }, c) => [name, { board: "graph", r, c }]),
    ),
  );
  /** @param {State} state */
  const done = (state) => Math.min(state.step, LENGTH - 1);
  /** @type {(state: State, node: GraphNode) => boolean} */
  const hasValue = (state, node) =>
    node.level === 0 || NODES.indexOf(node) - INPUTS < done(state);
  /** @type {(state: State, node: GraphNode) => boolean} */
  const hasGradient = (state, node) =>
    NODES.length - 1 - NODES.indexOf(node) < done(state) - COMPUTED;

  /** @type {Parts<State>["draw"]} */
  function draw(state, width) {
    now = passes(state);
    upright = width < 620;
    const [w, h] = upright
      ? [Math.min(84, Math.floor((width - 10) / 6) - 3), 62]
      : [Math.min(112, Math.floor((width - 8) / 6) - 24), 56];
    // Along the levels and across them; across, a node stands beside what it comes from, out of others' ways.
    /** @type {(r: number, c: number) => number} */
    const slot = (r, c) => (r === 0 ? c : SLOTS[levels[r][c].name]);
    const apart = upright ? h + 46 : (width - w - 8) / 5;
    const spread = upright ? (width - w - 8) / 5 : (5 * h + 72) / 5;
    /** @type {RectOf} */
    const rectOf = (r, c) => {
      const [x, y] = [r * apart, slot(r, c) * spread];
      return {
        x: 4 + (upright ? y : x),
        y: 10 + (upright ? x : y),
        width: w,
        height: h,
        rx: 7,
      };
    };
    const paths = svg("g", { "aria-hidden": "true" });
    fig.put(paths);
    /** @type {(r: number, c: number, isTarget: boolean) => number[]} */
    const middle = (r, c, isTarget) => {
      const p = rectOf(r, c);
      if (upright) return [p.x + p.width / 2, isTarget ? p.y : p.y + p.height];
      return [isTarget ? p.x : p.x + p.width, p.y + p.height / 2];
    };
    edges = [];
    for (const node of NODES) {
      for (const name of node.from) {
        const [a, b] = [cells[name], cells[node.name]];
        const [x1, y1] = middle(a.r, a.c, false);
        const [x2, y2] = middle(b.r, b.c, true);
        // Past the nodes between the two it runs straight, and bends only beside its target.
        const from = upright ? y2 - apart + h : x2 - apart + w;
        const half = (from + (upright ? y2 : x2)) / 2;
        const bend = upright
          ? `V${from}C${x1} ${half} ${x2} ${half}`
          : `H${from}C${half} ${y1} ${half} ${y2}`;
        const path = svg("path", {
          class: "cv-axis",
          d: `M${x1} ${y1}${bend} ${x2} ${y2}`,
        });
        paths.append(path);
        edges.push({
          from: name,
          to: node.name,
          middle: upright ? [(x1 + x2) / 2, half] : [half, (y1 + y2) / 2],
        });
      }
    }
    /** @type {(r: number, c: number, down: number, right: number) => number[]} */
    const step = (r, c, down, right) => {
      const [across, along] = upright ? [down, right] : [right, down];
      if (along) return [r, clamp(c + along, 0, levels[r].length - 1)];
      const next = clamp(r + across, 0, 5);
      return [
        next,
        clamp(
          Math.round(
            ((c + 0.5) * levels[next].length) / levels[r].length - 0.5,
          ),
          0,
          levels[next].length - 1,
        ),
      ];
    };
    fig.add({
      id: "graph",
      label: "computation graph, inputs first, the loss last",
      role: "graph",
      rows: 6,
      columns: 6,
      indices: false,
      exists: (r, c) => c < levels[r].length,
      rectOf,
      walk: step,
      kind: (r) => (r === 0 ? "pad" : ""),
    });
    levels.forEach((nodes, r) =>
      nodes.forEach((node, c) => {
        const p = rectOf(r, c);
        const x = p.x + p.width / 2;
        const small = { "text-anchor": "middle", "pointer-events": "none" };
        const value = hasValue(state, node)
          ? formatNumber(now.value[node.name])
          : "?";
        const gradient = hasGradient(state, node)
          ? formatNumber(now.gradient[node.name])
          : "";
        fig.text(
          x,
          p.y + 17,
          node.formula && w >= 96
            ? `${node.name} = ${node.formula}`
            : node.name,
          small,
        );
        fig.text(x, p.y + 34, value, { class: "cv-name", ...small });
        fig.text(x, p.y + 50, gradient === "" ? "" : `∂ ${gradient}`, {
          ...small,
          class: "cv-gradient",
        });
      }),
    );
    fig.warn(
      hasValue(state, NODES[9]) &&
        now.value.s <= 0 &&
        "The ReLU is off (s ≤ 0): its local derivative is 0, and nothing reaches the weights.",
    );
    fig.showLegend(
      ["pad", "an input"],
      [
        "",
        "a computed node: its value, and the derivative of L with respect to it",
      ],
      ["chosen", "the chosen node"],
      ["window", "where its gradient comes from"],
      ["third", "what it was computed from"],
    );
    fig.showCode(CODE);
    return { height: upright ? 5 * apart + h + 22 : 6 * (h + 12) + 12 };
  }

  /** @type {Parts<State>["show"]} */
  function show(cell, state) {
    const node = cell && nodeAt(cell);
    if (!node) return fig.showFormulas();
    const board = fig.board("graph");
    /** @param {string[]} names */
    const positions = (names) =>
      names.map((name) => cells[name]).map(({ r, c }) => [r, c]);
    const users = NODES.filter(({ from }) => from.includes(node.name));
    board.mark(positions(users.map(({ name }) => name)), "window");
    board.mark(positions(node.from), "third");
    board.mark([[cell.r, cell.c]], "chosen");
    for (const { from, to, middle } of edges) {
      if (from !== node.name || !hasGradient(state, node)) continue;
      board.marks.append(
        svg(
          "text",
          {
            class: "cv-name",
            x: middle[0],
            y: middle[1] - 4,
            "text-anchor": "middle",
          },
          `×${formatNumber(now.local[`${from} ${to}`])}`,
        ),
      );
    }
    const value = now.value[node.name];
    const forward = node.formula
      ? line(
          `${node.name} = ${node.formula} =`,
          bold(hasValue(state, node) ? formatNumber(value) : "not yet"),
        )
      : line(`${node.name} =`, bold(formatNumber(value)), ", an input");
    const backward = !hasGradient(state, node)
      ? line(`∂L/∂${node.name}: not yet`)
      : node.name === "L"
        ? line("∂L/∂L =", bold("1"))
        : line(
            `∂L/∂${node.name} = local × upstream =`,
            users
              .map((user) => `∂${user.name}/∂${node.name} · ∂L/∂${user.name}`)
              .join(" + "),
            "=",
            users
              .map(
                (user) =>
                  `${factor(now.local[`${node.name} ${user.name}`])}·${factor(now.gradient[user.name])}`,
              )
              .join(" + "),
            "=",
            bold(formatNumber(now.gradient[node.name])),
          );
    fig.showFormulas(forward, backward);
    const gradient = hasGradient(state, node)
      ? `gradient ${formatNumber(now.gradient[node.name])}`
      : "no gradient yet";
    return `${node.name}${node.formula ? ` = ${node.formula}` : ", an input"}: ${hasValue(state, node) ? formatNumber(value) : "not computed yet"}, ${gradient}`;
  }
  return {
    controls: (state) =>
      NODES.slice(0, INPUTS).map(({ name }) =>
        fig.slider(name, name, { step: 0.1 }),
      ),
    draw,
    show,
    once: true,
    first: 0,
    length: () => LENGTH,
    choose(state) {
      const at = done(state);
      if (state.step >= LENGTH) return cells["s"];
      if (at === 0) return cells["w1"];
      return cells[
        at <= COMPUTED
          ? NODES[INPUTS + at - 1].name
          : NODES[NODES.length - (at - COMPUTED)].name
      ];
    },
  };
}

export default defineFigure({
  name: "ComputationGraph",
  title: "A computation graph",
  hint: "Step forward: values flow to the loss; then back: each gradient is a local derivative times the gradient upstream.",
  build: buildGraph,
});

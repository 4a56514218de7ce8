// Neurons as lines in the plane [-4, 4]²: score w·x + b, distance score / ‖w‖, ReLU.

const CELLS = 33;
const REACH = 4;
const at = (index) => -REACH + (2 * REACH * index) / (CELLS - 1);
/** The point of a cell: x1 to the right, x2 upwards. */
export const pointOf = (r, c) => [at(c), -at(r)];
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
/** Which neurons are active in each cell of the plane, row by row: a bit for each neuron. */
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
export const regions = (neurons) => new Set(patterns(neurons).flat()).size;
const current = (state) => Math.min(state.selected, state.neurons.length - 1);
export function codeLines(state) {
  const [n, i] = [state.neurons.length, current(state)];
  return {
    ours: `signed_distance(x, w[:, ${i}], b[${i}]), relu(dense(x, w, b))`,
    keras: `Dense(${n}, activation="relu")`,
    pytorch: `Linear(2, ${n}), ReLU()`,
  };
}

function buildHyperplane(fig) {
  let plane = null;
  let unit = 1;
  let held = null; // the arrow's foot, while its tip is dragged: it moves with w
  let cut = 0; // regions of the plane
  const change = (changes) => {
    const index = current(fig.state);
    const neurons = fig.state.neurons.map((neuron, n) =>
      n === index ? neuron.map((v, k) => changes[k] ?? v) : neuron,
    );
    fig.set({ neurons });
  };
  const toPicture = ([x1, x2]) => [
    plane.x + (x1 + REACH) * unit + plane.size / 2,
    plane.y + (REACH - x2) * unit + plane.size / 2,
  ];
  const toPoint = ({ x, y }) => [
    (x - plane.x - plane.size / 2) / unit - REACH,
    REACH - (y - plane.y - plane.size / 2) / unit,
  ];
  /** The foot of the line's normal from the origin, and the tip of w drawn from there. */
  const arrow = ([w1, w2, b]) => {
    const square = w1 * w1 + w2 * w2 || 1;
    const foot = [(-b * w1) / square, (-b * w2) / square];
    return [foot, [foot[0] + w1, foot[1] + w2]];
  };
  const round = (v) => Math.round(v * 10) / 10;

  function controls(state) {
    const neuron = state.neurons[current(state)];
    const slider = (k, label) => ({
      kind: "slider",
      id: `w${k}`,
      label,
      min: k < 2 ? -3 : -4,
      max: k < 2 ? 3 : 4,
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
          ["add", "+ neuron", state.neurons.length === 4],
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

  function draw(state, width) {
    const room = width >= 560 ? width - 276 : width - 60; // beside the ramp, or above it
    const size = clamp(Math.floor(Math.min(room, 400) / CELLS), 6, 12);
    const side = CELLS * size;
    const left = width >= 560 ? width - side - 86 : width - 60;
    const ramp = { width: Math.min(left, 260), height: 190 };
    const { places, height } = flow(
      width,
      [{ width: side, height: side }, ramp],
      { left: 30, top: 40 },
    );
    plane = new Board({
      id: "plane",
      label: "plane, x1 to the right and x2 upwards, from −4 to 4",
      rows: CELLS,
      columns: CELLS,
      size,
      ...places[0],
      indices: false,
    });
    unit = (side - size) / (2 * REACH);
    fig.add(plane);
    const index = current(state);
    const neuron = state.neurons[index];
    const largest = Math.max(
      ...[-REACH, REACH].flatMap((x1) =>
        [-REACH, REACH].map((x2) => Math.abs(values(neuron, [x1, x2]).score)),
      ),
      1e-9,
    );
    const shades =
      state.view === "regions"
        ? regionCells(state)
        : slope(state.view, neuron, largest);
    plane.under(shades);
    cut = regions(state.neurons);
    drawLines(state);
    for (const v of [-4, -2, 0, 2, 4]) {
      const [x] = toPicture([v, 0]);
      const [, y] = toPicture([0, v]);
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
    this.ramp = { ...places[1], ...ramp };
    fig.heading(
      { x: places[1].x, y: places[1].y + 12 },
      `neuron ${index + 1}`,
      "along its normal",
    );
    fig.warn(
      values(neuron, [0, 0]).length === 0 &&
        "w = 0: there is no line, and no distance to it; the score is b everywhere.",
    );
    fig.explain(
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
    fig.lines(codeLines(state));
    return { height: height + 14 };
  }
  function regionCells({ neurons }) {
    const active = (bits) => neurons.filter((_, n) => bits & (1 << n)).length;
    return shadedSheet(
      plane,
      patterns(neurons),
      (bits) => active(bits) / neurons.length,
    );
  }
  /** Score and ReLU change along w alone: one gradient, from -largest to largest, shades the whole plane. */
  function slope(view, [w1, w2, b], largest) {
    const square = w1 * w1 + w2 * w2;
    if (square === 0) return svg("g", {});
    const where = (score) =>
      toPicture([((score - b) * w1) / square, ((score - b) * w2) / square]);
    const [[x1, y1], [x2, y2]] = [where(-largest), where(largest)];
    const stop = (offset, colour) =>
      svg("stop", { offset, style: `stop-color: var(--cv-${colour})` });
    const id = `${fig.root.id}-slope`;
    const box = plane.box();
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
  function drawLines(state) {
    const inside = svg("g", { class: "cv-hatched" });
    state.neurons.forEach((neuron, n) => {
      const [w1, w2] = neuron;
      const length = Math.hypot(w1, w2);
      if (length === 0) return;
      const chosen = n === current(state);
      const [foot, tip] = arrow(neuron);
      const ends = [-20, 20].map((t) =>
        toPicture([foot[0] - (t * w2) / length, foot[1] + (t * w1) / length]),
      );
      const segment = clip(ends, plane.box());
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
      const { x, y, width } = plane.box();
      const turn =
        dx * (y + width / 2 - at[1]) > dy * (x + width / 2 - at[0]) ? 1 : -1;
      const far = (turn * 13) / Math.hypot(dx, dy);
      const label = { x: at[0] - far * dy, y: at[1] + far * dx };
      inside.append(
        svg("text", { class: "cv-name cv-line-number", ...label }, n + 1),
      );
      if (!chosen) return;
      inside.append(svg("line", { class: "cv-grip", x1, y1, x2, y2 }));
      const [a, b] = [toPicture(foot), toPicture(tip)];
      const box = plane.box();
      const within = ([x, y]) =>
        x >= box.x &&
        y >= box.y &&
        x <= box.x + box.width &&
        y <= box.y + box.height;
      if (within(a)) {
        const shown = clip([a, b], box);
        inside.append(
          svg("line", {
            class: "cv-pin",
            x1: a[0],
            y1: a[1],
            x2: shown[1][0],
            y2: shown[1][1],
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
  /** The part of a segment inside a box (Liang and Barsky), or null. */
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
    const on = (t) => [x1 + t * (x2 - x1), y1 + t * (y2 - y1)];
    return low <= high ? [on(low), on(high)] : null;
  }

  /** Score (dashed) and ReLU (solid) over the signed distance, with the chosen point. */
  function drawRamp(place, length, chosen) {
    const group = svg("g", {});
    const top = Math.max(length * 5, 1);
    const x = (d) => place.x + (place.width * (d + 5)) / 10;
    const y = (v) => place.y + place.height * (0.5 - v / (2 * top));
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
    const label = (px, py, words, anchor = "start") =>
      group.append(
        svg(
          "text",
          { class: "cv-soft", x: px, y: py, "text-anchor": anchor },
          words,
        ),
      );
    label(x(5), y(0) + 16, "distance", "end");
    label(x(0) + 6, y(top) + 8, number(top));
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

  function show(cell, state) {
    if (!cell) return fig.formulas();
    const x = pointOf(cell.r, cell.c);
    const index = current(state);
    const [w1, w2, b] = state.neurons[index];
    const here = values(state.neurons[index], x);
    const [px, py] = toPicture(x);
    plane.marks.append(
      svg("circle", { class: "cv-cell chosen", cx: px, cy: py, r: 5 }),
    );
    drawRamp(this.ramp, here.length, here.distance);
    const signed = (v) => (v < 0 ? `(${number(v)})` : number(v));
    const other = state.neurons.map((neuron) => values(neuron, x).distance);
    fig.formulas(
      line(
        "score = w·x + b =",
        `${signed(w1)}·${signed(x[0])} + ${signed(w2)}·${signed(x[1])} + ${signed(b)} =`,
        html("b", {}, number(here.score)),
      ),
      here.distance === null
        ? null
        : line(
            "distance = score / ‖w‖ =",
            frac(number(here.score), number(here.length)),
            "=",
            html("b", {}, number(here.distance)),
          ),
      line(
        `ReLU = max(${number(here.score)}, 0) =`,
        html("b", {}, number(here.relu)),
        `, |score| = max(s, 0) + max(−s, 0) = ${number(Math.abs(here.score))}`,
      ),
      other.length > 1 && !other.includes(null)
        ? line(
            `distances: ${other.map((d, n) => `d${"₁₂₃₄"[n]} = ${number(d, 3)}`).join(", ")}; d₁ − d₂ =`,
            html("b", {}, number(other[0] - other[1], 3)),
          )
        : null,
      line(
        `${count(state.neurons.length, "line")} ${state.neurons.length === 1 ? "cuts" : "cut"} this part of the plane into`,
        html("b", {}, cut),
        "regions",
      ),
    );
    const side =
      here.score > 0
        ? "above 0, active"
        : here.score < 0
          ? "below 0, silent"
          : "on the line";
    return `point (${number(x[0])}, ${number(x[1])}), neuron ${index + 1}: score ${number(here.score)}, ${side}${here.distance === null ? "" : `; distance ${number(here.distance)}`}; ReLU ${number(here.relu)}`;
  }
  return {
    controls,
    draw,
    show,
    grab({ x, y }) {
      const [foot, tip] = arrow(fig.state.neurons[current(fig.state)]);
      const [tipX, tipY] = toPicture(tip);
      held = Math.hypot(tipX - x, tipY - y) < 20 ? foot : null;
    },
    // The tip of the arrow turns and stretches w; anywhere else the line follows the mouse.
    drag(cell, place) {
      const [w1, w2] = fig.state.neurons[current(fig.state)];
      const [x1, x2] = toPoint(place);
      if (!held) change({ 2: clamp(round(-(w1 * x1 + w2 * x2)), -4, 4) });
      else {
        change({
          0: clamp(round(x1 - held[0]), -3, 3),
          1: clamp(round(x2 - held[1]), -3, 3),
        });
      }
      return true;
    },
    choose: () => ({ board: "plane", r: 8, c: 24 }),
  };
}

export default figure({
  name: "Hyperplane",
  title: "A neuron is a hyperplane",
  hint: "Drag the line to change b, the tip of the arrow to change w. Point anywhere for the score, the distance and the ReLU.",
  settings: {
    neurons: {
      check: (value) => {
        const rows = matrix(4, -5, 5).check(value);
        return rows?.every((row) => row.length === 3) ? rows : undefined;
      },
      encode: matrix(4, -5, 5).encode,
    },
    selected: integer(0, 3),
    view: oneOf("score", "relu", "regions"),
    pinned: cellName(),
  },
  build: buildHyperplane,
});

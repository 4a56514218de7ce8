// Minibatch gradient descent for a line y ≈ w·x + b: loss = mean of (w·x + b − y)².

export const UPDATES = 64;
const CELLS = 30;
const W = [-2, 4];
const B = [-3, 3];
const on = ([low, high], index) => low + ((high - low) * (index + 0.5)) / CELLS;
export const pointOf = (r, c) => [on(W, c), on(B, CELLS - 1 - r)];

/** 32 examples near y = 1.3 x − 0.4. */
export function examples() {
  const next = randomNumbers(2);
  return range(32).map(() => {
    const x = 4 * next() - 1.4;
    return [x, 1.3 * x - 0.4 + 1.6 * (next() - 0.5)];
  });
}
const DATA = examples();
export const loss = ([w, b], data = DATA) =>
  data.reduce((sum, [x, y]) => sum + (w * x + b - y) ** 2, 0) / data.length;
export function gradient([w, b], data = DATA) {
  const sums = data.reduce(
    ([dw, db], [x, y]) => [
      dw + 2 * (w * x + b - y) * x,
      db + 2 * (w * x + b - y),
    ],
    [0, 0],
  );
  return sums.map((v) => v / data.length);
}
/** Which examples each update sees: a new shuffle for every epoch, the last batch may be short. */
export function batches({ batch, seed }) {
  const next = randomNumbers(seed + 1);
  const found = [];
  while (found.length < UPDATES) {
    const order = range(DATA.length);
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    for (let start = 0; start < order.length; start += batch)
      found.push(order.slice(start, start + batch));
  }
  return found.slice(0, UPDATES);
}
/** Every point of the path, the start included; it ends where the numbers leave all bounds. */
export function descend(state) {
  const path = [[state.slope, state.offset]];
  for (const chosen of batches(state)) {
    const [w, b] = path.at(-1);
    const [dw, db] = gradient(
      [w, b],
      chosen.map((i) => DATA[i]),
    );
    const next = [w - state.lr * dw, b - state.lr * db];
    if (Math.hypot(...next) > 1e6) break;
    path.push(next);
  }
  return path;
}
/** The largest curvature of the surface: a step size above 2 over it diverges (with the whole batch). */
export function curvature() {
  const mean = (f) => DATA.reduce((sum, [x]) => sum + f(x), 0) / DATA.length;
  const [a, c] = [2 * mean((x) => x * x), 2 * mean((x) => x)];
  return (a + 2 + Math.hypot(a - 2, 2 * c)) / 2;
}
/** The surface in ten bands of its logarithm: their edges are its contour lines. The same for all settings. */
function banded() {
  const levels = range(CELLS).map((r) =>
    range(CELLS).map((c) => Math.log(loss(pointOf(r, c)))),
  );
  const [low, high] = [Math.min(...levels.flat()), Math.max(...levels.flat())];
  const band = (level) => Math.floor((9.999 * (level - low)) / (high - low));
  return levels.map((row) => row.map(band));
}

export function codeLines({ batch, lr }) {
  const epochs = Math.ceil(UPDATES / Math.ceil(DATA.length / batch));
  return {
    ours: `train(params, loss_and_grads, x, y, lr=${lr}, size=${batch}, epochs=${epochs}, rng=rng)`,
    keras: `model.compile(SGD(${lr}), "mse"); model.fit(x, y, batch_size=${batch}, epochs=${epochs})`,
    pytorch: `SGD(model.parameters(), lr=${lr}), DataLoader(data, batch_size=${batch}, shuffle=True)  # ${epochs} epochs`,
  };
}

function buildSurface(fig) {
  const bands = banded();
  let path = [];
  const done = (state) => Math.min(state.step, path.length - 1);
  const steps = [
    0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1,
    1.2,
  ];
  const nearest = (lr) =>
    steps.reduce(
      (best, v, i) =>
        Math.abs(v - lr) < Math.abs(steps[best] - lr) ? i : best,
      0,
    );

  function controls(state) {
    return [
      {
        kind: "slider",
        id: "batch",
        label: "batch size",
        min: 1,
        max: 32,
        value: state.batch,
        set: (batch) => fig.set({ batch }),
      },
      {
        kind: "slider",
        id: "lr",
        label: "step size",
        min: 0,
        max: steps.length - 1,
        value: nearest(state.lr),
        said: number(state.lr),
        set: (i) => fig.set({ lr: steps[i] }),
      },
      {
        kind: "slider",
        id: "seed",
        label: "shuffle",
        min: 0,
        max: 99,
        value: state.seed,
        set: (seed) => fig.set({ seed }),
      },
      {
        kind: "buttons",
        id: "start",
        label: "",
        plain: true,
        options: [["here", "Start from the chosen point"]],
        set() {
          const cell = fig.chosen;
          if (cell?.board !== "surface") return;
          const [slope, offset] = pointOf(cell.r, cell.c);
          fig.set({ slope, offset, pinned: "", step: 10000 });
        },
      },
    ];
  }

  function draw(state, width) {
    path = descend(state);
    const room = width >= 560 ? width - 314 : width - 44; // beside the curve, or above it
    const size = clamp(Math.floor(Math.min(room, 390) / CELLS), 6, 13);
    const side = CELLS * size;
    const left = width >= 560 ? width - side - 114 : width - 60;
    const chart = { width: Math.min(left, 330), height: 200 };
    const { places, height } = flow(
      width,
      [{ width: side, height: side }, chart],
      { left: 34, top: 40, gap: 70 },
    );
    const surface = new Board({
      id: "surface",
      label: "loss over slope (to the right) and offset (upwards)",
      rows: CELLS,
      columns: CELLS,
      size,
      ...places[0],
      indices: false,
    });
    fig.add(surface);
    surface.under(shadedSheet(surface, bands, (which) => 0.06 + which / 10.5));
    const scale = side / (W[1] - W[0]);
    const place = ([w, b]) => [
      clamp(
        surface.x + (w - W[0]) * scale,
        surface.x - 8,
        surface.x + side + 8,
      ),
      clamp(
        surface.y + (B[1] - b) * scale,
        surface.y - 8,
        surface.y + side + 8,
      ),
    ];
    const shown = path.slice(0, done(state) + 1).map(place);
    const trail = svg(
      "g",
      { class: "cv-hatched" },
      svg("path", {
        class: "cv-frame",
        d: `M${shown.map((p) => p.map((v) => v.toFixed(1)).join(" ")).join("L")}`,
      }),
    );
    for (const [x, y] of shown)
      trail.append(
        svg("circle", { class: "cv-cell window", cx: x, cy: y, r: 2.4 }),
      );
    const [ex, ey] = shown.at(-1);
    trail.append(
      svg("circle", { class: "cv-cell chosen", cx: ex, cy: ey, r: 5.5 }),
    );
    surface.under(trail);
    for (const v of [-2, 0, 2, 4])
      fig.put(
        svg(
          "text",
          {
            class: "cv-index",
            x: surface.x + (v - W[0]) * scale,
            y: surface.y + side + 12,
          },
          minus(v),
        ),
      );
    for (const v of [-3, -1, 1, 3])
      fig.put(
        svg(
          "text",
          {
            class: "cv-index",
            x: surface.x - 12,
            y: surface.y + (B[1] - v) * scale,
          },
          minus(v),
        ),
      );
    fig.heading(
      { x: surface.x, y: surface.y + 12 },
      "loss",
      "b upwards, w to the right",
    );
    drawCurve(state, places[1], chart);
    const limit = 2 / curvature();
    const wild =
      path.length <= UPDATES || loss(path.at(-1)) > 4 * loss(path[0]);
    fig.warn(
      wild &&
        `The path diverges: the step size ${number(state.lr)} is ${state.lr > limit ? `above 2 over the largest curvature, ${number(limit)}` : "too large for a batch this small"}.`,
    );
    fig.explain(
      ["ramp", "loss: small", "large (logarithmic)"],
      ["window", "the path"],
      ["chosen", "where it stands"],
    );
    fig.lines(codeLines(state));
    return { height: height + 16 };
  }
  function drawCurve(state, at, { width, height }) {
    const values = path.map((p) => loss(p));
    const top = Math.min(Math.max(...values), 4 * values[0] + 1);
    const x = (i) => at.x + (width * i) / UPDATES;
    const y = (v) => at.y + height * (1 - Math.min(v, top) / top);
    fig.heading({ x: at.x, y: at.y + 12 }, "loss of all 32", "by update");
    for (const v of ticks(0, top, 4)) {
      fig.put(
        svg("line", {
          class: "cv-tick",
          x1: at.x,
          x2: at.x + width,
          y1: y(v),
          y2: y(v),
        }),
        svg(
          "text",
          { class: "cv-index cv-beside", x: at.x - 8, y: y(v) },
          number(v),
        ),
      );
    }
    fig.put(
      svg("path", {
        class: "cv-frame",
        d: `M${values.map((v, i) => `${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}`,
      }),
    );
    const reach = width / UPDATES / 2;
    fig.add(
      new Board({
        id: "curve",
        label: "loss after each update",
        role: "curve",
        rows: 1,
        columns: values.length,
        indices: false,
        kind: () => "window",
        at: (_, c) => ({
          x: x(c) - reach,
          y: y(values[c]) - 3,
          width: 2 * reach,
          height: 6,
          rx: 2,
        }),
      }),
    );
    for (const i of [0, 16, 32, 48, 64])
      fig.put(
        svg("text", { class: "cv-index", x: x(i), y: at.y + height + 14 }, i),
      );
  }

  function show(cell, state) {
    const at = done(state);
    const here =
      cell?.board === "surface"
        ? pointOf(cell.r, cell.c)
        : path[cell?.board === "curve" ? cell.c : at];
    const index = cell?.board === "curve" ? cell.c : at;
    const signed = (v) => (v < 0 ? `(${number(v)})` : number(v));
    const slopes = gradient(here);
    const update = index > 0 && cell?.board !== "surface" ? index : null;
    const formulas = [
      line(
        "loss = mean of (w·x + b − y)²",
        `= ${number(loss(here))} at w = ${number(here[0])}, b = ${number(here[1])}; its gradient is (${number(slopes[0])}, ${number(slopes[1])})`,
      ),
    ];
    if (update !== null) {
      const batch = batches(state)[update - 1];
      const [dw, db] = gradient(
        path[update - 1],
        batch.map((i) => DATA[i]),
      );
      formulas.push(
        line(
          `update ${update}: the batch of ${batch.length} has gradient (${number(dw)}, ${number(db)})`,
        ),
        line(
          "w ← w − lr·dw =",
          `${signed(path[update - 1][0])} − ${number(state.lr)}·${signed(dw)} =`,
          html("b", {}, number(path[update][0])),
          `, b ← ${signed(path[update - 1][1])} − ${number(state.lr)}·${signed(db)} =`,
          html("b", {}, number(path[update][1])),
        ),
      );
    }
    fig.formulas(...formulas);
    if (cell) fig.boards.get(cell.board).mark([[cell.r, cell.c]], "chosen");
    const what =
      cell?.board === "surface"
        ? "point"
        : index === 0
          ? "start"
          : `after update ${index}`;
    return `${what}: slope ${number(here[0])}, offset ${number(here[1])}, loss ${number(loss(here))}`;
  }
  return {
    controls,
    draw,
    show,
    once: true,
    first: 0,
    length: () => path.length,
    choose: (state) => ({ board: "curve", r: 0, c: done(state) }),
  };
}

export default figure({
  name: "LossSurface",
  title: "A path on the loss surface",
  hint: "Small batches make the path noisy, large steps make it overshoot. Point at the surface for the loss there; start from any point.",
  settings: {
    batch: integer(1, 32),
    lr: real(0.01, 1.2),
    seed: integer(0, 99),
    slope: real(-2, 4),
    offset: real(-3, 3),
    step: integer(0, 10000),
    pinned: cellName(),
  },
  build: buildSurface,
});

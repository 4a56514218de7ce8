// Training curves by epoch, and the latest filters and activation maps.

const LOOKS = {
  loss: ["loss, training", "window", null],
  val_loss: ["loss, held out", "third", "7 4"],
  accuracy: ["accuracy, training", "window", null],
  val_accuracy: ["accuracy, held out", "third", "7 4"],
};
/** The epoch (from 0) with the lowest held-out loss, without one the lowest loss. */
export function best(series) {
  const losses = series.val_loss?.length
    ? series.val_loss
    : (series.loss ?? []);
  return losses.length ? losses.indexOf(Math.min(...losses)) : -1;
}

export const CODE = {
  ours: "history = fit(model, x, y, validation=(x_test, y_test)); monitor = TrainingMonitor(history)",
  keras:
    "history = model.fit(x, y, validation_data=(x_test, y_test)); monitor = TrainingMonitor(history)",
  pytorch:
    "monitor = TrainingMonitor(); monitor.log(loss=loss.item())  # log once an epoch",
};

function buildMonitor(fig) {
  const panels = (series) =>
    [
      ["loss", ["loss", "val_loss"]],
      ["accuracy", ["accuracy", "val_accuracy"]],
    ]
      .map(([id, names]) => [id, names.filter((name) => series[name]?.length)])
      .filter(([, names]) => names.length);
  const epochs = (series) =>
    Math.max(
      0,
      ...["loss", "val_loss", "accuracy", "val_accuracy"].map(
        (name) => series[name]?.length ?? 0,
      ),
    );
  let shown = [];

  function draw(state, width) {
    shown = panels(state.series);
    const n = epochs(state.series);
    const wide = width >= 640 && shown.length > 1;
    const chart = { width: wide ? (width - 150) / 2 : width - 70, height: 210 };
    const tiles = [
      ["filters", state.filters],
      ["maps", state.maps],
    ].filter(([, pictures]) => pictures.length);
    const tile = 52;
    const perRow = Math.max(1, Math.floor((width - 40) / (tile + 10)));
    const parts = [
      ...shown.map(() => chart),
      ...tiles.map(([, pictures]) => ({
        width: width - 70,
        height: Math.ceil(pictures.length / perRow) * (tile + 10),
      })),
    ];
    fig.warn(!n && "No epoch yet: the curves appear as training goes on.");
    const { places, height } = parts.length
      ? flow(width, parts, {
          left: 46,
          top: 40,
          gap: 66,
          between: 54,
          centred: false,
        })
      : { places: [], height: 30 };
    shown.forEach(([id, names], p) =>
      drawChart(state, id, names, n, { ...places[p], ...chart }),
    );
    tiles.forEach(([id, pictures], t) =>
      drawTiles(id, pictures, { ...places[shown.length + t], tile, perRow }),
    );
    fig.explain(
      ["window", "training (solid)"],
      ["third", "held out (dashed)"],
      ["chosen", "the chosen epoch"],
      tiles.length && ["scale", "negative", "positive"],
    );
    fig.lines(CODE);
    return { height: height + 16 };
  }

  function drawChart(state, id, names, n, { x, y, width, height }) {
    const all = names.flatMap((name) => state.series[name]);
    const [low, high] =
      id === "accuracy"
        ? [Math.min(0.5, ...all), 1]
        : [0, Math.max(...all, 1e-9) * 1.04];
    const px = (epoch) => x + (n > 1 ? (width * epoch) / (n - 1) : width / 2);
    const py = (value) => y + height * (1 - (value - low) / (high - low));
    fig.heading({ x, y: y + 10 }, id, "by epoch");
    for (const v of ticks(low, high, 4))
      fig.put(
        svg("line", {
          class: "cv-tick",
          x1: x,
          x2: x + width,
          y1: py(v),
          y2: py(v),
        }),
        svg(
          "text",
          { class: "cv-index cv-beside", x: x - 10, y: py(v) },
          id === "accuracy" ? `${Math.round(100 * v)} %` : number(v),
        ),
      );
    const every = Math.max(1, Math.ceil(n / 8));
    for (const e of range(n))
      if (e % every === 0)
        fig.put(
          svg(
            "text",
            { class: "cv-index", x: px(e), y: y + height + 15 },
            e + 1,
          ),
        );
    const steps = state.series.step_loss;
    if (id === "loss" && steps?.length > 1) {
      // Each step's loss, pale behind: at most one point a pixel.
      const stride = Math.max(1, Math.ceil(steps.length / width));
      const points = range(Math.ceil(steps.length / stride)).map(
        (k) =>
          `${(x + (width * k * stride) / (steps.length - 1)).toFixed(1)} ${clamp(py(steps[k * stride]), y, y + height).toFixed(1)}`,
      );
      fig.put(svg("path", { class: "cv-tick", d: `M${points.join("L")}` }));
    }
    names.forEach((name) => {
      const [, kind, dashes] = LOOKS[name];
      const path = svg("path", {
        class: `cv-frame cv-line-${kind}`,
        "stroke-dasharray": dashes,
        d: `M${state.series[name].map((v, e) => `${px(e).toFixed(1)} ${py(v).toFixed(1)}`).join("L")}`,
      });
      fig.put(path);
    });
    const half = clamp(width / Math.max(n, 1) / 2, 2, 5);
    fig.add(
      new Board({
        id,
        label: `${id} by epoch: ${names.map((name) => LOOKS[name][0]).join(" and ")}`,
        role: "curves",
        rows: names.length,
        columns: n,
        indices: false,
        exists: (r, c) => c < state.series[names[r]].length,
        kind: (r) => LOOKS[names[r]][1],
        at: (r, c) => ({
          x: px(c) - half,
          y: py(state.series[names[r]][c]) - half,
          width: 2 * half,
          height: 2 * half,
          rx: r ? 1 : half,
        }),
      }),
    );
    const top = best(state.series);
    if (top >= 0 && id === "loss")
      fig.put(
        svg("line", {
          class: "cv-link",
          x1: px(top),
          x2: px(top),
          y1: y,
          y2: y + height,
        }),
        svg(
          "text",
          {
            class: "cv-soft",
            x: px(top),
            y: y - 2,
            "text-anchor": top > n / 2 ? "end" : "start",
          },
          "best",
        ),
      );
  }
  function drawTiles(id, pictures, { x, y, tile, perRow }) {
    fig.heading(
      { x, y: y + 12 },
      id === "filters" ? "filters" : "activation maps",
      `the latest, ${pictures.length}`,
    );
    const most = Math.max(...pictures.flat(2).map(Math.abs), 1e-9);
    const place = (_, f) => ({
      x: x + (f % perRow) * (tile + 10),
      y: y + Math.floor(f / perRow) * (tile + 10),
      width: tile,
      height: tile,
      rx: 2,
    });
    const board = fig.add(
      new Board({
        id,
        label: id === "filters" ? "filters" : "activation maps",
        role: "pictures",
        rows: 1,
        columns: pictures.length,
        indices: false,
        at: place,
      }),
    );
    const pixels = pictures.flatMap((rows, f) => {
      const at = place(0, f);
      const [height, width] = [tile / rows.length, tile / rows[0].length];
      return rows.flatMap((row, r) =>
        row.map((v, c) => [
          { x: at.x + c * width, y: at.y + r * height, width, height },
          v / most,
        ]),
      );
    });
    board.under(
      svg(
        "g",
        { "aria-hidden": "true", class: "cv-hatched cv-smooth" },
        shades(pixels),
      ),
    );
  }

  function show(cell, state) {
    const { series } = state;
    const top = best(series);
    const n = epochs(series);
    const summary =
      top < 0
        ? null
        : line(
            `lowest ${series.val_loss?.length ? "held-out loss" : "loss"} in epoch`,
            html("b", {}, top + 1),
            `of ${n}`,
          );
    if (!cell) {
      fig.formulas(summary);
      return n ? "" : "No epoch yet.";
    }
    const board = fig.boards.get(cell.board);
    if (cell.board === "filters" || cell.board === "maps") {
      board.frame([0, 0], [cell.c, cell.c]);
      const values = state[cell.board][cell.c].flat();
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      fig.formulas(
        summary,
        line(
          `mean of its ${state[cell.board][cell.c].length}·${state[cell.board][cell.c][0].length} = ${values.length} values =`,
          html("b", {}, number(mean, 3)),
        ),
      );
      return `${cell.board === "filters" ? "filter" : "activation map"} ${cell.c}: from ${number(Math.min(...values), 3)} to ${number(Math.max(...values), 3)}`;
    }
    const e = cell.c;
    for (const [id, names] of shown)
      fig.boards.get(id).mark(
        names.map((_, r) => [r, e]),
        "chosen",
      );
    const has = (name) => series[name]?.[e] !== undefined;
    const gap =
      has("accuracy") && has("val_accuracy")
        ? line(
            `accuracy − held out = ${number(series.accuracy[e], 3)} − ${number(series.val_accuracy[e], 3)} =`,
            html(
              "b",
              {},
              number(series.accuracy[e] - series.val_accuracy[e], 3),
            ),
          )
        : null;
    const rise =
      has("val_loss") && e > top
        ? line(
            `held-out loss since the best epoch: ${number(series.val_loss[e], 3)} − ${number(series.val_loss[top], 3)} =`,
            html("b", {}, number(series.val_loss[e] - series.val_loss[top], 3)),
          )
        : null;
    fig.formulas(summary, gap, rise);
    const told = Object.keys(LOOKS)
      .filter(has)
      .map(
        (name) =>
          `${LOOKS[name][0]} ${name.includes("accuracy") ? `${number(100 * series[name][e], 1)}\u00a0%` : number(series[name][e], 3)}`,
      );
    return `epoch ${e + 1}: ${told.join("; ")}`;
  }
  return {
    draw,
    show,
    once: true,
    length: (state) => epochs(state.series),
    choose: (state) => {
      const id = panels(state.series)[0]?.[0];
      return id
        ? { board: id, r: 0, c: Math.min(state.step, epochs(state.series) - 1) }
        : null;
    },
  };
}

const pictures = () => ({
  check: (value) =>
    Array.isArray(value) &&
    value.length <= 16 &&
    value.every(
      (rows) => Array.isArray(rows) && matrix(64, -1e9, 1e9).check(rows),
    )
      ? value
      : undefined,
  linked: false,
});

export default figure({
  name: "TrainingMonitor",
  title: "Training monitor",
  hint: "Point at an epoch to read its numbers; the dashed curves are held-out examples, which the network did not learn from.",
  settings: {
    series: {
      check: (value) =>
        value &&
        typeof value === "object" &&
        Object.values(value).every(
          (list) => Array.isArray(list) && list.every(Number.isFinite),
        )
          ? value
          : undefined,
      linked: false,
    },
    filters: pictures(),
    maps: pictures(),
    step: integer(0, 10000),
    pinned: cellName(),
  },
  build: buildMonitor,
});

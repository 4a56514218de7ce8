// Maximum and average pooling of one map, before and after a shift of the input.

/** The map moved down and right; zeros come in. */
export function shifted(values, down, right) {
  return values.map((row, r) =>
    row.map((_, c) => values[r - down]?.[c - right] ?? 0),
  );
}
export function strides({ size, stride }) {
  return [0, 1].map((i) => pair(stride)[i] || pair(size)[i]);
}
/** Both pools: for each output the maximum, the first cell that has it, how many tie, and the mean. */
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

export function codeLines(state) {
  const text = (value) => (isInteger(value) ? value : `(${value.join(", ")})`);
  const step = strides(state);
  const stride = step[0] === step[1] ? step[0] : step;
  const size = text(state.size);
  const option = (name) =>
    same(step, pair(state.size)) ? "" : `, ${name}=${text(stride)}`;
  return {
    ours: `max_pool2d(x, size=${size}${option("stride")}), avg_pool2d(x, size=${size}${option("stride")})`,
    keras: `MaxPooling2D(${size}${option("strides")}), AveragePooling2D(${size}${option("strides")})`,
    pytorch: `MaxPool2d(${size}${option("stride")}), AvgPool2d(${size}${option("stride")})`,
  };
}

function buildPools(fig) {
  let now = null;
  let before = null;
  let values = [];
  const kept = () => new Set(now.flat().map(({ first }) => first.join(" ")));
  const unread = (n, noun, stride) =>
    n > 0 &&
    `The last ${n === 1 ? `${noun} is` : `${count(n, noun)} are`} never read: stride ${stride} does not fit.`;
  const moved = (kind, i, j) =>
    Math.abs(now[i][j][kind] - before[i][j][kind]) > 1e-12;

  function controls(state) {
    return [
      {
        kind: "slider",
        id: "size",
        label: "window F",
        min: 1,
        max: 4,
        value: pair(state.size)[0],
        set: (size) => fig.set({ size }),
      },
      {
        kind: "slider",
        id: "stride",
        label: "stride S",
        min: 1,
        max: 4,
        value: strides(state)[0],
        set: (stride) => fig.set({ stride }),
      },
      {
        kind: "slider",
        id: "down",
        label: "shift down",
        min: -3,
        max: 3,
        value: state.down,
        set: (down) => fig.set({ down }),
      },
      {
        kind: "slider",
        id: "right",
        label: "shift right",
        min: -3,
        max: 3,
        value: state.right,
        set: (right) => fig.set({ right }),
      },
    ];
  }

  function draw(state, width) {
    values = shifted(state.values, state.down, state.right);
    now = pools(values, state.size, strides(state));
    before = pools(state.values, state.size, strides(state));
    const isShifted = state.down !== 0 || state.right !== 0;
    const columns = now ? now[0].length : 2;
    const room =
      width >= 560
        ? (width - 30 - 104) / (values[0].length + 2 * columns)
        : (width - 30) / values[0].length;
    const size = clamp(Math.floor(room), 18, 34);
    const part = (rows, across) => ({
      width: across * size,
      height: rows * size,
    });
    const parts = [part(values.length, values[0].length)];
    if (now) parts.push(part(now.length, columns), part(now.length, columns));
    const { places, height } = flow(width, parts);
    const most = Math.max(...values.flat().map(Math.abs), 1);
    const board = (id, label, rows, place, of) =>
      fig.add(
        new Board({
          id,
          label,
          rows: rows.length,
          columns: rows[0].length,
          size,
          ...place,
          text: (r, c) => number(of(r, c)),
          tone: (r, c) => of(r, c) / most,
        }),
      );
    board("input", "input map", values, places[0], (r, c) => values[r][c]);
    fig.heading(
      places[0],
      "input",
      isShifted
        ? `shifted by (${minus(state.down)}, ${minus(state.right)})`
        : `${values.length} × ${values[0].length}`,
    );
    if (now) {
      board("max", "maximum pool", now, places[1], (r, c) => now[r][c].max);
      board("mean", "average pool", now, places[2], (r, c) => now[r][c].mean);
      fig.heading(places[1], "maximum");
      fig.heading(places[2], "average");
    }
    const [sh, sw] = strides(state);
    const used = now && [
      (now.length - 1) * sh + pair(state.size)[0],
      (columns - 1) * sw + pair(state.size)[1],
    ];
    const left = now
      ? [values.length - used[0], values[0].length - used[1]]
      : [0, 0];
    fig.warn(
      !now &&
        `No output: the window is ${pair(state.size).join(" × ")}, the map ${values.length} × ${values[0].length}.`,
      unread(left[0], "row", sh),
      unread(left[1], "column", sw),
    );
    fig.explain(
      ["chosen", "the chosen cell"],
      ["window", "its window"],
      ["third", "the maximum, the one value kept"],
      isShifted && ["framed", "changed by the shift"],
      ["scale", "negative", "positive"],
    );
    fig.lines(now ? codeLines(state) : null);
    return { height };
  }

  function summary(state) {
    if (!now) return [];
    const [kh, kw] = pair(state.size);
    const outputs = now.length * now[0].length;
    const cells = values.length * values[0].length;
    const keeps = kept().size;
    const changed = (kind) =>
      range(now.length).reduce(
        (sum, i) =>
          sum + range(now[0].length).filter((j) => moved(kind, i, j)).length,
        0,
      );
    const [sh] = strides(state);
    return [
      line(
        ...fitting(
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
        html("b", {}, `${number(100 * (1 - keeps / cells), 1)} %`),
        "are discarded.",
        `The average weighs each by 1/${kh * kw}.`,
      ),
      state.down || state.right
        ? line(
            `The shift changes ${changed("max")} of ${outputs} maxima and ${changed("mean")} of ${outputs} averages.`,
          )
        : null,
    ];
  }

  function show(cell, state) {
    const lines = summary(state);
    if (now && (state.down || state.right)) {
      for (const kind of ["max", "mean"]) {
        const cells = range(now.length).flatMap((i) =>
          range(now[0].length)
            .filter((j) => moved(kind, i, j))
            .map((j) => [i, j]),
        );
        fig.boards.get(kind).mark(cells, "framed");
      }
    }
    if (!cell) {
      fig.formulas(...lines);
      return "";
    }
    const input = fig.boards.get("input");
    const at = `row ${cell.r}, column ${cell.c}`;
    if (cell.board === "input") {
      input.mark([[cell.r, cell.c]], "chosen");
      const readers = (now ?? []).flatMap((row, i) =>
        row.flatMap((out, j) =>
          out.cells.some(([r, c]) => r === cell.r && c === cell.c)
            ? [[i, j, out]]
            : [],
        ),
      );
      for (const kind of ["max", "mean"])
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
      fig.formulas(
        readers.length
          ? line(
              `x[${cell.r}, ${cell.c}] = ${number(values[cell.r][cell.c])}`,
              "against the maxima",
              readers.map(([, , { max }]) => number(max)).join(", "),
              `; to each mean it gives ${number(values[cell.r][cell.c])}/${readers[0][2].seen.length} =`,
              html(
                "b",
                {},
                number(values[cell.r][cell.c] / readers[0][2].seen.length),
              ),
            )
          : null,
        ...lines,
      );
      return `input ${at}: ${number(values[cell.r][cell.c])}, read by ${count(readers.length, "window")}, the maximum of ${wins.length}`;
    }
    const out = now[cell.r][cell.c];
    for (const kind of ["max", "mean"])
      fig.boards.get(kind).mark([[cell.r, cell.c]], "chosen");
    input.mark(out.cells, "window");
    if (cell.board === "max") input.mark([out.first], "third");
    const list = out.seen.map((v) => number(v));
    fig.formulas(
      line(
        `max(${list.join(", ")}) =`,
        html("b", {}, number(out.max)),
        out.ties > 1
          ? ` (${out.ties} tie; the gradient goes to the first)`
          : "",
      ),
      line(
        "mean =",
        frac(list.join(" + "), String(list.length)),
        "=",
        html("b", {}, number(out.mean)),
      ),
      ...lines,
    );
    const [rows, columns] = [0, 1].map((i) => [
      ...new Set(out.cells.map((place) => place[i])),
    ]);
    const value =
      cell.board === "max"
        ? `maximum ${number(out.max)}`
        : `average ${number(out.mean)}`;
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

export default figure({
  name: "PoolingPair",
  title: "Two pools on one map",
  hint: "Point at an output to see its window; shift the input by a pixel and see what changes in each.",
  settings: {
    values: matrix(12, -99, 99),
    size: integerPair(1, 4),
    stride: integerPair(0, 4),
    down: integer(-3, 3),
    right: integer(-3, 3),
    step: integer(0, 10000),
    pinned: cellName(),
  },
  build: buildPools,
});

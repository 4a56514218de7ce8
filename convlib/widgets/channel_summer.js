// One filter over several channels. The numbers are small whole ones, the same on every machine.

const BIAS = 1;
/** x[c][row][column]; the filter of output cell (i, j): w[c][u][v], the same everywhere unless untied. */
export function volume({ size, channels }) {
  const next = randomNumbers(7);
  const all = range(4).map(() =>
    range(7).map(() => range(7).map(() => Math.floor(next() * 4))),
  );
  return all
    .slice(0, channels)
    .map((map) => map.slice(0, size).map((row) => row.slice(0, size)));
}
export function filter({ channels, kernel, untied }, i, j) {
  const next = randomNumbers(untied ? 1000 + 7 * i + j : 11);
  const all = range(4).map(() =>
    range(3).map(() => range(3).map(() => Math.floor(next() * 5) - 2)),
  );
  return all
    .slice(0, channels)
    .map((map) => map.slice(0, kernel).map((row) => row.slice(0, kernel)));
}
/** Output cell (i, j): the sum of each channel's products, and their sum with the bias. */
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
export function counts({ size, channels, kernel, filters }) {
  const out = size - kernel + 1;
  const shared = (kernel * kernel * channels + 1) * filters;
  return { shared, untied: out * out * shared };
}

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

function buildSummer(fig) {
  let x = [];
  let out = 0;
  const slider = (id, label, min, max, state) => ({
    kind: "slider",
    id,
    label,
    min,
    max,
    value: state[id],
    set: (v) => fig.set({ [id]: v }),
  });

  function draw(state, width) {
    x = volume(state);
    out = state.size - state.kernel + 1;
    // All in one line where the cells stay large enough for that, else two in a line.
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
    const { places, height } = flow(
      width,
      [
        ...x.map(() => column),
        { width: Math.max(out * size, 116), height: out * size },
      ],
      { gap: 46 },
    );
    const most = 3;
    x.forEach((map, c) => {
      const at = places[c];
      fig.add(
        new Board({
          id: `x${c}`,
          label: `input, channel ${c}`,
          rows: state.size,
          columns: state.size,
          size,
          ...at,
          text: (r, k) => map[r][k],
          tone: (r, k) => map[r][k] / most,
        }),
      );
      fig.heading(at, `x, channel ${c}`);
    });
    const results = range(out).map((i) =>
      range(out).map((j) => sums(state, x, i, j).total),
    );
    const largest = Math.max(...results.flat().map(Math.abs), 1);
    const last = places.at(-1);
    fig.add(
      new Board({
        id: "out",
        label: "output, one map",
        rows: out,
        columns: out,
        size,
        ...last,
        text: (r, c) => results[r][c],
        tone: (r, c) => results[r][c] / largest,
      }),
    );
    fig.heading(last, "output", "one map");
    this.filterPlaces = places
      .slice(0, -1)
      .map(({ x: left, y }) => ({ x: left, y: y + state.size * size + 30 }));
    this.cell = size;
    fig.warn();
    fig.explain(
      ["chosen", "the chosen cell"],
      ["window", "its window, in every channel"],
      ["scale", "negative", "positive"],
    );
    fig.lines(codeLines(state));
    return { height };
  }

  function show(cell, state) {
    const { shared, untied } = counts(state);
    const k = `${state.kernel}·${state.kernel}·${state.channels}`;
    const tiedLine = line(
      state.untied ? "shared:" : html("b", {}, "shared:"),
      `(${k} + 1)·${state.filters} =`,
      html("b", {}, thousands(shared)),
      "parameters, wherever the window stands",
    );
    const untiedLine = line(
      state.untied ? html("b", {}, "untied:") : "untied:",
      `${out}·${out}·(${k} + 1)·${state.filters} =`,
      html("b", {}, thousands(untied)),
      "parameters, a filter and a bias for every output cell",
    );
    if (!cell) return fig.formulas(tiedLine, untiedLine);
    const chosen =
      cell.board === "out"
        ? cell
        : {
            board: "out",
            r: clamp(cell.r, 0, out - 1),
            c: clamp(cell.c, 0, out - 1),
          };
    const { w, parts, total } = sums(state, x, chosen.r, chosen.c);
    const board = fig.boards.get("out");
    w.forEach((map, c) => {
      const input = fig.boards.get(`x${c}`);
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
      drawFilter(input, map, this.filterPlaces[c], this.cell, parts[c], c);
    });
    if (cell.board !== "out") {
      const [c, value] = [
        Number(cell.board.slice(1)),
        x[Number(cell.board.slice(1))][cell.r][cell.c],
      ];
      fig.boards.get(cell.board).mark([[cell.r, cell.c]], "chosen");
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
      const reach = (at) =>
        `${Math.max(0, at - state.kernel + 1)} … ${Math.min(at, out - 1)}`;
      fig.formulas(
        line(
          `x[${cell.r}, ${cell.c}, ${c}] = ${value}`,
          `is in the window of z[i, j] for i = ${reach(cell.r)}, j = ${reach(cell.c)}:`,
          html("b", {}, count(readers.length, "output")),
        ),
        tiedLine,
        untiedLine,
      );
      return `channel ${c}, row ${cell.r}, column ${cell.c}: ${value}, read by ${count(readers.length, "output")}`;
    }
    board.mark([[cell.r, cell.c]], "chosen");
    const signed = (v) => (v < 0 ? `(${minus(v)})` : String(v));
    fig.formulas(
      line(
        "z =",
        "Σ w[i, j, c] · x[i, j, c] + b",
        "=",
        parts.map(signed).join(" + "),
        `+ ${BIAS} =`,
        html("b", {}, minus(total)),
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
  function drawFilter(board, map, at, size, part, c) {
    const text = (x, y, words, name) =>
      board.marks.append(svg("text", { class: name, x, y }, words));
    text(at.x, at.y - 8, `w, channel ${c}`, "cv-soft");
    const places = map.flatMap((row, u) =>
      row.map((weight, v) => {
        const place = { x: at.x + v * size, y: at.y + u * size };
        return [{ ...place, width: size, height: size }, weight / 2];
      }),
    );
    board.marks.append(...shades(places));
    places.forEach(([{ x, y }, tone]) =>
      text(x + size / 2, y + size / 2, minus(2 * tone), "cv-value"),
    );
    const end = map.length * size;
    text(at.x + end + 10, at.y + end / 2 + 4, `Σ ${minus(part)}`, "cv-name");
  }
  return {
    controls: (state) => [
      slider("size", "input size", 3, 7, state),
      slider("channels", "channels C", 1, 4, state),
      slider("kernel", "window F", 1, 3, state),
      slider("filters", "filters", 1, 256, state),
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

export default figure({
  name: "ChannelSummer",
  title: "One filter, every channel",
  hint: "Point at an output: its filter multiplies the window in every channel, and all products become one number.",
  settings: {
    size: integer(3, 7),
    channels: integer(1, 4),
    kernel: integer(1, 3),
    filters: integer(1, 256),
    untied: flag(),
    step: integer(0, 10000),
    pinned: cellName(),
  },
  build: buildSummer,
});

// The receptive-field explorer. Maps are square and rows behave as columns do, so all arithmetic is along one
// axis; a set of cells is the product of a set of rows and a set of columns.

const conv = (kernel, more) => ({
  kind: "conv",
  kernel,
  stride: 1,
  pad: 0,
  dilation: 1,
  ...more,
});
const pool = (kernel, stride, pad = 0) => ({
  kind: "pool",
  kernel,
  stride,
  pad,
  dilation: 1,
});
export const PRESETS = {
  lenet: ["LeNet", 32, [conv(5), pool(2, 2), conv(5), pool(2, 2), conv(5)]],
  vgg: [
    "VGG: two blocks",
    32,
    [
      conv(3, { pad: 1 }),
      conv(3, { pad: 1 }),
      pool(2, 2),
      conv(3, { pad: 1 }),
      conv(3, { pad: 1 }),
      pool(2, 2),
    ],
  ],
  resnet: [
    "ResNet: stem and one block",
    48,
    [
      conv(7, { stride: 2, pad: 3 }),
      pool(3, 2, 1),
      conv(3, { pad: 1 }),
      conv(3, { pad: 1 }),
    ],
  ],
  course: [
    "this course's network",
    16,
    [conv(3, { pad: 1 }), pool(2, 2), conv(3, { pad: 1 }), pool(2, 2)],
  ],
};
const LIMITS = {
  kernel: [1, 11],
  stride: [1, 8],
  pad: [0, 8],
  dilation: [1, 8],
};
const LETTERS = { kernel: "F", stride: "S", pad: "P", dilation: "D" };

/** Size of the map, field, jump and centre of the first field after each layer; [0] is the input. */
export function stack(size, layers) {
  const maps = [{ n: size, field: 1, jump: 1, start: 0 }];
  for (const { kernel, stride, pad, dilation } of layers) {
    const below = maps.at(-1);
    const reach = dilation * (kernel - 1) + 1;
    const room = below.n + 2 * pad - reach;
    maps.push({
      n: below.n > 0 && room >= 0 ? Math.floor(room / stride) + 1 : 0,
      field: below.field + (reach - 1) * below.jump,
      jump: below.jump * stride,
      start: below.start + ((reach - 1) / 2 - pad) * below.jump,
      reach,
    });
  }
  return maps;
}

/** From cell `at` of layer `from` down to layer `to`: first and last cell, not clipped at the padding. */
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

/** Along one axis, for every layer: how many paths join each cell with cell `at` of layer `from`. */
export function paths(size, layers, from, at) {
  const maps = stack(size, layers);
  const ways = maps.map(({ n }) => new Array(n).fill(0));
  ways[from][at] = 1;
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

const filled = (list) => range(list.length).filter((i) => list[i] > 0);
/** A list of numbers as runs: [first, last] of each. */
function runs(list) {
  const found = [];
  for (const i of list) {
    if (found.length && found.at(-1)[1] === i - 1) found.at(-1)[1] = i;
    else found.push([i, i]);
  }
  return found;
}

const layerText = ({ kind, kernel, stride, pad, dilation }) =>
  `${kind[0]}${kernel}s${stride}p${pad}d${dilation}`;
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
export function checkLayers(value) {
  const list =
    typeof value === "string" ? value.split("-").map(layerFrom) : value;
  if (!Array.isArray(list) || list.length < 1 || list.length > 8)
    return undefined;
  const fits = (layer) =>
    layer &&
    ["conv", "pool"].includes(layer.kind) &&
    Object.entries(LIMITS).every(
      ([name, [low, high]]) =>
        isInteger(layer[name]) && layer[name] >= low && layer[name] <= high,
    );
  return list.every(fits)
    ? list.map(({ kind, kernel, stride, pad, dilation }) => ({
        kind,
        kernel,
        stride,
        pad,
        dilation,
      }))
    : undefined;
}

/** The stack in this course, Keras and PyTorch. */
export function codeLines(layers) {
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

/** One line of the list of layers: what it is, its numbers, what follows from them. */
function layerControl(fig, first) {
  let item = first;
  const change = (changes) => {
    const layers = fig.state.layers.map((layer, l) =>
      l === item.index ? { ...layer, ...changes } : layer,
    );
    fig.set({ layers });
  };
  const name = (what) => `layer ${item.index + 1}, ${what}`;
  const kind = make(
    "select",
    {
      "aria-label": name("kind"),
      "data-control": `${item.id} kind`,
      ...KEYS,
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
  const words = {
    kernel: "window",
    stride: "stride",
    pad: "padding",
    dilation: "dilation",
  };
  const inputs = Object.entries(LIMITS).map(([setting, [min, max]]) => {
    const input = make("input", {
      type: "number",
      min,
      max,
      "aria-label": name(words[setting]),
      "data-control": `${item.id} ${setting}`,
      ...KEYS,
      oninput: () =>
        input.validity.valid &&
        input.value !== "" &&
        change({ [setting]: Number(input.value) }),
      onblur: () => (input.value = item.layer[setting]),
    });
    return [setting, input];
  });
  const remove = make(
    "button",
    {
      type: "button",
      "aria-label": name("remove"),
      "data-control": `${item.id} remove`,
      ...KEYS,
      onclick: () =>
        fig.set({
          layers: fig.state.layers.filter((_, l) => l !== item.index),
          pinned: "",
        }),
    },
    "×",
  );
  const facts = make("span", { class: "cv-facts" });
  const node = make(
    "div",
    { class: "cv-layer" },
    make("b", {}, item.index + 1),
    kind,
    ...inputs.map(([setting, input]) =>
      make("label", {}, LETTERS[setting], input),
    ),
    remove,
    facts,
  );
  return {
    node,
    update(next) {
      item = next;
      update(kind, { value: item.layer.kind });
      for (const [setting, input] of inputs) {
        if (Number(input.value) !== item.layer[setting] || input.value === "")
          input.value = item.layer[setting];
        update(input, {
          disabled: setting === "dilation" && item.layer.kind === "pool",
        });
      }
      update(remove, { disabled: item.only });
      update(facts, { textContent: item.facts });
      facts.classList.toggle("bad", item.bad);
    },
  };
}

function buildExplorer(fig) {
  let maps = [];
  const legal = () => maps.findIndex((map) => map.n === 0);

  function controls(state) {
    maps = stack(state.size, state.layers);
    const bad = legal();
    const preset = Object.entries(PRESETS).find(
      ([, [, size, layers]]) =>
        size === state.size && same(layers, state.layers),
    );
    const facts = (l) => {
      const { n, field, jump, start } = maps[l];
      if (bad > 0 && l >= bad)
        return l === bad
          ? `does not fit: ${maps[l].reach} wide, ${maps[l - 1].n + 2 * state.layers[l - 1].pad} there`
          : "nothing left";
      return `${n} × ${n} · field ${field} · jump ${jump} · start ${number(start)}`;
    };
    return [
      {
        kind: "choice",
        id: "preset",
        label: "stack",
        value: preset?.[0] ?? "own",
        options: [
          ...Object.entries(PRESETS).map(([key, [title]]) => [key, title]),
          ["own", "your own"],
        ],
        set: (key) =>
          PRESETS[key] &&
          fig.set({
            size: PRESETS[key][1],
            layers: PRESETS[key][2],
            pinned: "",
          }),
      },
      {
        kind: "slider",
        id: "size",
        label: "input",
        min: 1,
        max: 64,
        value: state.size,
        set: (size) => fig.set({ size }),
      },
      {
        kind: "check",
        id: "effective",
        label: "effective field",
        value: state.effective,
        set: (effective) => fig.set({ effective }),
      },
      ...state.layers.map((layer, l) => ({
        kind: "layer",
        make: layerControl,
        id: `layer${l}`,
        index: l,
        layer,
        facts: facts(l + 1),
        bad: bad > 0 && l + 1 >= bad,
        only: state.layers.length === 1,
      })),
      {
        kind: "buttons",
        id: "add",
        label: "",
        plain: true,
        wide: "line",
        options: [
          ["conv", "+ conv", state.layers.length === 8],
          ["pool", "+ pool", state.layers.length === 8],
        ],
        set: (kind) =>
          fig.set({
            layers: [
              ...fig.state.layers,
              kind === "conv" ? conv(3, { pad: 1 }) : pool(2, 2),
            ],
          }),
      },
    ];
  }

  /** How large the cells of each map are, and where it stands: as large as takes the fewest lines. */
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
    return ways.find(({ lines }) => lines === fewest);
  }
  function draw(state, width) {
    const shown = maps.slice(0, legal() < 0 ? maps.length : legal());
    const { sizes, places, height } = arrange(shown, width);
    shown.forEach(({ n }, l) => {
      const title = l === 0 ? "input" : `${l} ${state.layers[l - 1].kind}`;
      fig.add(
        new Board({
          id: `l${l}`,
          label: `${l === 0 ? "input" : `layer ${l}, ${state.layers[l - 1].kind}`}, ${n} by ${n}`,
          rows: n,
          columns: n,
          size: sizes[l],
          ...places[l],
        }),
      );
      fig.heading(places[l], title, `${n} × ${n}`);
    });
    const bad = legal();
    fig.warn(
      bad > 0 &&
        `Layer ${bad} does not fit: its window spans ${count(maps[bad].reach, "cell")}, and the map below has ` +
          `${maps[bad - 1].n + 2 * state.layers[bad - 1].pad} with its padding. The layers from there on are not drawn.`,
    );
    fig.explain(
      ["chosen", "the chosen cell"],
      ["window", "what it sees"],
      ["third", "what it reaches"],
      ["framed", "the box, clipped at the padding"],
      state.effective && ["ramp", "paths to the chosen cell: few", "many"],
    );
    fig.lines(codeLines(state.layers));
    return { height };
  }

  function show(cell, state) {
    if (!cell) return fig.formulas();
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
    fig.formulas(...formulas(state, from, cell));
    return spoken(state, from, cell, ways);
  }
  function frameBox(board, n, box) {
    const [rows, columns] = box.map(([first, last]) => [
      Math.max(first, 0),
      Math.min(last, n - 1),
    ]);
    if (rows[0] <= rows[1] && columns[0] <= columns[1])
      board.frame(rows, columns);
  }
  // The derivative of the chosen cell by each pixel, if all weights were equal: the number of paths.
  function shadePaths(board, [rows, columns]) {
    const most = Math.max(...rows[0]) * Math.max(...columns[0]);
    const places = filled(rows[0]).flatMap((r) =>
      filled(columns[0]).map((c) => [
        board.place(r, c),
        (rows[0][r] * columns[0][c]) / most,
      ]),
    );
    board.marks.append(...shades(places));
  }
  function formulas(state, from, cell) {
    if (from === 0) {
      const { kernel, stride, pad, dilation } = state.layers[0];
      if (maps[1].n === 0) return [];
      const readers = (at) =>
        range(maps[1].n).filter((o) =>
          range(kernel).some((t) => o * stride - pad + t * dilation === at),
        );
      return [
        ["row", cell.r],
        ["column", cell.c],
      ].map(([noun, at]) =>
        line(
          `${noun} ${at} = i·S − P + u·D = i·${stride} − ${pad} + u·${dilation}`,
          `with u from 0 to ${kernel - 1}: read by`,
          html("b", {}, span(noun, readers(at))),
          "of layer 1",
        ),
      );
    }
    const { field, jump, start } = maps[from];
    const below = maps[from - 1];
    const { kernel, stride, dilation } = state.layers[from - 1];
    const wide =
      dilation > 1 ? `${dilation}·(${kernel} − 1)` : `(${kernel} − 1)`;
    const box = [cell.r, cell.c].map((at) =>
      interval(state.layers, from, 0, at),
    );
    const words = (noun, [first, lastOne], at) => {
      const clipped = [Math.max(first, 0), Math.min(lastOne, state.size - 1)];
      const cut =
        clipped[0] !== first || clipped[1] !== lastOne
          ? ` (of ${minus(first)} … ${minus(lastOne)}, the rest is padding)`
          : "";
      return line(
        `${noun}:`,
        `start + ${at}·jump = ${number(start)} + ${at}·${jump} =`,
        html("b", {}, number(start + at * jump)),
        `is the centre; box`,
        html("b", {}, `${clipped[0]} … ${clipped[1]}`),
        cut,
      );
    };
    return [
      line(
        `field = field below + ${dilation > 1 ? "D(F − 1)" : "(F − 1)"} · jump below = ${below.field} + ${wide}·${below.jump} =`,
        html("b", {}, field),
      ),
      line(
        `jump = jump below · S = ${below.jump}·${stride} =`,
        html("b", {}, jump),
      ),
      words("rows", box[0], cell.r),
      words("columns", box[1], cell.c),
    ];
  }
  function spoken(state, from, cell, ways) {
    const name =
      from === 0 ? "input" : `layer ${from} (${state.layers[from - 1].kind})`;
    const where = `${name} row ${cell.r}, column ${cell.c}`;
    const place = (l) => {
      const [rows, columns] = ways.map((way) => filled(way[l]));
      return rows.length && columns.length
        ? `${span("row", rows)}, ${span("column", columns)}`
        : "nothing";
    };
    const top = fig.boards.size - 1;
    const reaches = from < top ? `reaches ${place(top)} of layer ${top}` : "";
    const sees = from > 0 ? `sees ${place(0)} of the input` : "";
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

export default figure({
  name: "ReceptiveFieldExplorer",
  title: "Receptive-field explorer",
  hint: "Point at a cell of any layer: below it everything it sees, above it everything it reaches. Change the layers in place.",
  settings: {
    size: integer(1, 64),
    layers: {
      check: checkLayers,
      encode: (layers) => layers.map(layerText).join("-"),
    },
    effective: flag(),
    pinned: cellName(),
  },
  build: buildExplorer,
});

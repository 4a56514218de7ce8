// What every figure has in common: the frame, the controls, boards of cells that answer to mouse, touch
// and keyboard, the player, the words, the address of the page. Python puts this text before a figure's
// own (see _figure.py), so that each figure is one ES module without imports; hence nothing here touches
// `document` until a figure is rendered, and the geometry of a figure can be run without a browser.

const SVG = "http://www.w3.org/2000/svg";
const HTML = "http://www.w3.org/1999/xhtml";

function write(node, name, value) {
  if (value === undefined || value === null || value === false)
    node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}
/** An element that is made once: the frame and the controls. */
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else write(node, name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}
/** Change what is different: a browser lays out again whatever is set, even to the same. */
function update(node, properties) {
  for (const [name, value] of Object.entries(properties))
    if (String(node[name]) !== String(value)) node[name] = value;
}

// What a figure draws is said in shapes, all of it each time; paint() puts them on the page, in the nodes of the
// last time where there are such: what stays as it was costs a browser nothing.
const drawn = new WeakMap(); // node -> the shapes in it
function paint(parent, shapes) {
  const had = drawn.get(parent) ?? [];
  if (had === shapes) return;
  drawn.set(parent, shapes);
  if (
    had.length === shapes.length &&
    had.every((old, i) => old.key === shapes[i].key)
  )
    return shapes.forEach((shape, i) => shape.settle(had[i]));
  const spare = new Map();
  for (const old of had) {
    if (!spare.has(old.key)) spare.set(old.key, []);
    spare.get(old.key).push(old);
  }
  for (const shape of shapes) shape.settle(spare.get(shape.key)?.shift());
  for (const { node } of [...spare.values()].flat()) node.remove();
  let at = parent.firstChild;
  for (const { node } of shapes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}
class Words {
  key = "words";
  constructor(words) {
    this.words = String(words);
  }
  settle(old) {
    this.node = old?.node ?? document.createTextNode(this.words);
    if (old && old.words !== this.words) this.node.data = this.words;
  }
}
class Shape {
  constructor(namespace, tag, attributes, children) {
    Object.assign(this, { namespace, tag, attributes, children: [] });
    this.key = attributes["data-board"] ?? tag;
    this.append(...children);
  }
  append(...more) {
    for (const child of more) {
      if (Array.isArray(child)) this.append(...child);
      else if (typeof child === "object") child && this.children.push(child);
      else if (child !== undefined) this.children.push(new Words(child));
    }
  }
  /** Stand in the node of an older shape, or in one of its own. */
  settle(old) {
    this.node = old?.node ?? document.createElementNS(this.namespace, this.tag);
    const had = old?.attributes ?? {};
    for (const name in had)
      if (!(name in this.attributes)) this.node.removeAttribute(name);
    for (const name in this.attributes)
      if (this.attributes[name] !== had[name])
        write(this.node, name, this.attributes[name]);
    paint(this.node, this.children);
  }
  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (this.attributes[name] === value) continue;
      this.attributes[name] = value;
      if (this.node) write(this.node, name, value);
    }
  }
}
const html = (tag, attributes, ...children) =>
  new Shape(HTML, tag, attributes, children);
const svg = (tag, attributes, ...children) =>
  new Shape(SVG, tag, attributes, children);

// JupyterLab takes arrow keys and Enter for itself unless the focused element itself carries this.
const KEYS = { "data-lm-suppress-shortcuts": "true" };

// ---- Numbers and words -------------------------------------------------------------------------

function range(n, start = 0) {
  const list = [];
  for (let i = 0; i < n; i += 1) list.push(start + i);
  return list;
}
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const pair = (value) => (Array.isArray(value) ? value : [value, value]);
const minus = (text) => String(text).replaceAll("-", "−");

/** A number as a reader wants it: at most `digits` decimals, no trailing zeros, a true minus sign. */
function number(value, digits = 2) {
  if (!Number.isFinite(value)) return minus(String(value));
  const text = value.toFixed(digits);
  return minus(
    Number(text) === 0
      ? "0"
      : text.includes(".")
        ? text.replace(/\.?0+$/, "")
        : text,
  );
}
const thousands = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** "row 4", "rows 4 to 6", "rows 0, 2 and 4". */
function span(noun, list) {
  if (list.length === 0) return `no ${noun}`;
  const words = list.map(minus);
  if (list.length === 1) return `${noun} ${words[0]}`;
  const contiguous = list.every(
    (value, i) => i === 0 || value === list[i - 1] + 1,
  );
  if (contiguous && list.length > 2)
    return `${noun}s ${words[0]} to ${words.at(-1)}`;
  return `${noun}s ${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
const count = (n, noun) => `${thousands(n)} ${noun}${n === 1 ? "" : "s"}`;

/** Numbers that look random and are the same everywhere (mulberry32). */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// ---- Settings: what may be set, by a control, by Python or by a link ---------------------------
// Each has check(value): the value cleaned, or undefined where it is not one.

const isInteger = (value) => Number.isInteger(value);
const integer = (low, high) => ({
  check: (value) => (isInteger(value) ? clamp(value, low, high) : undefined),
});
const real = (low, high) => ({
  check: (value) =>
    Number.isFinite(value) ? clamp(value, low, high) : undefined,
});
const flag = () => ({
  check: (value) =>
    value === true || value === 1
      ? true
      : value === false || value === 0
        ? false
        : undefined,
});
const oneOf = (...values) => ({
  check: (value) => (values.includes(value) ? value : undefined),
});
const integerPair = (low, high, ...words) => ({
  check(value) {
    if (words.includes(value)) return value;
    if (isInteger(value)) return clamp(value, low, high);
    if (!Array.isArray(value) || value.length !== 2 || !value.every(isInteger))
      return undefined;
    return value.map((v) => clamp(v, low, high));
  },
});
const numbersUpTo = (length, low, high) => ({
  check: (value) =>
    Array.isArray(value) &&
    value.length <= length &&
    value.every(Number.isFinite)
      ? value.map((v) => clamp(v, low, high))
      : undefined,
});
/** Rows of numbers, all of one length; in a link rows are parted by _ and numbers by ~. */
const matrix = (most, low, high) => ({
  check(value) {
    const rows =
      typeof value === "string" || typeof value === "number"
        ? String(value)
            .split("_")
            .map((row) => row.split("~").map(Number))
        : value;
    if (!Array.isArray(rows) || rows.length < 1 || rows.length > most)
      return undefined;
    const fits = (row) =>
      Array.isArray(row) &&
      row.length === rows[0].length &&
      row.length > 0 &&
      row.length <= most &&
      row.every(Number.isFinite);
    return rows.every(fits)
      ? rows.map((row) => row.map((v) => clamp(v, low, high)))
      : undefined;
  },
  encode: (rows) => rows.map((row) => row.join("~")).join("_"),
});
const any = () => ({ check: (value) => value, linked: false });
/** The pinned cell: "" or "BOARD ROW COLUMN". */
const cellName = () => ({
  check: (value) =>
    typeof value === "string" && /^([a-z0-9]+ -?\d+ -?\d+)?$/.test(value)
      ? value
      : undefined,
});

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

// ---- The address: #StrideBoard=width:9;stride:2 ------------------------------------------------

function encode(value) {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (Array.isArray(value) && value.length > 1 && value.every(isInteger))
    return value.join("x");
  if (typeof value === "number" || typeof value === "string")
    return encodeURIComponent(String(value));
  return encodeURIComponent(JSON.stringify(value));
}
function decode(text) {
  if (/^-?\d+(x-?\d+)+$/.test(text)) return text.split("x").map(Number);
  const plain = decodeURIComponent(text);
  try {
    return JSON.parse(plain);
  } catch {
    return plain;
  }
}
/** The parts of an address: an ordinary anchor stays as it is, the rest is key=value. */
function addressParts(hash) {
  return hash.replace(/^#/, "").split("&").filter(Boolean);
}
function readAddress(key, hash) {
  const found = addressParts(hash).find((part) => part.startsWith(`${key}=`));
  if (!found) return null;
  const values = {};
  for (const item of found
    .slice(key.length + 1)
    .split(";")
    .filter(Boolean)) {
    const at = item.indexOf(":");
    try {
      if (at > 0) values[item.slice(0, at)] = decode(item.slice(at + 1));
    } catch {
      // A damaged link: this setting keeps its value.
    }
  }
  return values;
}
function writeAddress(key, values, hash) {
  const own = Object.entries(values).map(
    ([name, value]) => `${name}:${encode(value)}`,
  );
  const parts = addressParts(hash).filter(
    (part) => !part.startsWith(`${key}=`),
  );
  if (own.length) parts.push(`${key}=${own.join(";")}`);
  return parts.length ? `#${parts.join("&")}` : "";
}

// ---- Formulas ----------------------------------------------------------------------------------
// math("W − F", frac("a", "b")) : single capital letters become variables.

const frac = (top, bottom) =>
  html("span", { class: "cv-frac" }, math(top), math(bottom));
const floor = (...parts) =>
  html("span", { class: "cv-floor" }, ...parts.map(math));
function math(part) {
  if (typeof part !== "string") return part;
  // Not the word "a".
  const pieces = part.split(/(?<![A-Za-z_])([A-Zb-z])(?![A-Za-z0-9_])/);
  return html(
    "span",
    {},
    ...pieces.map((piece, i) => (i % 2 ? html("var", {}, piece) : piece)),
  );
}
const line = (...parts) =>
  html(
    "div",
    { class: "cv-math" },
    ...parts.flatMap((part) => [/^,/.test(part) ? "" : " ", math(part)]),
  );

/** How often a window fits: (room) / S + 1, once with letters and once with numbers, rounded down where it must be. */
function fitting(name, letters, numbers, room, stride) {
  const value = room / stride;
  const down = Number.isInteger(value) || room < 0 ? (part) => part : floor;
  const found = room < 0 ? "none" : Math.floor(value) + 1;
  return [
    `${name} =`,
    down(frac(letters, "S")),
    "+ 1 =",
    down(frac(numbers, String(stride))),
    "+ 1 =",
    ...(down === floor ? [floor(number(value)), "+ 1 ="] : []),
    html("b", {}, found),
  ];
}

// ---- Saving the picture ------------------------------------------------------------------------

const PAINT = [
  ["fill", "black"],
  ["stroke", "none"],
  ["paint-order", "normal"],
  ["stroke-width", "1px"],
  ["stroke-dasharray", "none"],
  ["opacity", "1"],
  ["fill-opacity", "1"],
  ["stop-color", "rgb(0, 0, 0)"],
  ["font-family", ""],
  ["font-size", ""],
  ["font-weight", "400"],
  ["font-style", "normal"],
  ["text-anchor", "start"],
  ["dominant-baseline", "auto"],
];
/** The picture as it looks now, complete in itself: computed colours are written into it. */
function standalone(picture, background) {
  const copy = picture.cloneNode(true);
  const originals = [...picture.querySelectorAll("*")];
  const hidden = [];
  [...copy.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    for (const [property, usual] of PAINT) {
      const value = style.getPropertyValue(property);
      if (
        value &&
        value !== usual &&
        (!property.startsWith("font") || node.tagName === "text")
      ) {
        node.setAttribute(property, value);
      }
    }
    if (
      node.matches(".cv-sheet, .cv-ring, .cv-cursor, .cv-grip") ||
      style.display === "none"
    )
      hidden.push(node);
    for (const { name } of [...node.attributes]) {
      if (/^(class|style|tabindex|role|data-.*|aria-.*)$/.test(name))
        node.removeAttribute(name);
    }
  });
  hidden.forEach((node) => node.remove());
  const { width, height } = picture.viewBox.baseVal;
  copy.setAttribute("xmlns", SVG);
  copy.removeAttribute("style");
  copy.setAttribute("viewBox", `-12 -12 ${width + 24} ${height + 24}`);
  copy.setAttribute("width", width + 24);
  copy.setAttribute("height", height + 24);
  const paper = svg("rect", {
    x: -12,
    y: -12,
    width: width + 24,
    height: height + 24,
    fill: background,
  });
  paper.settle();
  copy.prepend(paper.node);
  return new XMLSerializer().serializeToString(copy);
}
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = make("textarea", { style: "position:fixed;opacity:0" });
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

// ---- A board: rows and columns of cells that can be pointed at, walked through and pinned --------

const HATCH = 4;
/** Two strokes across a cell: never read, whatever the colours. */
function hatching(x, y, size) {
  const q = size / HATCH;
  const d = `M${x + q} ${y + size - q}L${x + size - q} ${y + q}`;
  return size < 12
    ? d
    : `${d}M${x + q} ${y + q}L${x + size - q} ${y + size - q}`;
}
const boxPath = ({ x, y, width, height }) =>
  `M${x} ${y}h${width}v${height}h${-width}z`;

class Board {
  /**
   * rows, columns: how many; row0, column0: the number of the first (negative: padding).
   * kind(r, c): class names a cell always has; text(r, c): what stands in it; tone(r, c): -1..1, a shade.
   * at(r, c): its own place, exists(r, c): whether it is there, walk(r, c, down, right): where an arrow leads,
   * for cells that form no grid; paints: a finger draws on it and does not scroll the page.
   */
  constructor(options) {
    Object.assign(
      this,
      {
        row0: 0,
        column0: 0,
        rows: 1,
        columns: 1,
        x: 0,
        y: 0,
        size: 24,
        indices: true,
      },
      options,
    );
    this.shape = svg("g", {
      class: `cv-board ${this.paints ? "cv-paints" : ""}`,
      "data-board": this.id,
      tabindex: "0",
      role: "application",
      "aria-roledescription": this.role ?? "board of cells",
      "aria-label": `${this.label}. Arrow keys move, Enter pins, Escape releases.`,
      ...KEYS,
    });
    this.cells = new Map(); // of a board that is no grid
    this.marked = new Set();
    this.marks = svg("g", { class: "cv-marks" });
    this.cursor = svg("rect", { class: "cv-cursor", rx: 2 });
    this.shape.append(
      ...(this.at ? this.#ownCells() : this.#sheet()),
      this.marks,
      ...(this.at ? [] : this.#inCells()),
      this.cursor,
      this.#ring(this.indices ? 21 : 6, this.indices ? 19 : 6),
      this.indices ? this.#indexed() : null,
    );
  }
  has(r, c) {
    if (this.at) return this.cells.has(`${r} ${c}`);
    const [i, j] = [r - this.row0, c - this.column0];
    return i >= 0 && j >= 0 && i < this.rows && j < this.columns;
  }
  place(r, c) {
    return (
      this.at?.(r, c) ?? {
        x: this.x + (c - this.column0) * this.size,
        y: this.y + (r - this.row0) * this.size,
        width: this.size,
        height: this.size,
      }
    );
  }
  box() {
    if (!this.at)
      return {
        x: this.x,
        y: this.y,
        width: this.columns * this.size,
        height: this.rows * this.size,
      };
    const places = [...this.cells.values()].map(({ place }) => place);
    const left = Math.min(...places.map((p) => p.x));
    const top = Math.min(...places.map((p) => p.y));
    return {
      x: left,
      y: top,
      width: Math.max(...places.map((p) => p.x + p.width)) - left,
      height: Math.max(...places.map((p) => p.y + p.height)) - top,
    };
  }
  // The focus ring is drawn, since an outline on an SVG group is cut at the picture's edge.
  #ring(left, top) {
    const { x, y, width, height } = this.box();
    const at = {
      x: x - left,
      y: y - top,
      width: width + left + 6,
      height: height + top + 6,
    };
    return svg("rect", { class: "cv-ring", ...at, rx: 5 });
  }
  #places() {
    return range(this.rows, this.row0).flatMap((r) =>
      range(this.columns, this.column0).map((c) => [r, c]),
    );
  }
  #ownCells() {
    const there = this.#places().filter(
      ([r, c]) => this.exists?.(r, c) ?? true,
    );
    return there.map(([r, c]) => {
      const still = `cv-cell ${this.kind?.(r, c) ?? ""}`;
      const place = this.place(r, c);
      const rect = svg("rect", {
        class: still,
        rx: 2,
        ...place,
        "data-r": r,
        "data-c": c,
      });
      this.cells.set(`${r} ${c}`, { rect, still, place });
      return rect;
    });
  }
  // A grid is one sheet that is pointed at, and one path for all cells that look alike: drawing a node for each
  // cell would take a browser five times as long.
  #sheet() {
    const sheet = svg("rect", {
      class: "cv-sheet",
      ...this.box(),
      "data-rows": this.rows,
      "data-columns": this.columns,
      "data-row0": this.row0,
      "data-column0": this.column0,
    });
    if (!this.kind && !this.tone) return [sheet, ...this.#lines()];
    const alike = new Map();
    for (const [r, c] of this.#places()) {
      const tone = this.tone?.(r, c);
      const kinds = `cv-cell ${this.kind?.(r, c) ?? ""}`;
      const look =
        tone === undefined ? kinds : `${kinds} shade|${toneStyle(tone)}`;
      alike.set(look, (alike.get(look) ?? "") + boxPath(this.place(r, c)));
    }
    const paths = [...alike].map(([look, d]) => {
      const [name, style] = look.split("|");
      return svg("path", { class: name, style, d });
    });
    return [sheet, ...paths];
  }
  #lines() {
    const { x, y, width, height } = this.box();
    const across = range(this.rows - 1, 1).map(
      (r) => `M${x} ${y + r * this.size}h${width}`,
    );
    const down = range(this.columns - 1, 1).map(
      (c) => `M${x + c * this.size} ${y}v${height}`,
    );
    return [
      svg("path", { class: "cv-cell", d: boxPath(this.box()) }),
      svg("path", {
        class: this.size < 12 ? "cv-tick" : "cv-cell",
        d: [...across, ...down].join(""),
      }),
    ];
  }
  // What stands in the cells, above all marks: strokes across those that are never read, and numbers.
  #inCells() {
    const strokes = { "": "", behind: "" }; // behind a number they are pale, so that it can be read
    // One text for all numbers of a size: a browser lays it out in two thirds of the time that each its own takes.
    const sizes = new Map();
    for (const [r, c] of this.text || this.kind ? this.#places() : []) {
      const words = minus(this.text?.(r, c) ?? "");
      const { x, y } = this.place(r, c);
      if (/\bnever\b/.test(this.kind?.(r, c)))
        strokes[words ? "behind" : ""] += hatching(x, y, this.size);
      if (!words) continue;
      const room = clamp(this.size * Math.min(0.44, 1.5 / words.length), 8, 14);
      const style = `font-size: ${room}px`;
      if (!sizes.has(style)) {
        const transform = `translate(${this.x} ${this.y})`; // a board that moves takes its numbers along
        sizes.set(style, svg("text", { class: "cv-values", style, transform }));
      }
      const half = this.size / 2;
      const middle = { x: x - this.x + half, y: y - this.y + half };
      sizes.get(style).append(svg("tspan", middle, words));
    }
    const hatched = Object.entries(strokes)
      .filter(([, d]) => d)
      .map(([name, d]) => svg("path", { class: `cv-hatch ${name}`, d }));
    return [...hatched, ...sizes.values()];
  }
  // The numbers of rows and columns beside them, in one text like the numbers in the cells.
  #indexed() {
    const every = this.size >= 16 ? 1 : this.size >= 9 ? 2 : 5;
    const { x, y } = this.box();
    const labels = [];
    for (const r of range(this.rows, this.row0)) {
      const middle = this.place(r, this.column0).y - y + this.size / 2;
      if (r % every === 0)
        labels.push(svg("tspan", { x: -11, y: middle }, minus(r)));
    }
    for (const c of range(this.columns, this.column0)) {
      const middle = this.place(this.row0, c).x - x + this.size / 2;
      if (c % every === 0)
        labels.push(svg("tspan", { x: middle, y: -9 }, minus(c)));
    }
    const transform = `translate(${x} ${y})`;
    return svg("text", { class: "cv-index", transform }, ...labels);
  }
  /** Give the listed cells a class until the next clear(). */
  mark(cells, name) {
    const alike = new Map();
    for (const [r, c] of cells.filter(([r, c]) => this.has(r, c))) {
      if (this.at) {
        const cell = this.cells.get(`${r} ${c}`);
        cell.rect.set({ class: `${cell.rect.attributes.class} ${name}` });
        this.marked.add(cell);
      } else {
        const look = `cv-cell ${this.kind?.(r, c) ?? ""} ${name} cv-mark`;
        const [d, names] = alike.get(look) ?? ["", []];
        names.push(`${r} ${c}`);
        alike.set(look, [d + boxPath(this.place(r, c)), names]);
      }
    }
    for (const [look, [d, names]] of alike)
      this.marks.append(
        svg("path", { class: look, d, "data-cells": names.join() }),
      );
  }
  clear() {
    for (const { rect, still } of this.marked) rect.set({ class: still });
    this.marked.clear();
    this.marks.children = [];
  }
  /** Above the cells, under the marks. */
  under(...shapes) {
    const { children } = this.shape;
    children.splice(children.indexOf(this.marks), 0, ...shapes);
  }
  /** A rectangle around rows and columns first..last, drawn above the cells; it may leave the board. */
  frame(rows, columns, name = "cv-frame") {
    const a = this.place(rows[0], columns[0]);
    const b = this.place(rows[1], columns[1]);
    this.marks.append(
      svg("rect", {
        class: name,
        x: a.x,
        y: a.y,
        width: b.x + b.width - a.x,
        height: b.y + b.height - a.y,
        rx: 2,
      }),
    );
    return { x: a.x, y: a.y, right: b.x + b.width, bottom: b.y + b.height };
  }
  moveCursor(r, c) {
    const { x, y, width, height } = this.place(r, c);
    this.cursor.set({
      x: x - 1.5,
      y: y - 1.5,
      width: width + 3,
      height: height + 3,
    });
  }
}

const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Where a sequence stands that goes over a board row by row. */
function cellAt(board, rows, columns, step) {
  const at = Math.min(step, rows * columns - 1);
  return { board, r: Math.floor(at / columns), c: at % columns };
}
/** The style of a shape of the class "shade": tone -1..1. */
function toneStyle(tone) {
  const amount = Math.round(Math.min(1, Math.abs(tone)) * 100);
  return `--cv-tone: var(--cv-${tone < 0 ? "low" : "high"}); --cv-amount: ${amount}%`;
}
/** Shades outside a board's own cells, one path for all that are alike: places and tones, [[place, tone], ...]. */
function shades(places) {
  const alike = new Map();
  for (const [place, tone] of places) {
    const style = toneStyle(tone);
    alike.set(style, (alike.get(style) ?? "") + boxPath(place));
  }
  return [...alike].map(([style, d]) =>
    svg("path", { class: "cv-cell shade cv-mark", style, d }),
  );
}
/** The shades of a sheet without lines between its cells: shade(value) 0..1. */
function shadedSheet(board, rows, shade) {
  const runs = rows.flatMap((row, r) => {
    const first = range(row.length).filter((c) => row[c] !== row[c - 1]);
    return first.map((c, i) => {
      const width = ((first[i + 1] ?? row.length) - c) * board.size;
      return [{ ...board.place(r, c), width }, shade(row[c])];
    });
  });
  return svg(
    "g",
    { "aria-hidden": "true", class: "cv-smooth" },
    shades(runs.filter(([, tone]) => tone > 0)),
  );
}
/** Round numbers for an axis from low to high. */
function ticks(low, high, wanted = 5) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10]
    .map((f) => f * power)
    .find((s) => s >= rough * 0.999);
  return range(
    Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1,
    Math.ceil(low / step - 1e-9),
  ).map((k) => k * step);
}

/** Places for parts of the picture, beside each other while there is room: [{x, y}]; the height of all, how many lines. */
function flow(
  width,
  parts,
  {
    left = 24,
    top = 44,
    gap = 52,
    between = 62,
    centred = true,
    level = false, // their tops on one line, not their middles
  } = {},
) {
  const lines = [[]];
  let x = left;
  parts.forEach((part, i) => {
    if (x > left && x + part.width > width - 2) {
      lines.push([]);
      x = left;
    }
    lines.at(-1).push({ x, i });
    x += part.width + gap;
  });
  const places = [];
  let y = top;
  for (const row of lines) {
    const tallest = Math.max(...row.map(({ i }) => parts[i].height));
    const end = row.at(-1).x + parts[row.at(-1).i].width;
    const shift =
      centred && row.length > 1
        ? Math.max(0, Math.round((width - 4 - end) / 2))
        : 0;
    for (const place of row) {
      places[place.i] = {
        x: place.x + shift,
        y: y + (level ? 0 : Math.round((tallest - parts[place.i].height) / 2)),
      };
    }
    y += tallest + between;
  }
  return { places, height: y - between + 12, lines: lines.length };
}

// ---- The figure --------------------------------------------------------------------------------

const beginnings = new WeakMap(); // model -> its settings when it was first shown, for "reset"

class Figure {
  constructor(model, el, definition) {
    Object.assign(this, { model, el, definition });
    this.boards = new Map();
    this.pointed = null;
    this.cleaners = [];
    this.#buildFrame();
    this.#findPlace();
    this.#start();
  }

  // -- state
  get state() {
    return this.values;
  }
  #read() {
    this.values = {};
    for (const [name, setting] of Object.entries(this.definition.settings)) {
      const given = this.model.get(name);
      const checked = given === undefined ? undefined : setting.check(given);
      this.values[name] =
        checked === undefined ? this.definition.defaults?.[name] : checked;
    }
  }
  /** Change settings: the model (and Python) learn of it, the address too, and the picture follows. */
  set(changes, { quiet = false } = {}) {
    let changed = false;
    this.setting = true;
    for (const [name, value] of Object.entries(changes)) {
      const checked = this.definition.settings[name]?.check(value);
      if (checked === undefined || same(checked, this.values[name])) continue;
      this.values[name] = checked;
      this.model.set(name, checked);
      changed = true;
    }
    this.setting = false;
    if (!changed) return;
    this.model.save_changes();
    // When the hand rests: a browser takes longer to change its address than a figure to be drawn.
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => this.#writeAddress(), 150);
    if (!quiet) this.refresh();
  }
  get beginning() {
    return beginnings.get(this.model);
  }
  #changes() {
    const changes = {};
    for (const [name, setting] of Object.entries(this.definition.settings)) {
      if (
        setting.linked !== false &&
        !same(this.values[name], this.beginning[name])
      )
        changes[name] = this.values[name];
    }
    return changes;
  }
  // In JupyterLab the address is the workspace's, and the kernel keeps the state.
  get hasAddress() {
    return !document.body.hasAttribute("data-jp-theme-light");
  }
  #writeAddress() {
    clearTimeout(this.addressTimer);
    if (!this.hasAddress) return;
    const { settings } = this.definition;
    const values = Object.entries(this.#changes()).map(([name, value]) => [
      name,
      settings[name].encode?.(value) ?? value,
    ]);
    const hash = writeAddress(
      this.key,
      Object.fromEntries(values),
      location.hash,
    );
    try {
      history.replaceState(
        history.state,
        "",
        hash || location.pathname + location.search,
      );
    } catch {
      // Browsers limit how often an address may change: the next change writes it.
    }
  }
  #readAddress(scroll) {
    const linked = this.hasAddress && readAddress(this.key, location.hash);
    if (!linked) return;
    // A link cannot set what only Python may (the learner's curves, whether there is a function).
    const { settings } = this.definition;
    const own = Object.entries(linked).filter(
      ([name]) =>
        Object.hasOwn(settings, name) && settings[name].linked !== false,
    );
    this.set({ ...this.beginning, ...Object.fromEntries(own) });
    if (scroll) this.root.scrollIntoView({ block: "center" });
  }

  // -- the frame
  #buildFrame() {
    const { definition } = this;
    const part = (tag, name, more = {}) =>
      (this[name] = make(tag, { class: `cv-${name}`, ...more }));
    this.root = make(
      "div",
      {
        class: "cv mathjax_ignore",
        role: "group",
        "data-figure": definition.name,
        "aria-label": `Figure: ${definition.title}`,
      },
      make("p", { class: "cv-title" }, definition.title),
      make("p", { class: "cv-hint" }, definition.hint),
      part("div", "controls"),
      part("div", "player"),
      part("div", "stage"),
      part("p", "live", { role: "status", "aria-live": "polite" }),
      part("div", "note"),
      part("div", "formula"),
      part("div", "panel"),
      part("ul", "legend", { "aria-label": "Legend" }),
      part("dl", "code"),
      part("div", "tools"),
    );
    const picture = svg("svg", {
      role: "group",
      "aria-label": definition.title,
    });
    picture.settle();
    this.picture = picture.node;
    this.stage.append(this.picture);
    this.el.append(this.root);
    const said = make("output", {});
    const button = (label, act) =>
      make("button", { type: "button", ...KEYS, onclick: () => act() }, label);
    this.tools.append(
      button("Reset", () => this.reset()),
      button("Copy as SVG", async () => {
        await copyText(this.toSVG());
        said.textContent = "Picture copied.";
      }),
      this.hasAddress
        ? button("Copy link", async () => {
            this.#writeAddress();
            await copyText(location.href);
            said.textContent =
              "Link copied: it opens this figure as it stands.";
          })
        : "",
      said,
    );
  }
  // Figures of one kind on a page are numbered in the order of the page: StrideBoard, StrideBoard2, ...
  #findPlace() {
    const { name } = this.definition;
    const earlier = [
      ...document.querySelectorAll(`.cv[data-figure="${name}"]`),
    ].filter((node) => node !== this.root);
    this.key = earlier.length ? `${name}${earlier.length + 1}` : name;
    this.root.id = `figure-${this.key}`;
  }
  #start() {
    const listen = (target, event, act, options) => {
      target.addEventListener(event, act, options);
      this.cleaners.push(() => target.removeEventListener(event, act, options));
    };
    this.#read();
    if (!beginnings.has(this.model))
      beginnings.set(this.model, { ...this.values });
    // Not pointerover: after a change of layout a resting mouse would fire it and move the choice.
    listen(this.picture, "pointermove", (event) => this.#hover(event));
    listen(this.picture, "pointerleave", () => this.point(null));
    listen(this.picture, "pointerdown", (event) => {
      this.pressed = true;
      this.dragged = false;
      // What a finger touched first goes on hearing of it, and may be drawn anew meanwhile: the picture stays.
      if (event.pointerType === "touch" && event.isTrusted)
        this.picture.setPointerCapture(event.pointerId);
      this.grabbed = { cell: this.#cellAt(event), at: this.#point(event) };
      this.parts.grab?.(this.grabbed.at);
    });
    listen(window, "pointerup", () => (this.pressed = false));
    listen(window, "pointercancel", () => (this.pressed = false));
    listen(this.picture, "click", (event) => this.#click(event));
    listen(this.picture, "keydown", (event) => this.#key(event));
    // Not on the picture: Chromium would give an svg that listens for the focus a place among the tab stops.
    listen(this.stage, "focusin", (event) => this.#focus(event));
    listen(window, "hashchange", () => this.#readAddress(true));
    for (const name of Object.keys(this.definition.settings)) {
      const follow = () => {
        if (this.setting) return;
        this.#read();
        this.refresh();
      };
      this.model.on(`change:${name}`, follow);
      this.cleaners.push(() => this.model.off(`change:${name}`, follow));
    }
    this.parts = this.definition.build(this);
    this.width = this.#measure();
    this.refresh();
    this.#readAddress(true);
    const watch = new ResizeObserver(() => {
      const width = this.#measure();
      if (Math.abs(width - this.width) < 2) return;
      this.width = width;
      this.refresh();
    });
    watch.observe(this.stage);
    this.cleaners.push(
      () => watch.disconnect(),
      () => clearTimeout(this.addressTimer),
      () => this.pause(),
    );
  }
  #measure() {
    return Math.max(280, Math.floor(this.stage.clientWidth || 640));
  }
  destroy() {
    this.stopListening?.();
    this.cleaners.forEach((clean) => clean());
  }
  reset() {
    this.pause();
    this.pointed = null;
    this.set(this.beginning);
    this.parts.reset?.();
    this.#writeAddress(); // also where nothing was set: a damaged link goes too
    this.refresh();
  }
  toSVG() {
    return standalone(
      this.picture,
      getComputedStyle(this.root).backgroundColor,
    );
  }

  // -- drawing
  /** Draw everything anew; the focus stays where it was. */
  refresh() {
    const focused = this.el.getRootNode().activeElement;
    const board = this.picture.contains(focused) ? focused.dataset.board : null;
    this.boards.clear();
    this.shapes = [];
    this.#syncControls(this.parts.controls?.(this.state) ?? []);
    const { height } = this.parts.draw(this.state, this.width);
    const size = `0 0 ${this.width} ${height}`;
    if (this.picture.getAttribute("viewBox") !== size) {
      this.picture.setAttribute("viewBox", size);
      this.picture.setAttribute("width", this.width);
      this.picture.setAttribute("height", height);
    }
    this.#syncPlayer();
    this.show();
    const node = this.boards.get(board)?.shape.node;
    if (node && node !== this.el.getRootNode().activeElement)
      node.focus({ preventScroll: true });
  }
  put(...shapes) {
    this.shapes.push(...shapes);
  }
  add(board) {
    this.boards.set(board.id, board);
    this.put(board.shape);
    return board;
  }
  heading({ x, y }, name, more = "") {
    const title = this.text(x, y - 24, name, { class: "cv-name cv-head" });
    if (more) title.append(svg("tspan", { class: "cv-soft", dx: 7 }, more));
  }
  text(x, y, words, attributes = {}) {
    const shape = svg("text", { x, y, ...attributes }, words);
    this.put(shape);
    return shape;
  }

  // -- pointing
  get pinned() {
    const [board, r, c] = (this.state.pinned ?? "").split(" ");
    const cell = { board, r: Number(r), c: Number(c) };
    return this.#exists(cell) ? cell : null;
  }
  #exists(cell) {
    return Boolean(cell && this.boards.get(cell.board)?.has(cell.r, cell.c));
  }
  /** What is shown: the pinned cell, else the one pointed at, else the figure's own choice. */
  get chosen() {
    if (this.pinned) return this.pinned;
    if (this.#exists(this.pointed)) return this.pointed;
    const own = this.parts.choose?.(this.state);
    return this.#exists(own) ? own : null;
  }
  point(cell) {
    if (same(cell, this.pointed)) return;
    this.pointed = cell;
    if (!this.pinned) this.show();
  }
  pin(cell) {
    this.pause(); // the next step of a sequence that runs would release it
    const name = cell ? `${cell.board} ${cell.r} ${cell.c}` : "";
    this.pointed = cell ?? this.pointed;
    this.set({ pinned: name }, { quiet: true });
    this.show();
  }
  /** Mark what belongs to the chosen cell, and say it. */
  show() {
    for (const board of this.boards.values()) board.clear();
    const chosen = this.chosen;
    const words = this.parts.show(chosen, this.state) ?? "";
    update(this.live, {
      textContent: this.pinned ? `${words} (pinned; Escape releases)` : words,
    });
    const board = chosen && this.boards.get(chosen.board);
    board?.moveCursor(chosen.r, chosen.c);
    if (this.pinned) {
      const { x, y, width, height } = board.place(chosen.r, chosen.c);
      board.marks.append(
        svg("rect", { class: "cv-pin", x, y, width, height, rx: 2 }),
      );
    }
    paint(this.picture, this.shapes);
    for (const { marks } of this.boards.values())
      paint(marks.node, marks.children);
  }
  #cellAt(event) {
    const target =
      event.target === this.picture
        ? this.el.getRootNode().elementFromPoint(event.clientX, event.clientY)
        : event.target;
    const board = this.boards.get(
      target?.closest?.(".cv-board")?.dataset.board,
    );
    if (!board) return null;
    if (!board.at) {
      const { x, y } = this.#point(event);
      const r = Math.floor((y - board.y) / board.size) + board.row0;
      const c = Math.floor((x - board.x) / board.size) + board.column0;
      return board.has(r, c) ? { board: board.id, r, c } : null;
    }
    const { r, c } = target.closest(".cv-cell")?.dataset ?? {};
    return r === undefined
      ? null
      : { board: board.id, r: Number(r), c: Number(c) };
  }
  #hover(event) {
    const cell = this.#cellAt(event);
    if (cell) this.point(cell);
    if (!cell || event.buttons !== 1 || !this.grabbed?.cell) return;
    if (!this.dragged) this.parts.drag?.(this.grabbed.cell, this.grabbed.at);
    if (this.parts.drag?.(cell, this.#point(event))) this.dragged = true;
  }
  // Where in the picture an event is: the picture is drawn at its natural size.
  #point(event) {
    const { left, top } = this.picture.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
  #click(event) {
    if (this.dragged) return;
    const cell = this.#cellAt(event);
    if (!cell) return;
    if (this.parts.press?.(cell, event)) return;
    this.pin(same(cell, this.pinned) ? null : cell);
  }
  #focus(event) {
    const board = this.boards.get(event.target.dataset?.board);
    if (
      !board ||
      this.pinned ||
      this.pressed ||
      this.chosen?.board === board.id
    )
      return;
    const first = {
      board: board.id,
      r: Math.max(0, board.row0),
      c: Math.max(0, board.column0),
    };
    if (this.#exists(first)) this.point(first);
  }
  #key(event) {
    const board = this.boards.get(event.target.dataset?.board);
    if (!board || event.altKey || event.metaKey) return;
    const here =
      this.chosen?.board === board.id
        ? this.chosen
        : { board: board.id, r: board.row0, c: board.column0 };
    if (this.parts.key?.(here, event)) return event.preventDefault();
    if (event.key === "Escape") {
      if (!this.pinned) return;
      this.pin(null);
    } else if (event.key === "Enter" || event.key === " ") {
      if (!this.parts.press?.(here, event)) this.pin(this.pinned ? null : here);
    } else {
      const next = this.#step(board, here, event);
      if (!next) return;
      if (this.pinned) this.pin(next);
      else this.point(next);
    }
    event.preventDefault();
    event.stopPropagation();
  }
  #step(board, { r, c }, { key, ctrlKey }) {
    const last = {
      r: board.row0 + board.rows - 1,
      c: board.column0 + board.columns - 1,
    };
    const to = (row, column) => ({
      board: board.id,
      r: clamp(row, board.row0, last.r),
      c: clamp(column, board.column0, last.c),
    });
    const wanted = () => {
      if (key in ARROWS) {
        const [down, right] = ARROWS[key];
        const [row, column] = board.walk?.(r, c, down, right) ?? [
          r + down,
          c + right,
        ];
        return to(row, column);
      }
      if (key === "Home") return to(ctrlKey ? board.row0 : r, board.column0);
      if (key === "End") return to(ctrlKey ? last.r : r, last.c);
      return null;
    };
    const next = wanted();
    return this.#exists(next) ? next : null;
  }

  // -- controls
  #syncControls(wanted) {
    const names = wanted.map((item) => `${item.kind} ${item.id}`).join("|");
    if (names !== this.controlNames) {
      const focused = this.el.getRootNode().activeElement;
      const id = this.controls.contains(focused)
        ? focused.dataset.control
        : null;
      this.controlNames = names;
      this.widgets = wanted.map((item) =>
        (item.make ?? CONTROLS[item.kind])(this, item),
      );
      this.controls.replaceChildren(...this.widgets.map(({ node }) => node));
      if (id)
        this.controls
          .querySelector(`[data-control="${CSS.escape(id)}"]`)
          ?.focus();
    }
    wanted.forEach((item, i) => this.widgets[i].update(item));
  }

  // -- the player
  #syncPlayer() {
    const length = this.parts.length?.(this.state) ?? 0;
    update(this.player.style, { display: length < 2 ? "none" : "" });
    if (length < 2) return this.pause();
    if (!this.playing) this.#buildPlayer();
    const { step, slider, said } = this.playing;
    const at = Math.min(this.state.step, length - 1);
    const first = this.parts.first ?? 1;
    const words = `${at + first} of ${length - 1 + first}`;
    update(slider, {
      max: length - 1,
      value: at,
      ariaValueText: `step ${words}`,
    });
    update(said, { textContent: words });
    step.length = length;
  }
  #buildPlayer() {
    const step = { length: 0 };
    const go = (to) => {
      this.pointed = null;
      if (this.pinned) this.set({ pinned: "" }, { quiet: true });
      this.set({ step: to });
    };
    const button = (label, act) =>
      make("button", { type: "button", ...KEYS, onclick: act }, label);
    const play = button("▶ Play", () =>
      this.timer ? this.pause() : this.play(),
    );
    const slider = make("input", {
      type: "range",
      min: 0,
      max: 1,
      "aria-label": "step",
      ...KEYS,
      oninput: () => {
        this.pause();
        go(Number(slider.value));
      },
    });
    const speed = make(
      "select",
      {
        "aria-label": "speed",
        ...KEYS,
        onchange: () => this.timer && this.play(),
      },
      make("option", { value: 1100 }, "slow"),
      make("option", { value: 500, selected: true }, "normal"),
      make("option", { value: 160 }, "fast"),
    );
    const said = make("span", { class: "cv-said" });
    const move = (by) => () => {
      this.pause();
      go(
        (Math.min(this.state.step, step.length - 1) + by + step.length) %
          step.length,
      );
    };
    this.player.replaceChildren(
      play,
      button("‹ Back", move(-1)),
      button("Step ›", move(1)),
      slider,
      said,
      speed,
    );
    this.playing = { step, slider, said, play, speed, go };
  }
  play() {
    this.pause();
    const { step, play, speed, go } = this.playing;
    const tick = () => {
      const next = Math.min(this.state.step, step.length - 1) + 1;
      if (next >= step.length && this.parts.once) return this.pause();
      go(next % step.length);
    };
    if (this.parts.once && this.state.step >= step.length - 1) go(0);
    this.timer = setInterval(tick, Number(speed.value));
    play.textContent = "❚❚ Pause";
    // A sequence that runs would be read out at every step: silence until it stops.
    this.live.setAttribute("aria-live", "off");
  }
  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.playing.play.textContent = "▶ Play";
    this.live.setAttribute("aria-live", "polite");
  }

  // -- words
  /** lines: what line(...) made; */
  formulas(...lines) {
    paint(this.formula, lines.filter(Boolean));
  }
  /** What is wrong with the settings or with the learner's function. */
  warn(...sentences) {
    this.#note(sentences, false);
  }
  /** What is good to know; a warning goes first. */
  remark(...sentences) {
    if (this.note.textContent === "") this.#note(sentences, true);
  }
  #note(sentences, calm) {
    const text = sentences.filter(Boolean).join(" ");
    this.note.classList.toggle("calm", calm);
    update(this.note, { textContent: text });
  }
  /** entries: [class of a cell, words]; "scale" shows the colours from low to high, "ramp" from zero. */
  explain(...entries) {
    const swatch = (name) => {
      const names = name.split(" ");
      return svg(
        "svg",
        { width: 16, height: 16, "aria-hidden": "true" },
        svg("rect", {
          x: 1,
          y: 1,
          width: 14,
          height: 14,
          rx: 2,
          class: `cv-cell ${name}`,
        }),
        names.includes("never")
          ? svg("path", { class: "cv-hatch", d: hatching(1, 1, 14) })
          : null,
      );
    };
    const key = JSON.stringify(entries);
    if (key === this.legendKey) return;
    this.legendKey = key;
    paint(
      this.legend,
      entries.filter(Boolean).map(([name, words, more]) => {
        if (name !== "scale" && name !== "ramp")
          return html("li", {}, swatch(name), words);
        const from = name === "scale" ? "var(--cv-low), " : "";
        const style = `background: linear-gradient(to right, ${from}var(--cv-zero), var(--cv-high))`;
        const bar = { class: "cv-scale", "aria-hidden": "true", style };
        return html("li", {}, words, html("span", bar), more);
      }),
    );
  }
  /** The same thing said by this course, Keras and PyTorch: { ours, keras, pytorch }; null where there is none. */
  lines(code) {
    const key = JSON.stringify(code);
    if (key === this.codeKey) return;
    this.codeKey = key;
    const names = { ours: "this course", keras: "Keras", pytorch: "PyTorch" };
    paint(
      this.code,
      Object.entries(code ?? {}).flatMap(([who, said]) => [
        html("dt", {}, names[who]),
        html("dd", {}, html("code", {}, said)),
      ]),
    );
  }

  // -- the learner's own function, in the kernel
  /**
   * Ask Python. `hear` gets its answer; after `patience` it gets null (a page without a kernel, or one that is
   * busy), and the answer all the same if one comes later.
   */
  ask(question, hear, patience = 4000) {
    const id = (this.asked = (this.asked ?? 0) + 1);
    this.stopListening?.();
    const timer = setTimeout(() => hear(null), patience);
    const listen = (message) => {
      if (message?.id !== id || message.view !== this.key) return;
      this.stopListening();
      hear(message);
    };
    this.stopListening = () => {
      clearTimeout(timer);
      this.model.off("msg:custom", listen);
    };
    this.model.on("msg:custom", listen);
    try {
      this.model.send({ ...question, id, view: this.key });
    } catch {
      // No way to the kernel at all: the timer says so.
    }
  }
}

// ---- Controls: { kind, id, label, value, ... , set(value) } --------------------------------------

const CONTROLS = {
  slider(figure, first) {
    let item = first;
    const input = make("input", {
      type: "range",
      "data-control": item.id,
      "aria-label": item.label,
      ...KEYS,
      oninput: () => item.set(Number(input.value)),
    });
    const said = make("span", { class: "cv-said", "aria-hidden": "true" });
    const label = make("span", { "aria-hidden": "true" }, item.label);
    const node = make("div", { class: "cv-control" }, label, input, said);
    return {
      node,
      update(next) {
        item = next;
        const { min, max, step = 1, value, disabled = false } = item;
        const words = item.said ?? number(value);
        const ariaValueText = words;
        update(input, { min, max, step, value, disabled, ariaValueText });
        update(label, { textContent: item.label });
        update(said, { textContent: words });
      },
    };
  },
  check(figure, first) {
    let item = first;
    const input = make("input", {
      type: "checkbox",
      "data-control": item.id,
      ...KEYS,
      onchange: () => item.set(input.checked),
    });
    const node = make(
      "div",
      { class: "cv-row" },
      make("label", { class: "cv-check" }, input, item.label),
    );
    return {
      node,
      update(next) {
        item = next;
        update(input, {
          checked: item.value,
          disabled: item.disabled ?? false,
        });
      },
    };
  },
  // Buttons of which one (or none) is down: options [[value, label, disabled], ...].
  buttons(figure, first) {
    let item = first;
    const buttons = item.options.map(([value, label]) =>
      make(
        "button",
        {
          type: "button",
          "data-control": `${item.id} ${value}`,
          ...KEYS,
          onclick: () => item.set(value),
        },
        label,
      ),
    );
    const node = make(
      "div",
      {
        class: `cv-row ${item.wide ? `cv-${item.wide}` : ""}`,
        role: "group",
        "aria-label": item.label,
      },
      item.label ? make("span", {}, item.label) : null,
      ...buttons,
    );
    return {
      node,
      update(next) {
        item = next;
        buttons.forEach((button, i) => {
          const [value, , disabled = false] = item.options[i];
          update(button, { disabled });
          if (!item.plain)
            update(button, { ariaPressed: same(value, item.value) });
        });
      },
    };
  },
  choice(figure, first) {
    let item = first;
    const select = make(
      "select",
      {
        "data-control": item.id,
        "aria-label": item.label,
        ...KEYS,
        onchange: () => item.set(select.value),
      },
      ...item.options.map(([value, label]) => make("option", { value }, label)),
    );
    const node = make(
      "div",
      { class: `cv-row ${item.wide ? `cv-${item.wide}` : ""}` },
      make("span", {}, item.label),
      select,
    );
    return {
      node,
      update(next) {
        item = next;
        update(select, { value: item.value });
      },
    };
  },
};

/** What anywidget asks of a module: render, and a function that cleans up after it. */
function figure(definition) {
  return {
    settings: Object.keys(definition.settings),
    render({ model, el }) {
      const shown = new Figure(model, el, definition);
      return () => shown.destroy();
    },
  };
}

// @ts-check
// A board: rows and columns of cells that can be pointed at, walked through and pinned.

import { KEEPS_KEYS } from "./elements.js";
import { clamp, minus, range } from "./numbers.js";
import { hatching, rectPath, toneStyle } from "./shades.js";
import { Shape, svg } from "./shapes.js";

/** @import { Rect } from "./layout.js" */

/**
 * @typedef {(r: number, c: number) => Rect & { rx?: number }} RectOf
 *
 * @typedef {object} BoardOptions
 * @property {string} id
 * @property {string} label what a screen reader calls it
 * @property {string} [role] what it is, where it is not a board of cells
 * @property {number} [rows]
 * @property {number} [columns]
 * @property {number} [row0] the number of the first row, negative for padding
 * @property {number} [column0]
 * @property {number} [x]
 * @property {number} [y]
 * @property {number} [size] of a cell, in pixels
 * @property {boolean} [indices] whether rows and columns are numbered
 * @property {boolean} [paints] a finger draws on it and does not scroll the page
 * @property {(r: number, c: number) => string} [kind] class names that a cell always has
 * @property {(r: number, c: number) => string | number} [text] what stands in it
 * @property {(r: number, c: number) => number} [tone] -1..1, a shade
 * @property {RectOf} [rectOf] its own rectangle, for cells that form no grid
 * @property {(r: number, c: number) => boolean} [exists] which of these there are
 * @property {(r: number, c: number, down: number, right: number) => number[]} [walk] where an arrow leads
 *
 * @typedef {{ rect: Shape, still: string, bounds: Rect }} OwnCell
 */

export class Board {
  /** @param {BoardOptions} options */
  constructor(options) {
    this.id = options.id;
    this.label = options.label;
    this.role = options.role ?? "board of cells";
    this.rows = options.rows ?? 1;
    this.columns = options.columns ?? 1;
    this.row0 = options.row0 ?? 0;
    this.column0 = options.column0 ?? 0;
    this.x = options.x ?? 0;
    this.y = options.y ?? 0;
    this.size = options.size ?? 24;
    this.indices = options.indices ?? true;
    this.kind = options.kind;
    this.text = options.text;
    this.tone = options.tone;
    this.rectOf = options.rectOf;
    this.exists = options.exists;
    this.walk = options.walk;
    this.shape = svg("g", {
      class: `cv-board ${options.paints ? "cv-paints" : ""}`,
      "data-board": this.id,
      tabindex: "0",
      role: "application",
      "aria-roledescription": this.role,
      "aria-label": `${this.label}. Arrow keys move, Enter pins, Escape releases.`,
      ...KEEPS_KEYS,
    });
    /** @type {Map<string, OwnCell>} */
    this.cells = new Map(); // of a board that is no grid
    /** @type {Set<OwnCell>} */
    this.marked = new Set();
    this.marks = svg("g", { class: "cv-marks" });
    this.cursor = svg("rect", { class: "cv-cursor", rx: 2 });
    this.shape.append(
      this.rectOf ? this.#ownCells() : this.#sheet(),
      this.marks,
      this.rectOf ? null : this.#inCells(),
      this.cursor,
      this.#ring(this.indices ? 21 : 6, this.indices ? 19 : 6),
      this.indices ? this.#indexed() : null,
    );
  }
  /** @type {(r: number, c: number) => boolean} */
  has(r, c) {
    if (this.rectOf) return this.cells.has(`${r} ${c}`);
    const [i, j] = [r - this.row0, c - this.column0];
    return i >= 0 && j >= 0 && i < this.rows && j < this.columns;
  }
  /** Where a cell is; it may lie outside the board.
   * @type {(r: number, c: number) => Rect} */
  rect(r, c) {
    return (
      this.rectOf?.(r, c) ?? {
        x: this.x + (c - this.column0) * this.size,
        y: this.y + (r - this.row0) * this.size,
        width: this.size,
        height: this.size,
      }
    );
  }
  /** Where the whole board is.
   * @returns {Rect} */
  bounds() {
    if (!this.rectOf)
      return {
        x: this.x,
        y: this.y,
        width: this.columns * this.size,
        height: this.rows * this.size,
      };
    const rects = [...this.cells.values()].map(({ bounds }) => bounds);
    const left = Math.min(...rects.map((p) => p.x));
    const top = Math.min(...rects.map((p) => p.y));
    return {
      x: left,
      y: top,
      width: Math.max(...rects.map((p) => p.x + p.width)) - left,
      height: Math.max(...rects.map((p) => p.y + p.height)) - top,
    };
  }
  /** The focus ring is drawn, since an outline on an SVG group is cut at the image's edge.
   * @type {(left: number, top: number) => Shape} */
  #ring(left, top) {
    const { x, y, width, height } = this.bounds();
    return svg("rect", {
      class: "cv-ring",
      x: x - left,
      y: y - top,
      width: width + left + 6,
      height: height + top + 6,
      rx: 5,
    });
  }
  #all() {
    return range(this.rows, this.row0).flatMap((r) =>
      range(this.columns, this.column0).map((c) => [r, c]),
    );
  }
  #ownCells() {
    const there = this.#all().filter(([r, c]) => this.exists?.(r, c) ?? true);
    return there.map(([r, c]) => {
      const still = `cv-cell ${this.kind?.(r, c) ?? ""}`;
      const bounds = this.rect(r, c);
      const rect = svg("rect", {
        class: still,
        rx: 2,
        ...bounds,
        "data-r": r,
        "data-c": c,
      });
      this.cells.set(`${r} ${c}`, { rect, still, bounds });
      return rect;
    });
  }
  // A grid is one sheet that is pointed at, and one path for all cells that look alike: drawing a node for each
  // cell would take a browser five times as long.
  #sheet() {
    const sheet = svg("rect", {
      class: "cv-sheet",
      ...this.bounds(),
      "data-rows": this.rows,
      "data-columns": this.columns,
      "data-row0": this.row0,
      "data-column0": this.column0,
    });
    if (!this.kind && !this.tone) return [sheet, ...this.#lines()];
    const alike = new Map();
    for (const [r, c] of this.#all()) {
      const tone = this.tone?.(r, c);
      const kinds = `cv-cell ${this.kind?.(r, c) ?? ""}`;
      const look =
        tone === undefined ? kinds : `${kinds} shade|${toneStyle(tone)}`;
      alike.set(look, (alike.get(look) ?? "") + rectPath(this.rect(r, c)));
    }
    const paths = [...alike].map(([look, d]) => {
      const [name, style] = look.split("|");
      return svg("path", { class: name, style, d });
    });
    return [sheet, ...paths];
  }
  #lines() {
    const { x, y, width, height } = this.bounds();
    const across = range(this.rows - 1, 1).map(
      (r) => `M${x} ${y + r * this.size}h${width}`,
    );
    const down = range(this.columns - 1, 1).map(
      (c) => `M${x + c * this.size} ${y}v${height}`,
    );
    return [
      svg("path", { class: "cv-cell", d: rectPath(this.bounds()) }),
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
    /** @type {Map<string, Shape>} */
    const sizes = new Map();
    for (const [r, c] of this.text || this.kind ? this.#all() : []) {
      const text = minus(this.text?.(r, c) ?? "");
      const { x, y } = this.rect(r, c);
      if (/\bnever\b/.test(this.kind?.(r, c) ?? ""))
        strokes[text ? "behind" : ""] += hatching(x, y, this.size);
      if (!text) continue;
      const room = clamp(this.size * Math.min(0.44, 1.5 / text.length), 8, 14);
      const style = `font-size: ${room}px`;
      const transform = `translate(${this.x} ${this.y})`; // a board that moves takes its numbers along
      const values =
        sizes.get(style) ??
        svg("text", { class: "cv-values", style, transform });
      sizes.set(style, values);
      const half = this.size / 2;
      const middle = { x: x - this.x + half, y: y - this.y + half };
      values.append(svg("tspan", middle, text));
    }
    const hatched = Object.entries(strokes)
      .filter(([, d]) => d)
      .map(([name, d]) => svg("path", { class: `cv-hatch ${name}`, d }));
    return [...hatched, ...sizes.values()];
  }
  // The numbers of rows and columns beside them, in one text like the numbers in the cells.
  #indexed() {
    const every = this.size >= 16 ? 1 : this.size >= 9 ? 2 : 5;
    const { x, y } = this.bounds();
    const labels = [];
    for (const r of range(this.rows, this.row0)) {
      const middle = this.rect(r, this.column0).y - y + this.size / 2;
      if (r % every === 0)
        labels.push(svg("tspan", { x: -11, y: middle }, minus(r)));
    }
    for (const c of range(this.columns, this.column0)) {
      const middle = this.rect(this.row0, c).x - x + this.size / 2;
      if (c % every === 0)
        labels.push(svg("tspan", { x: middle, y: -9 }, minus(c)));
    }
    const transform = `translate(${x} ${y})`;
    return svg("text", { class: "cv-index", transform }, ...labels);
  }
  /** Give the listed cells, [row, column] each, a class until the next clear().
   * @type {(cells: number[][], name: string) => void} */
  mark(cells, name) {
    /** @type {Map<string, [string, string[]]>} */
    const alike = new Map();
    for (const [r, c] of cells.filter(([r, c]) => this.has(r, c))) {
      const own = this.cells.get(`${r} ${c}`);
      if (own) {
        own.rect.set({ class: `${own.rect.attributes.class} ${name}` });
        this.marked.add(own);
      } else {
        const look = `cv-cell ${this.kind?.(r, c) ?? ""} ${name} cv-mark`;
        const [d, names] = alike.get(look) ?? ["", []];
        names.push(`${r} ${c}`);
        alike.set(look, [d + rectPath(this.rect(r, c)), names]);
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
  /** Above the cells, under the marks.
   * @param {Shape[]} shapes */
  under(...shapes) {
    const { children } = this.shape;
    children.splice(children.indexOf(this.marks), 0, ...shapes);
  }
  /** A rectangle around rows and columns first..last, drawn above the cells; it may leave the board.
   * @type {(rows: number[], columns: number[], name?: string) => Edges} */
  frame(rows, columns, name = "cv-frame") {
    const a = this.rect(rows[0], columns[0]);
    const b = this.rect(rows[1], columns[1]);
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
  /** @type {(r: number, c: number) => void} */
  moveCursor(r, c) {
    const { x, y, width, height } = this.rect(r, c);
    this.cursor.set({
      x: x - 1.5,
      y: y - 1.5,
      width: width + 3,
      height: height + 3,
    });
  }
}
/** @typedef {{ x: number, y: number, right: number, bottom: number }} Edges */

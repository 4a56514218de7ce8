// @ts-check
// Cells as paths: one path for all that look alike, since a browser takes five times as long for a node each.

import { range } from "./numbers.js";
import { svg } from "./shapes.js";

/** @import { Rect } from "./layout.js" */
/** @import { Shape } from "./shapes.js" */

/** @type {(rect: Rect) => string} */
export const rectPath = ({ x, y, width, height }) =>
  `M${x} ${y}h${width}v${height}h${-width}z`;
const QUARTERS = 4;
/** Two strokes across a cell: never read, whatever the colours.
 * @type {(x: number, y: number, size: number) => string} */
export function hatching(x, y, size) {
  const q = size / QUARTERS;
  const d = `M${x + q} ${y + size - q}L${x + size - q} ${y + q}`;
  return size < 12
    ? d
    : `${d}M${x + q} ${y + q}L${x + size - q} ${y + size - q}`;
}
/** The style of a shape of the class "shade": tone -1..1.
 * @type {(tone: number) => string} */
export function toneStyle(tone) {
  const amount = Math.round(Math.min(1, Math.abs(tone)) * 100);
  return `--cv-tone: var(--cv-${tone < 0 ? "low" : "high"}); --cv-amount: ${amount}%`;
}
/** Shades outside a board's own cells.
 * @type {(cells: { rect: Rect, tone: number }[]) => Shape[]} */
export function shades(cells) {
  const alike = new Map();
  for (const { rect, tone } of cells) {
    const style = toneStyle(tone);
    alike.set(style, (alike.get(style) ?? "") + rectPath(rect));
  }
  return [...alike].map(([style, d]) =>
    svg("path", { class: "cv-cell shade cv-mark", style, d }),
  );
}
/**
 * The shades of a sheet without lines between its cells.
 * @param {{ size: number, rect: (r: number, c: number) => Rect }} board
 * @param {number[][]} rows
 * @param {(value: number) => number} shade 0..1
 * @returns {Shape}
 */
export function shadedSheet(board, rows, shade) {
  const runs = rows.flatMap((row, r) => {
    const first = range(row.length).filter((c) => row[c] !== row[c - 1]);
    return first.map((c, i) => {
      const width = ((first[i + 1] ?? row.length) - c) * board.size;
      return { rect: { ...board.rect(r, c), width }, tone: shade(row[c]) };
    });
  });
  return svg(
    "g",
    { "aria-hidden": "true", class: "cv-smooth" },
    shades(runs.filter(({ tone }) => tone > 0)),
  );
}

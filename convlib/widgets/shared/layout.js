// @ts-check
// Where the parts of an image stand, and the numbers of an axis.

import { last, range } from "./numbers.js";

/**
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ width: number, height: number }} Size
 * @typedef {Point & Size} Rect
 * @typedef {{ board: string, r: number, c: number }} Cell one cell of a board: its row and column
 */

/** The cell at one step of a sequence that goes over a board row by row.
 * @type {(board: string, rows: number, columns: number, step: number) => Cell} */
export function cellAt(board, rows, columns, step) {
  const at = Math.min(step, rows * columns - 1);
  return { board, r: Math.floor(at / columns), c: at % columns };
}

/** Round numbers for an axis from low to high.
 * @type {(low: number, high: number, wanted?: number) => number[]} */
export function ticks(low, high, wanted = 5) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5].map((f) => f * power).find((s) => s >= rough * 0.999) ??
    10 * power;
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.floor(high / step + 1e-9) - first + 1, first).map(
    (k) => k * step,
  );
}

/**
 * Parts of the image beside each other while there is room, then on the next line.
 * @param {number} width
 * @param {Size[]} parts
 * @param {object} [options]
 * @param {number} [options.left] margin on the left
 * @param {number} [options.top] margin above
 * @param {number} [options.gap] between neighbours
 * @param {number} [options.between] between lines
 * @param {boolean} [options.centred]
 * @param {boolean} [options.level] their tops on one line, not their middles
 * @returns {{ positions: Point[], height: number, lines: number }}
 */
export function flow(
  width,
  parts,
  {
    left = 24,
    top = 44,
    gap = 52,
    between = 62,
    centred = true,
    level = false,
  } = {},
) {
  /** @type {{ x: number, i: number }[][]} */
  const lines = [[]];
  let x = left;
  parts.forEach((part, i) => {
    if (x > left && x + part.width > width - 2) {
      lines.push([]);
      x = left;
    }
    last(lines).push({ x, i });
    x += part.width + gap;
  });
  /** @type {Point[]} */
  const positions = [];
  let y = top;
  for (const row of lines) {
    const tallest = Math.max(...row.map(({ i }) => parts[i].height));
    const end = last(row).x + parts[last(row).i].width;
    const shift =
      centred && row.length > 1
        ? Math.max(0, Math.round((width - 4 - end) / 2))
        : 0;
    for (const { x: start, i } of row) {
      positions[i] = {
        x: start + shift,
        y: y + (level ? 0 : Math.round((tallest - parts[i].height) / 2)),
      };
    }
    y += tallest + between;
  }
  return { positions, height: y - between + 12, lines: lines.length };
}

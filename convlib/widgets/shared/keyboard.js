// @ts-check
// Where a key leads from a cell of a board.

import { clamp } from "./numbers.js";

/** @import { Cell } from "./layout.js" */

/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * @typedef {object} Walkable
 * @property {string} id
 * @property {number} rows
 * @property {number} columns
 * @property {number} row0 the number of the first row
 * @property {number} column0
 * @property {(r: number, c: number, down: number, right: number) => number[]} [walk] where an arrow leads
 */

/**
 * Arrows go one cell on and stop at the edge, Home and End lead to the ends of a row, with Ctrl to those of the board.
 * @param {Walkable} board
 * @param {{ r: number, c: number }} from
 * @param {{ key: string, ctrlKey?: boolean }} event
 * @returns {Cell | null} null where the key leads nowhere
 */
export function cellAfterKey(board, { r, c }, { key, ctrlKey = false }) {
  const lastRow = board.row0 + board.rows - 1;
  const lastColumn = board.column0 + board.columns - 1;
  /** @type {(row: number, column: number) => Cell} */
  const to = (row, column) => ({
    board: board.id,
    r: clamp(row, board.row0, lastRow),
    c: clamp(column, board.column0, lastColumn),
  });
  if (Object.hasOwn(ARROWS, key)) {
    const [down, right] = ARROWS[key];
    const [row, column] = board.walk?.(r, c, down, right) ?? [
      r + down,
      c + right,
    ];
    return to(row, column);
  }
  if (key === "Home") return to(ctrlKey ? board.row0 : r, board.column0);
  if (key === "End") return to(ctrlKey ? lastRow : r, lastColumn);
  return null;
}

// @ts-check
// Counts and positions in words.

import { minus, thousands } from "./numbers.js";

/** "row 4", "rows 4 to 6", "rows 0, 2 and 4".
 * @type {(noun: string, list: number[]) => string} */
export function span(noun, list) {
  if (list.length === 0) return `no ${noun}`;
  const names = list.map(minus);
  const final = names[names.length - 1];
  if (list.length === 1) return `${noun} ${final}`;
  const isContiguous = list.every(
    (value, i) => i === 0 || value === list[i - 1] + 1,
  );
  if (isContiguous && list.length > 2)
    return `${noun}s ${names[0]} to ${final}`;
  return `${noun}s ${names.slice(0, -1).join(", ")} and ${final}`;
}
/** "1 cell", "1,024 cells".
 * @type {(n: number, noun: string) => string} */
export const count = (n, noun) =>
  `${thousands(n)} ${noun}${n === 1 ? "" : "s"}`;

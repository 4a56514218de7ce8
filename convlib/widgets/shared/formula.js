// @ts-check
// Formulas: math("W − F"), frac("a", "b"), a line of such parts. Single letters become variables.

import { formatNumber } from "./numbers.js";
import { Shape, html } from "./shapes.js";

/** @typedef {Shape | string | number | false | null | undefined} Part */

/** @type {(top: Part, bottom: Part) => Shape} */
export const frac = (top, bottom) =>
  html("span", { class: "cv-frac" }, math(top), math(bottom));
/** Rounded down.
 * @type {(...parts: Part[]) => Shape} */
export const floor = (...parts) =>
  html("span", { class: "cv-floor" }, ...parts.map(math));
/** @type {(value: string | number) => Shape} */
export const bold = (value) => html("b", {}, value);
/** @type {(part: Part) => Part} */
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
/** @type {(...parts: Part[]) => Shape} */
export const line = (...parts) =>
  html(
    "div",
    { class: "cv-math" },
    ...parts.flatMap((part) => [
      /^,/.test(String(part)) ? "" : " ",
      math(part),
    ]),
  );

/** How many windows fit: room / S + 1, with letters and with numbers, rounded down where it must be.
 * @type {(name: string, letters: string, numbers: string, room: number, stride: number) => Part[]} */
export function windowCount(name, letters, numbers, room, stride) {
  const value = room / stride;
  const isRounded = !Number.isInteger(value) && room >= 0;
  /** @type {(part: Shape) => Shape} */
  const down = isRounded ? floor : (part) => part;
  return [
    `${name} =`,
    down(frac(letters, "S")),
    "+ 1 =",
    down(frac(numbers, String(stride))),
    "+ 1 =",
    ...(isRounded ? [floor(formatNumber(value)), "+ 1 ="] : []),
    bold(room < 0 ? "none" : Math.floor(value) + 1),
  ];
}

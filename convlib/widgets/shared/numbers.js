// @ts-check
// Ranges, bounds, and numbers written as a reader expects them.

/** @type {(n: number, start?: number) => number[]} */
export function range(n, start = 0) {
  const list = [];
  for (let i = 0; i < n; i += 1) list.push(start + i);
  return list;
}
/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
/** @type {(value: unknown) => value is number} */
export const isInteger = (value) => Number.isInteger(value);
/** @type {(value: unknown) => value is number} */
export const isNumber = (value) => Number.isFinite(value);
/**
 * A value for rows and columns alike, or one for each.
 * @template T
 * @param {T | T[]} value
 * @returns {T[]}
 */
export const pair = (value) => (Array.isArray(value) ? value : [value, value]);
/**
 * The last of a list that is not empty.
 * @template T
 * @param {readonly T[]} list
 * @returns {T}
 */
export const last = (list) => list[list.length - 1];
/** @type {(a: unknown, b: unknown) => boolean} */
export const same = (a, b) =>
  a === b || JSON.stringify(a) === JSON.stringify(b);
/** The largest absolute value in rows, and never 0, so that one may divide by it.
 * @type {(rows: number[][], least?: number) => number} */
export const largest = (rows, least = 1) =>
  Math.max(...rows.flat().map(Math.abs), least);

/** With a true minus sign.
 * @type {(text: unknown) => string} */
export const minus = (text) => String(text).replaceAll("-", "−");
/** At most `digits` decimals, no trailing zeros, a true minus sign.
 * @type {(value: number, digits?: number) => string} */
export function formatNumber(value, digits = 2) {
  if (!Number.isFinite(value)) return minus(value);
  const text = value.toFixed(digits);
  if (Number(text) === 0) return "0";
  return minus(text.includes(".") ? text.replace(/\.?0+$/, "") : text);
}
/** A number as a factor or a term: a negative one in parentheses.
 * @type {(value: number) => string} */
export const factor = (value) =>
  value < 0 ? `(${formatNumber(value)})` : formatNumber(value);
/** 1234567 as 1,234,567.
 * @type {(value: number) => string} */
export const thousands = (value) =>
  String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** Numbers from 0 to 1 that look random and are the same on every machine (mulberry32).
 * @type {(seed: number) => () => number} */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

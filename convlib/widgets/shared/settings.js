// @ts-check
// What may be set, by a control, by Python or by a link. The bounds come from Python's traits, as data.

import { clamp, isNumber, isInteger } from "./numbers.js";

/**
 * @typedef {{ min: number, max: number }} Bounds
 *
 * What Python says of a setting; `kind` tells which of the rest are there.
 * @typedef {object} Description
 * @property {string} kind
 * @property {any} default
 * @property {boolean} linked whether a link may set it
 * @property {number} min
 * @property {number} max
 * @property {number[]} stops the values of a slider whose steps differ
 * @property {string[]} choices
 * @property {number} most how many there may be
 * @property {number} side rows and columns of an image
 * @property {Bounds[]} [columns] of a matrix whose columns have bounds of their own
 *
 * @typedef {object} Check
 * @property {(value: any) => any} check the value, cleaned; undefined where it is not one
 * @property {(value: any) => string | number} [encode] as it stands in a link, where that is special
 *
 * @typedef {Description & Check} Setting
 */

/** Rows of numbers, all of one length; in a link rows are separated by _ and numbers by ~.
 * @type {(description: Description) => Check} */
function matrix({ most, min, max, columns }) {
  /** @type {(row: unknown, length: number) => boolean} */
  const fits = (row, length) =>
    Array.isArray(row) &&
    row.length === (columns?.length ?? length) &&
    row.length > 0 &&
    row.length <= most &&
    row.every(isNumber);
  return {
    check(value) {
      const rows =
        typeof value === "string" || typeof value === "number"
          ? String(value)
              .split("_")
              .map((row) => row.split("~").map(Number))
          : value;
      if (!Array.isArray(rows) || rows.length < 1 || rows.length > most)
        return undefined;
      if (!rows.every((row) => fits(row, rows[0]?.length))) return undefined;
      return rows.map((row) =>
        row.map((/** @type {number} */ v, /** @type {number} */ c) => {
          const bounds = columns?.[c] ?? { min, max };
          return clamp(v, bounds.min, bounds.max);
        }),
      );
    },
    encode: (/** @type {number[][]} */ rows) =>
      rows.map((row) => row.join("~")).join("_"),
  };
}

/** @type {Record<string, (description: Description) => Check>} */
const CHECKS = {
  integer: ({ min, max }) => ({
    check: (value) => (isInteger(value) ? clamp(value, min, max) : undefined),
  }),
  real: ({ min, max }) => ({
    check: (value) => (isNumber(value) ? clamp(value, min, max) : undefined),
  }),
  flag: () => ({
    check(value) {
      if (value === true || value === 1) return true;
      return value === false || value === 0 ? false : undefined;
    },
  }),
  choice: ({ choices }) => ({
    check: (value) => (choices.includes(value) ? value : undefined),
  }),
  pair: ({ min, max, choices }) => ({
    check(value) {
      if (choices.includes(value)) return value;
      if (isInteger(value)) return clamp(value, min, max);
      if (!Array.isArray(value) || value.length !== 2) return undefined;
      if (!value.every(isInteger)) return undefined;
      return value.map((v) => clamp(v, min, max));
    },
  }),
  matrix,
  cell: () => ({
    check: (value) =>
      typeof value === "string" && /^([a-z0-9]+ -?\d+ -?\d+)?$/.test(value)
        ? value
        : undefined,
  }),
  series: () => ({
    check: (value) =>
      value &&
      typeof value === "object" &&
      Object.values(value).every(
        (list) => Array.isArray(list) && list.every(isNumber),
      )
        ? value
        : undefined,
  }),
  images: ({ most, side }) => ({
    check: (value) =>
      Array.isArray(value) &&
      value.length <= most &&
      value.every(
        (rows) =>
          Array.isArray(rows) &&
          rows.length > 0 &&
          rows.length <= side &&
          rows.every(
            (row) =>
              Array.isArray(row) &&
              row.length > 0 &&
              row.length <= side &&
              row.length === rows[0].length &&
              row.every(isNumber),
          ),
      )
        ? value
        : undefined,
  }),
};

/**
 * Every setting by name, with its check.
 * @param {Record<string, Description>} descriptions what Python sent
 * @param {Record<string, (description: any) => Check>} [own] checks of kinds that only this figure has
 * @returns {Record<string, Setting>}
 */
export function settingsFrom(descriptions, own = {}) {
  return Object.fromEntries(
    Object.entries(descriptions).map(([name, description]) => {
      const makeCheck = own[description.kind] ?? CHECKS[description.kind];
      if (!makeCheck)
        throw new Error(`setting ${name} has the kind ${description.kind}`);
      return [name, { ...description, ...makeCheck(description) }];
    }),
  );
}

// @ts-check
// Settings in the address of the page: #StrideBoard=width:9;stride:2

import { isInteger } from "./numbers.js";

/** @type {(value: unknown) => string} */
export function encode(value) {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (Array.isArray(value) && value.length > 1 && value.every(isInteger))
    return value.join("x");
  if (typeof value === "number" || typeof value === "string")
    return encodeURIComponent(String(value));
  return encodeURIComponent(JSON.stringify(value));
}
/** @type {(text: string) => unknown} */
export function decode(text) {
  if (/^-?\d+(x-?\d+)+$/.test(text)) return text.split("x").map(Number);
  const plain = decodeURIComponent(text);
  try {
    return JSON.parse(plain);
  } catch {
    return plain;
  }
}
/** The parts of an address: an ordinary anchor stays as it is, the rest is key=value.
 * @type {(hash: string) => string[]} */
const addressParts = (hash) =>
  hash.replace(/^#/, "").split("&").filter(Boolean);
/** The settings of one figure, or null where the address has none.
 * @type {(key: string, hash: string) => Record<string, unknown> | null} */
export function readAddress(key, hash) {
  const found = addressParts(hash).find((part) => part.startsWith(`${key}=`));
  if (!found) return null;
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const item of found
    .slice(key.length + 1)
    .split(";")
    .filter(Boolean)) {
    const colon = item.indexOf(":");
    try {
      if (colon > 0)
        values[item.slice(0, colon)] = decode(item.slice(colon + 1));
    } catch {
      // A damaged link: this setting keeps its value.
    }
  }
  return values;
}
/** The address with these settings of one figure, "" where nothing is left in it.
 * @type {(key: string, values: Record<string, unknown>, hash: string) => string} */
export function writeAddress(key, values, hash) {
  const own = Object.entries(values).map(
    ([name, value]) => `${name}:${encode(value)}`,
  );
  const parts = addressParts(hash).filter(
    (part) => !part.startsWith(`${key}=`),
  );
  if (own.length) parts.push(`${key}=${own.join(";")}`);
  return parts.length ? `#${parts.join("&")}` : "";
}

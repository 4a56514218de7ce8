// Numbers, counts and positions in words, steps of a sequence.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  clamp,
  factor,
  formatNumber,
  largest,
  minus,
  pair,
  randomNumbers,
  range,
  same,
  thousands,
} from "../../../convlib/widgets/shared/numbers.js";
import { stepBy } from "../../../convlib/widgets/shared/player.js";
import { count, span } from "../../../convlib/widgets/shared/words.js";

test("a number has at most the decimals asked for, no trailing zeros and a true minus sign", () => {
  for (const [value, digits, text] of [
    [0, 2, "0"],
    [-0, 2, "0"],
    [-0.001, 2, "0"],
    [1, 2, "1"],
    [100, 2, "100"],
    [2.5, 2, "2.5"],
    [1 / 3, 2, "0.33"],
    [1 / 3, 3, "0.333"],
    [-1.999, 2, "−2"],
    [-1.25, 2, "−1.25"],
    [1200, 0, "1200"],
    [NaN, 2, "NaN"],
    [-Infinity, 2, "−Infinity"],
  ])
    assert.equal(formatNumber(value, digits), text);
});

test("a formatted number is the value, rounded", () => {
  const next = randomNumbers(4);
  for (let i = 0; i < 500; i += 1) {
    const value = (next() - 0.5) * 10 ** Math.floor(next() * 6);
    const text = formatNumber(value).replace("−", "-");
    assert.ok(Math.abs(Number(text) - value) <= 0.005 + 1e-9, text);
    assert.doesNotMatch(text, /\.$|\.\d*0$|^-0$/);
  }
});

test("a negative factor stands in parentheses", () => {
  assert.equal(factor(-2), "(−2)");
  assert.equal(factor(0.125), "0.13");
  assert.equal(minus("-1 - -2"), "−1 − −2");
});

test("thousands are separated by commas", () => {
  for (const [value, text] of [
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [105705600, "105,705,600"],
  ])
    assert.equal(thousands(value), text);
});

test("ranges, bounds and pairs", () => {
  assert.deepEqual(range(3), [0, 1, 2]);
  assert.deepEqual(range(3, -1), [-1, 0, 1]);
  assert.deepEqual(range(0), []);
  assert.deepEqual(
    [clamp(-9, 1, 5), clamp(3, 1, 5), clamp(9, 1, 5)],
    [1, 3, 5],
  );
  assert.deepEqual(
    [pair(2), pair([2, 3])],
    [
      [2, 2],
      [2, 3],
    ],
  );
  assert.equal(
    largest([
      [-3, 1],
      [2, 0],
    ]),
    3,
  );
  assert.equal(largest([[0]]), 1);
  assert.equal(largest([[0]], 0.5), 0.5);
  assert.ok(same([1, [2]], [1, [2]]) && !same([1], [2]));
});

test("random numbers are the same for a seed, differ between seeds and fill 0 to 1 evenly", () => {
  const draw = (seed) => {
    const next = randomNumbers(seed);
    return range(2000).map(() => next());
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  const tenths = range(10).map(
    (k) => draw(3).filter((v) => Math.floor(10 * v) === k).length,
  );
  assert.equal(
    tenths.reduce((a, b) => a + b),
    2000,
  );
  for (const n of tenths) assert.ok(n > 140 && n < 260, String(tenths));
});

test("positions are counted out, or named by their first and last", () => {
  assert.equal(span("row", []), "no row");
  assert.equal(span("row", [4]), "row 4");
  assert.equal(span("row", [4, 5]), "rows 4 and 5");
  assert.equal(span("row", [4, 5, 6]), "rows 4 to 6");
  assert.equal(span("column", [0, 2, 4]), "columns 0, 2 and 4");
  assert.equal(span("column", [-2, -1, 0]), "columns −2 to 0");
  assert.deepEqual(
    [count(1, "cell"), count(0, "cell"), count(1024, "cell")],
    ["1 cell", "0 cells", "1,024 cells"],
  );
});

test("a step leads around the end of a sequence", () => {
  assert.deepEqual(
    [stepBy(0, 1, 3), stepBy(2, 1, 3), stepBy(0, -1, 3)],
    [1, 0, 2],
  );
  assert.equal(stepBy(10000, -1, 3), 1, "beyond the last step is the last");
});

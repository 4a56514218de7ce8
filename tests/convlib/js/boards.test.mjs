// Boards without a browser: where a key leads, where parts stand, the numbers of an axis, shades.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Board } from "../../../convlib/widgets/shared/board.js";
import { cellAfterKey } from "../../../convlib/widgets/shared/keyboard.js";
import { cellAt, flow, ticks } from "../../../convlib/widgets/shared/layout.js";
import {
  randomNumbers,
  range,
} from "../../../convlib/widgets/shared/numbers.js";
import { shades, toneStyle } from "../../../convlib/widgets/shared/shades.js";

const board = { id: "b", rows: 3, columns: 4, row0: -1, column0: 0 };
const after = (cell, key, more = {}) => {
  const found = cellAfterKey(board, cell, { key, ...more });
  return found && [found.r, found.c];
};

test("an arrow goes one cell on and stops at the edge", () => {
  assert.deepEqual(after({ r: 0, c: 1 }, "ArrowUp"), [-1, 1]);
  assert.deepEqual(after({ r: -1, c: 1 }, "ArrowUp"), [-1, 1]);
  assert.deepEqual(after({ r: 1, c: 3 }, "ArrowDown"), [1, 3]);
  assert.deepEqual(after({ r: 0, c: 0 }, "ArrowLeft"), [0, 0]);
  assert.deepEqual(after({ r: 0, c: 0 }, "ArrowRight"), [0, 1]);
});

test("Home and End lead to the ends of a row, with Ctrl to the first and the last cell", () => {
  assert.deepEqual(after({ r: 0, c: 2 }, "Home"), [0, 0]);
  assert.deepEqual(after({ r: 0, c: 2 }, "End"), [0, 3]);
  assert.deepEqual(after({ r: 0, c: 2 }, "Home", { ctrlKey: true }), [-1, 0]);
  assert.deepEqual(after({ r: 0, c: 2 }, "End", { ctrlKey: true }), [1, 3]);
});

test("any other key leads nowhere", () => {
  for (const key of ["a", "Tab", "PageDown", "toString", "constructor"])
    assert.equal(after({ r: 0, c: 0 }, key), null);
});

test("no sequence of keys leaves the board", () => {
  const keys = [
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Home",
    "End",
  ];
  const next = randomNumbers(1);
  let cell = { board: "b", r: 0, c: 0 };
  for (let i = 0; i < 500; i += 1) {
    const key = keys[Math.floor(next() * keys.length)];
    cell = cellAfterKey(board, cell, { key, ctrlKey: next() < 0.3 });
    assert.ok(cell.r >= -1 && cell.r <= 1 && cell.c >= 0 && cell.c <= 3);
  }
});

test("a board whose cells form no grid says where an arrow leads", () => {
  const own = { ...board, walk: (r, c, down, right) => [r + right, c + down] };
  const { r, c } = cellAfterKey(own, { r: 0, c: 1 }, { key: "ArrowRight" });
  assert.deepEqual([r, c], [1, 1]);
});

test("a sequence goes over a board row by row and stays on the last cell", () => {
  const cells = range(8)
    .map((step) => cellAt("b", 2, 3, step))
    .map(({ r, c }) => [r, c]);
  assert.deepEqual(cells, [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

test("the numbers of an axis are round, evenly spaced, within it, and about as many as wanted", () => {
  assert.deepEqual(ticks(0, 1, 4), [0, 0.5, 1]);
  assert.deepEqual(ticks(-3, 3, 4), [-2, 0, 2]);
  const next = randomNumbers(2);
  for (let i = 0; i < 300; i += 1) {
    const low = (next() - 0.5) * 100;
    const high = low + 10 ** (next() * 6 - 3);
    const found = ticks(low, high, 4);
    assert.ok(
      found.length >= 1 && found.length <= 6,
      `${low} ${high} ${found}`,
    );
    const slack = 1e-6 * (high - low);
    assert.ok(found.every((v) => v >= low - slack && v <= high + slack));
    const steps = found.slice(1).map((v, k) => v - found[k]);
    for (const step of steps) {
      assert.ok(Math.abs(step - steps[0]) < slack);
      const digit = step / 10 ** Math.floor(Math.log10(step * 1.0001));
      assert.ok(
        [1, 2, 5].some((d) => Math.abs(digit - d) < 1e-6),
        String(step),
      );
    }
  }
});

test("parts stand beside each other without overlap, within the width, in order", () => {
  const next = randomNumbers(3);
  for (let i = 0; i < 200; i += 1) {
    const width = 300 + Math.floor(next() * 700);
    const parts = range(1 + Math.floor(next() * 5)).map(() => ({
      width: 40 + Math.floor(next() * 200),
      height: 20 + Math.floor(next() * 200),
    }));
    const { positions, height } = flow(width, parts, { level: next() < 0.5 });
    const rects = parts.map((part, k) => ({ ...part, ...positions[k] }));
    for (const [k, a] of rects.entries()) {
      assert.ok(a.x >= 0 && a.x + a.width <= width, "within the width");
      assert.ok(a.y + a.height <= height, "within the height");
      for (const b of rects.slice(k + 1))
        assert.ok(
          a.x + a.width <= b.x || a.y + a.height <= b.y,
          "no overlap, in order",
        );
    }
  }
});

test("cells of a grid touch each other, and their numbers may begin below 0", () => {
  const grid = new Board({
    id: "g",
    label: "grid",
    rows: 2,
    columns: 3,
    row0: -1,
    size: 20,
    x: 5,
    y: 7,
  });
  assert.deepEqual(grid.rect(-1, 0), { x: 5, y: 7, width: 20, height: 20 });
  assert.deepEqual(grid.rect(0, 2), { x: 45, y: 27, width: 20, height: 20 });
  assert.deepEqual(grid.bounds(), { x: 5, y: 7, width: 60, height: 40 });
  assert.deepEqual(
    [
      [-1, 0],
      [0, 2],
      [1, 0],
      [0, 3],
      [-2, 0],
    ].map(([r, c]) => grid.has(r, c)),
    [true, true, false, false, false],
  );
});

test("marks go to cells of the board alone and are cleared", () => {
  const grid = new Board({ id: "g", label: "grid", rows: 2, columns: 2 });
  grid.mark(
    [
      [0, 0],
      [1, 1],
      [5, 5],
    ],
    "window",
  );
  assert.deepEqual(
    grid.marks.children.map((shape) => shape.attributes["data-cells"]),
    ["0 0,1 1"],
  );
  grid.clear();
  assert.equal(grid.marks.children.length, 0);
});

test("a shade goes from 0 to 100 % on either side of 0, and cells alike share one path", () => {
  assert.match(toneStyle(0.5), /high.*50%/);
  assert.match(toneStyle(-0.25), /low.*25%/);
  assert.match(toneStyle(7), /100%/);
  const rect = { x: 0, y: 0, width: 1, height: 1 };
  assert.equal(
    shades([0.5, 0.501, -0.5].map((tone) => ({ rect, tone }))).length,
    2,
  );
});

// What the figures compute is what convlib.shapes computed: the table comes from Python (test_widgets_js.py).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { costs } from "../../../convlib/widgets/parameter_bars.js";
import { pools } from "../../../convlib/widgets/pooling_pair.js";
import {
  interval,
  paths,
  stack,
} from "../../../convlib/widgets/receptive_field.js";
import { axis, samePadding } from "../../../convlib/widgets/stride_board.js";

const table = JSON.parse(readFileSync(process.env.SHAPES_TABLE, "utf8"));

test("output sizes and windows of the stride board", () => {
  for (const { n, k, stride, pad, dilation, out, windows } of table.sizes) {
    const found = axis({ n, k, stride, pad, dilation });
    assert.equal(
      found.small,
      out,
      JSON.stringify({ n, k, stride, pad, dilation }),
    );
    assert.deepEqual(
      windows.map((_, o) => found.taps(o)),
      windows,
    );
  }
});

test("a cell is among the taps of exactly the outputs that read it", () => {
  for (const { n, k, stride, pad, dilation } of table.sizes.slice(0, 200)) {
    const found = axis({ n, k, stride, pad, dilation });
    for (let i = -found.before; i < n + found.after; i += 1) {
      const readers = found.readers(i);
      for (const [o, t] of readers) assert.ok(found.taps(o)[t] === i);
      assert.equal(
        found.never.includes(i),
        found.legal && readers.length === 0,
      );
    }
  }
});

test("Keras's padding for the size of the input", () => {
  for (const { n, k, stride, dilation, padding } of table.same)
    assert.deepEqual(samePadding(n, k, stride, dilation), padding);
});

test("receptive fields, jumps and boxes of stacks", () => {
  for (const { size, layers, fields, jumps, boxes } of table.stacks) {
    const maps = stack(size, layers);
    assert.deepEqual(
      maps.map(({ field }) => field),
      fields,
    );
    assert.deepEqual(
      maps.map(({ jump }) => jump),
      jumps,
    );
    boxes.forEach((box, at) =>
      assert.deepEqual(interval(layers, layers.length, 0, at), box),
    );
  }
});

test("every path leads from a cell into its box, and all paths of a layer are kernels multiplied", () => {
  const layers = [
    { kernel: 3, stride: 1, pad: 1, dilation: 1 },
    { kernel: 2, stride: 2, pad: 0, dilation: 1 },
    { kernel: 3, stride: 1, pad: 0, dilation: 1 },
  ];
  const [first, last] = interval(layers, 3, 0, 2);
  const ways = paths(20, layers, 3, 2)[0];
  ways.forEach((n, i) => assert.equal(n > 0, i >= first && i <= last));
  assert.equal(
    ways.reduce((a, b) => a + b),
    3 * 2 * 3,
  );
});

test("what a layer costs", () => {
  for (const { layer, parameters } of table.costs)
    assert.deepEqual(
      costs(layer)?.bars.map((bar) => bar.parameters) ?? null,
      parameters,
    );
});

test("a pool's mean lies between its lowest and its maximum, and the maximum is where it says", () => {
  const values = [0, 1, 2, 3, 4].map((r) =>
    [0, 1, 2, 3, 4].map((c) => (7 * r * c + 3 * r) % 5),
  );
  for (const output of pools(values, [2, 3], [1, 2]).flat()) {
    assert.ok(
      output.mean <= output.max && output.mean >= Math.min(...output.seen),
    );
    const [r, c] = output.first;
    assert.equal(values[r][c], output.max);
    assert.equal(
      output.seen.indexOf(output.max),
      output.cells.findIndex(([i, j]) => i === r && j === c),
    );
  }
  assert.equal(pools(values, 6, [1, 1]), null);
});

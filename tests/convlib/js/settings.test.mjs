// Settings and the address: what a link may set, and how it is written.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  decode,
  encode,
  readAddress,
  writeAddress,
} from "../../../convlib/widgets/shared/address.js";
import { settingsFrom } from "../../../convlib/widgets/shared/settings.js";

const check = (description, value) =>
  settingsFrom({ it: { linked: true, ...description } }).it.check(value);
const RUBBISH = [
  null,
  undefined,
  {},
  [],
  "<img>",
  NaN,
  Infinity,
  [1, 2, 3],
  ["a"],
];

test("numbers are brought within their bounds, anything else is refused", () => {
  const integer = { kind: "integer", min: 1, max: 7 };
  assert.deepEqual(
    [-5, 3, 99].map((v) => check(integer, v)),
    [1, 3, 7],
  );
  const real = { kind: "real", min: -1, max: 1 };
  assert.deepEqual(
    [-5, 0.25, 99].map((v) => check(real, v)),
    [-1, 0.25, 1],
  );
  for (const value of [...RUBBISH, 2.5])
    assert.equal(check(integer, value), undefined);
  for (const value of RUBBISH) assert.equal(check(real, value), undefined);
});

test("flags take 0 and 1, choices take only their words", () => {
  assert.deepEqual(
    [true, 1, false, 0].map((v) => check({ kind: "flag" }, v)),
    [true, true, false, false],
  );
  for (const value of [...RUBBISH, 2, "true"])
    assert.equal(check({ kind: "flag" }, value), undefined);
  const choice = { kind: "choice", choices: ["max", "mean"] };
  assert.equal(check(choice, "mean"), "mean");
  for (const value of [...RUBBISH, "min", "constructor"])
    assert.equal(check(choice, value), undefined);
});

test("a pair is an integer, two of them, or a word", () => {
  const pair = { kind: "pair", min: 0, max: 6, choices: ["same"] };
  assert.deepEqual(
    [2, 9, [1, 9], "same"].map((v) => check(pair, v)),
    [2, 6, [1, 6], "same"],
  );
  for (const value of [...RUBBISH, "valid", [1], [1.5, 2]])
    assert.equal(check(pair, value), undefined);
});

test("a matrix has rows of one length, within its size, each number within its bounds", () => {
  const matrix = { kind: "matrix", most: 3, min: -9, max: 9 };
  assert.deepEqual(
    check(matrix, [
      [1, 20],
      [-20, 0.5],
    ]),
    [
      [1, 9],
      [-9, 0.5],
    ],
  );
  assert.deepEqual(check(matrix, "1~2_3~4"), [
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual(check(matrix, 5), [[5]]);
  for (const value of [
    {},
    [],
    null,
    [[]],
    [[1], [1, 2]],
    "1~x",
    [[1, 2, 3, 4]],
    [[1], [1], [1], [1]],
    [1],
  ])
    assert.equal(check(matrix, value), undefined, JSON.stringify(value));
  const { encode: toLink, check: fromLink } = settingsFrom({
    it: { ...matrix, linked: true },
  }).it;
  const rows = [
    [0.5, -1],
    [2, 0],
  ];
  assert.deepEqual(fromLink(toLink(rows)), rows);
});

test("columns of a matrix may have bounds of their own, and then all of them are needed", () => {
  const columns = [
    { min: -3, max: 3 },
    { min: -4, max: 4 },
  ];
  const matrix = { kind: "matrix", most: 2, columns };
  assert.deepEqual(
    check(matrix, [
      [9, 9],
      [-9, -9],
    ]),
    [
      [3, 4],
      [-3, -4],
    ],
  );
  for (const value of [[[1]], [[1, 2, 3]]])
    assert.equal(check(matrix, value), undefined);
});

test("a pinned cell, curves and images are taken as they are or not at all", () => {
  for (const cell of ["", "output 2 0", "l2 -1 3"])
    assert.equal(check({ kind: "cell" }, cell), cell);
  for (const cell of [...RUBBISH, "output 2", "Output 1 1"])
    assert.equal(check({ kind: "cell" }, cell), undefined);
  assert.deepEqual(check({ kind: "series" }, { loss: [1, 2] }), {
    loss: [1, 2],
  });
  for (const value of [null, 1, { loss: 1 }, { loss: [NaN] }])
    assert.equal(check({ kind: "series" }, value), undefined);
  const images = { kind: "images", most: 1, side: 2 };
  assert.deepEqual(
    check(images, [
      [
        [1, 2],
        [3, 4],
      ],
    ]),
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
  );
  for (const value of [
    null,
    [[]],
    [[[1], [1, 2]]],
    [[[1]], [[1]]],
    [[[1, 2, 3]]],
    [[[NaN]]],
  ])
    assert.equal(check(images, value), undefined, JSON.stringify(value));
});

test("a kind that no check exists for is an error, and a figure may bring its own", () => {
  const described = { it: { kind: "layers" } };
  assert.throws(
    () => settingsFrom(described),
    /setting it has the kind layers/,
  );
  const own = { layers: () => ({ check: () => "mine" }) };
  assert.equal(settingsFrom(described, own).it.check(1), "mine");
});

test("what is written into an address is read back", () => {
  for (const value of [7, -2, 0.5, "same", "output 2 0", [3, 2], [1, -1]])
    assert.deepEqual(decode(encode(value)), value);
  assert.equal(
    decode(encode(true)),
    1,
    "a flag comes back as 1, which its check takes",
  );
  const values = { stride: [1, 2], pad: "same", pinned: "output 2 0" };
  const hash = writeAddress(
    "StrideBoard",
    values,
    "#section&Hyperplane=view:relu",
  );
  assert.deepEqual(readAddress("StrideBoard", hash), values);
  assert.deepEqual(readAddress("Hyperplane", hash), { view: "relu" });
  assert.ok(hash.startsWith("#section&"), hash);
  assert.equal(readAddress("StrideBoard2", hash), null);
  assert.equal(writeAddress("StrideBoard", {}, "#StrideBoard=width:9"), "");
});

test("a damaged part of a link is left out", () => {
  assert.deepEqual(readAddress("S", "#S=a:1;b:%;c;:2;d:3x4"), {
    a: 1,
    d: [3, 4],
  });
});

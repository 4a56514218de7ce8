// @ts-check
// The player of a sequence: play, pause, a step back and on, a slider.

import { KEEPS_KEYS, make, setText, update } from "./elements.js";

/**
 * @typedef {object} Sequence
 * @property {number} length how many steps there are
 * @property {number} first what the first is called
 * @property {boolean} once whether it stops at the end
 *
 * @typedef {object} Hooks
 * @property {() => number} step the step shown, perhaps beyond the last
 * @property {(step: number) => void} go
 * @property {(isPlaying: boolean) => void} changed
 */

/** The step before or after another one, around the end.
 * @type {(step: number, by: number, length: number) => number} */
export const stepBy = (step, by, length) =>
  (Math.min(step, length - 1) + by + length) % length;

export class Player {
  /** @type {Sequence} */
  sequence = { length: 0, first: 1, once: false };
  timer = 0;
  isBuilt = false;

  /** @param {HTMLElement} node @param {Hooks} hooks */
  constructor(node, hooks) {
    this.node = node;
    this.hooks = hooks;
    this.button = this.#button("▶ Play", () =>
      this.timer ? this.pause() : this.play(),
    );
    this.slider = make("input", {
      type: "range",
      min: 0,
      max: 1,
      "aria-label": "step",
      ...KEEPS_KEYS,
      oninput: () => {
        this.pause();
        hooks.go(Number(this.slider.value));
      },
    });
    this.speed = make(
      "select",
      {
        "aria-label": "speed",
        ...KEEPS_KEYS,
        onchange: () => this.timer && this.play(),
      },
      make("option", { value: 1100 }, "slow"),
      make("option", { value: 500, selected: true }, "normal"),
      make("option", { value: 160 }, "fast"),
    );
    this.position = make("span", { class: "cv-said", translate: "no" });
  }
  /** @type {(label: string, act: () => void) => HTMLButtonElement} */
  #button(label, act) {
    return make(
      "button",
      { type: "button", ...KEEPS_KEYS, onclick: act },
      label,
    );
  }
  #build() {
    this.isBuilt = true;
    /** @type {(by: number) => () => void} */
    const move = (by) => () => {
      this.pause();
      this.hooks.go(stepBy(this.hooks.step(), by, this.sequence.length));
    };
    this.node.replaceChildren(
      this.button,
      this.#button("‹ Back", move(-1)),
      this.#button("Step ›", move(1)),
      this.slider,
      this.position,
      this.speed,
    );
  }
  /** @param {Sequence} sequence */
  show(sequence) {
    this.sequence = sequence;
    const { length, first } = sequence;
    update(this.node.style, { display: length < 2 ? "none" : "" });
    if (length < 2) return this.pause();
    if (!this.isBuilt) this.#build();
    const at = Math.min(this.hooks.step(), length - 1);
    const text = `${at + first} of ${length - 1 + first}`;
    update(this.slider, {
      max: length - 1,
      value: at,
      ariaValueText: `step ${text}`,
    });
    setText(this.position, text);
  }
  play() {
    this.pause();
    const { hooks } = this;
    const tick = () => {
      const { length, once } = this.sequence;
      const next = Math.min(hooks.step(), length - 1) + 1;
      if (next >= length && once) return this.pause();
      hooks.go(next % length);
    };
    const { length, once } = this.sequence;
    if (once && hooks.step() >= length - 1) hooks.go(0);
    this.timer = setInterval(tick, Number(this.speed.value));
    setText(this.button, "❚❚ Pause");
    hooks.changed(true);
  }
  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
    setText(this.button, "▶ Play");
    this.hooks.changed(false);
  }
}

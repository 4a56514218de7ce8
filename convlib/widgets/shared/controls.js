// @ts-check
// Controls: a figure lists what it wants each time, and a control is made when it is first listed.

import { KEEPS_KEYS, make, setText, update } from "./elements.js";
import { formatNumber, same } from "./numbers.js";

/**
 * @typedef {object} Control
 * @property {"slider" | "check" | "buttons" | "choice" | "own"} kind
 * @property {string} id
 * @property {string} [label]
 * @property {any} [value]
 * @property {(value: any) => void} [set]
 * @property {boolean} [disabled]
 * @property {string} [valueText] what a slider's value is called, where it is not the number
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step]
 * @property {[any, string, boolean?][]} [options] of buttons and choices: value, label, whether it is disabled
 * @property {"line" | "two"} [wide]
 * @property {boolean} [plain] buttons that act, none of which stays down
 * @property {(item: any) => MadeControl} [make] of a control that only this figure has
 *
 * @typedef {{ node: HTMLElement, update: (item: any) => void }} MadeControl
 */

/** @type {Record<string, (first: Control) => MadeControl>} */
const MAKERS = {
  slider(first) {
    let item = first;
    const input = make("input", {
      type: "range",
      "data-control": item.id,
      "aria-label": item.label,
      ...KEEPS_KEYS,
      oninput: () => item.set?.(Number(input.value)),
    });
    const value = make("span", {
      class: "cv-said",
      "aria-hidden": "true",
      translate: "no",
    });
    const label = make("span", { "aria-hidden": "true" });
    const node = make("div", { class: "cv-control" }, label, input, value);
    return {
      node,
      update(next) {
        item = next;
        const { min, max, step = 1, disabled = false } = next;
        const text = next.valueText ?? formatNumber(next.value);
        // The bounds go first: a browser keeps a value within those that it knows.
        update(input, { min, max, step, value: next.value, disabled });
        update(input, { ariaValueText: text });
        setText(label, next.label);
        setText(value, text);
      },
    };
  },
  check(first) {
    let item = first;
    const input = make("input", {
      type: "checkbox",
      "data-control": item.id,
      ...KEEPS_KEYS,
      onchange: () => item.set?.(input.checked),
    });
    const label = make("label", { class: "cv-check" }, input, item.label ?? "");
    return {
      node: make("div", { class: "cv-row" }, label),
      update(next) {
        item = next;
        update(input, {
          checked: next.value,
          disabled: next.disabled ?? false,
        });
      },
    };
  },
  buttons(first) {
    let item = first;
    const buttons = (item.options ?? []).map(([value, label]) =>
      make(
        "button",
        {
          type: "button",
          "data-control": `${item.id} ${value}`,
          ...KEEPS_KEYS,
          onclick: () => item.set?.(value),
        },
        label,
      ),
    );
    const node = make(
      "div",
      {
        class: `cv-row ${item.wide ? `cv-${item.wide}` : ""}`,
        role: "group",
        "aria-label": item.label,
      },
      item.label ? make("span", {}, item.label) : null,
      ...buttons,
    );
    return {
      node,
      update(next) {
        item = next;
        buttons.forEach((button, i) => {
          const [value, , disabled = false] = next.options[i];
          update(button, { disabled });
          if (!next.plain)
            update(button, { ariaPressed: same(value, next.value) });
        });
      },
    };
  },
  choice(first) {
    let item = first;
    const select = make(
      "select",
      {
        "data-control": item.id,
        "aria-label": item.label,
        ...KEEPS_KEYS,
        onchange: () => item.set?.(select.value),
      },
      ...(item.options ?? []).map(([value, label]) =>
        make("option", { value }, label),
      ),
    );
    const node = make(
      "div",
      { class: `cv-row ${item.wide ? `cv-${item.wide}` : ""}` },
      make("span", {}, item.label ?? ""),
      select,
    );
    return {
      node,
      update(next) {
        item = next;
        update(select, { value: next.value });
      },
    };
  },
};

export class Controls {
  /** @param {HTMLElement} node */
  constructor(node) {
    this.node = node;
    this.names = "";
    /** @type {MadeControl[]} */
    this.made = [];
  }
  /** Show these controls; where they are those of the last time only what they show changes.
   * @param {Control[]} items */
  show(items) {
    const names = items.map((item) => `${item.kind} ${item.id}`).join("|");
    if (names !== this.names) this.#make(items, names);
    items.forEach((item, i) => this.made[i].update(item));
  }
  /** @type {(items: Control[], names: string) => void} */
  #make(items, names) {
    const root = /** @type {Document | ShadowRoot} */ (this.node.getRootNode());
    const focused = /** @type {HTMLElement | null} */ (root.activeElement);
    const id = this.node.contains(focused) ? focused?.dataset.control : null;
    this.names = names;
    this.made = items.map((item) => (item.make ?? MAKERS[item.kind])(item));
    this.node.replaceChildren(...this.made.map(({ node }) => node));
    if (!id) return;
    const same = `[data-control="${CSS.escape(id)}"]`;
    /** @type {HTMLElement | null} */ (this.node.querySelector(same))?.focus();
  }
}

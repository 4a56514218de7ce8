// @ts-check
// The figure: its frame, its state, and what is pointed at. Nothing here touches `document` until a figure is
// rendered, so that the arithmetic of a figure runs without a browser.

import { readAddress, writeAddress } from "./address.js";
import { Board } from "./board.js";
import { Controls } from "./controls.js";
import { KEEPS_KEYS, copyText, make, setText } from "./elements.js";
import { standalone } from "./export.js";
import { Kernel } from "./kernel.js";
import { cellAfterKey } from "./keyboard.js";
import { same } from "./numbers.js";
import { Player } from "./player.js";
import { settingsFrom } from "./settings.js";
import { hatching } from "./shades.js";
import { Shape, html, paint, svg } from "./shapes.js";

/** @import { BoardOptions } from "./board.js" */
/** @import { Control } from "./controls.js" */
/** @import { Part } from "./formula.js" */
/** @import { Cell, Point } from "./layout.js" */
/** @import { Check, Setting } from "./settings.js" */

/**
 * What anywidget gives a figure of the model: nothing else is used.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(message: any) => void} send
 * @property {(event: string, listener: (...news: any[]) => void) => void} on
 * @property {(event: string, listener: (...news: any[]) => void) => void} off
 *
 * @typedef {{ ours: string, keras: string, pytorch: string }} CodeLines the same layer three times
 * @typedef {[string, string, string?] | false | null | undefined | 0} LegendEntry class names and text; "scale" shows
 *     the colours from low to high, "ramp" from zero, each with a text at either end
 */
/**
 * What a figure is made of, beside the frame.
 * @template {object} State
 * @typedef {object} Parts
 * @property {(state: State, width: number) => { height: number }} draw
 * @property {(cell: Cell | null, state: State) => string | void} show mark what belongs to a cell, and say it
 * @property {(state: State) => Control[]} [controls]
 * @property {(state: State) => number} [length] how many steps its sequence has
 * @property {boolean} [once] whether the sequence stops at its end
 * @property {number} [first] what the first step is called
 * @property {(state: State) => Cell | null} [choose] the cell that is shown while none is pointed at
 * @property {(cell: Cell) => boolean} [press] a click or Enter; true where it does more than pin
 * @property {(at: Point) => void} [grab]
 * @property {(cell: Cell, at: Point) => boolean} [drag]
 * @property {(cell: Cell, event: KeyboardEvent) => boolean} [key] true where it took the key
 * @property {() => void} [reset]
 */
/**
 * @template {object} State
 * @typedef {object} Definition
 * @property {string} name
 * @property {string} title
 * @property {string} hint
 * @property {Record<string, (description: any) => Check>} [checks] of kinds of settings that only this figure has
 * @property {(figure: Figure<State>) => Parts<State>} build
 */

/** @type {WeakMap<Model, any>} */
const initialStates = new WeakMap(); // model -> its settings when it was first shown, for "reset"

/** @type {(label: string, act: () => void) => HTMLButtonElement} */
const toolButton = (label, act) =>
  make("button", { type: "button", ...KEEPS_KEYS, onclick: act }, label);

/** @template {object} State */
export class Figure {
  /**
   * @param {Model} model
   * @param {HTMLElement} el
   * @param {Definition<State>} definition
   */
  constructor(model, el, definition) {
    this.model = model;
    this.el = el;
    this.definition = definition;
    /** @type {Record<string, Setting>} */
    this.settings = settingsFrom(model.get("_settings"), definition.checks);
    /** @type {Record<string, any>} */
    this.values = {};
    /** @type {Map<string, Board>} */
    this.boards = new Map();
    /** @type {Shape[]} */
    this.shapes = [];
    /** @type {Cell | null} */
    this.pointed = null;
    /** @type {{ cell: Cell | null, at: Point } | null} */
    this.grabbed = null;
    this.pressed = false;
    this.dragged = false;
    this.isSetting = false;
    this.addressTimer = 0;
    this.key = "";
    this.width = 0;
    this.legendKey = "";
    this.codeKey = "";
    /** @type {(() => void)[]} */
    this.cleaners = [];
    this.nodes = this.#makeNodes();
    const image = svg("svg", {
      role: "group",
      "aria-label": definition.title,
      translate: "no",
    });
    image.render();
    this.image = /** @type {SVGSVGElement} */ (
      /** @type {unknown} */ (image.node)
    );
    this.root = this.#buildFrame();
    this.controls = new Controls(this.nodes.controls);
    this.player = new Player(this.nodes.player, {
      step: () => this.values.step,
      go: (step) => this.#goTo(step),
      // A sequence that plays would be read out at every step: silence until it stops.
      changed: (isPlaying) =>
        this.nodes.live.setAttribute("aria-live", isPlaying ? "off" : "polite"),
    });
    this.kernel = new Kernel(model, () => this.key);
    this.#findKey();
    this.#read();
    if (!initialStates.has(model)) initialStates.set(model, { ...this.values });
    this.#listen();
    this.parts = definition.build(this);
    this.width = this.#measure();
    this.refresh();
    this.#readAddress();
    this.#watchWidth();
  }

  // -- state
  get state() {
    return /** @type {State} */ (this.values);
  }
  #read() {
    this.values = {};
    for (const [name, setting] of Object.entries(this.settings)) {
      const given = this.model.get(name);
      const checked = given === undefined ? undefined : setting.check(given);
      this.values[name] = checked === undefined ? setting.default : checked;
    }
  }
  /** Change settings: the model (and Python) learn of it, the address too, and the image follows.
   * @param {Partial<State>} changes */
  set(changes, { quiet = false } = {}) {
    let isChanged = false;
    this.isSetting = true;
    for (const [name, value] of Object.entries(changes)) {
      const checked = this.settings[name]?.check(value);
      if (checked === undefined || same(checked, this.values[name])) continue;
      this.values[name] = checked;
      this.model.set(name, checked);
      isChanged = true;
    }
    this.isSetting = false;
    if (!isChanged) return;
    this.model.save_changes();
    // When the hand rests: a browser takes longer to change its address than a figure to be drawn.
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => this.#writeAddress(), 150);
    if (!quiet) this.refresh();
  }
  /** The slider of a setting; its bounds are the trait's.
   * @type {(name: string, label: string, more?: Partial<Control>) => Control} */
  slider(name, label, more = {}) {
    const { min, max } = this.settings[name];
    return {
      kind: "slider",
      id: name,
      label,
      min,
      max,
      value: this.values[name],
      set: (v) => this.set(/** @type {Partial<State>} */ ({ [name]: v })),
      ...more,
    };
  }
  /** @returns {State} */
  get initialState() {
    return initialStates.get(this.model);
  }
  #changes() {
    /** @type {Record<string, any>} */
    const initial = this.initialState;
    return Object.entries(this.settings)
      .filter(
        ([name, { linked }]) =>
          linked && !same(this.values[name], initial[name]),
      )
      .map(([name, { encode }]) => {
        const value = this.values[name];
        return [name, encode?.(value) ?? value];
      });
  }
  // In JupyterLab the address is the workspace's, and the kernel keeps the state.
  get hasAddress() {
    return !document.body.hasAttribute("data-jp-theme-light");
  }
  #writeAddress() {
    clearTimeout(this.addressTimer);
    if (!this.hasAddress) return;
    const values = Object.fromEntries(this.#changes());
    const hash = writeAddress(this.key, values, location.hash);
    const address = hash || location.pathname + location.search;
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // Browsers limit how often an address may change: the next change writes it.
    }
  }
  #readAddress() {
    const values = this.hasAddress && readAddress(this.key, location.hash);
    if (!values) return;
    // A link cannot set what only Python may (the learner's curves, whether there is a function).
    const own = Object.entries(values).filter(
      ([name]) =>
        Object.hasOwn(this.settings, name) && this.settings[name].linked,
    );
    this.set({ ...this.initialState, ...Object.fromEntries(own) });
    this.root.scrollIntoView({ block: "center" });
  }

  // -- the frame
  #makeNodes() {
    /** @type {<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, name: string, more?: Record<string, string>) => HTMLElementTagNameMap[Tag]} */
    const part = (tag, name, more = {}) =>
      make(tag, { class: `cv-${name}`, ...more });
    // A page translator leaves alone what is numbers and code.
    const untranslated = { translate: "no" };
    return {
      controls: part("div", "controls"),
      player: part("div", "player"),
      stage: part("div", "stage"),
      live: part("p", "live", { role: "status", "aria-live": "polite" }),
      note: part("div", "note"),
      formula: part("div", "formula", untranslated),
      legend: part("ul", "legend", { "aria-label": "Legend" }),
      code: part("dl", "code", untranslated),
      tools: part("div", "tools"),
    };
  }
  #buildFrame() {
    const { name, title, hint } = this.definition;
    const root = make(
      "div",
      {
        class: "cv mathjax_ignore",
        role: "group",
        "data-figure": name,
        "aria-label": `Figure: ${title}`,
        dir: "ltr", // on a page that is read from right to left too: formulas and boards are not
      },
      make("p", { class: "cv-title" }, title),
      make("p", { class: "cv-hint" }, hint),
      ...Object.values(this.nodes),
    );
    this.nodes.stage.append(this.image);
    this.el.append(root);
    const message = make("output", {});
    this.nodes.tools.append(
      toolButton("Reset", () => this.reset()),
      toolButton("Copy as SVG", async () => {
        await copyText(this.toSVG());
        setText(message, "Image copied.");
      }),
      this.hasAddress
        ? toolButton("Copy link", async () => {
            this.#writeAddress();
            await copyText(location.href);
            setText(message, "Link copied: it opens this figure as it is now.");
          })
        : "",
      message,
    );
    return root;
  }
  // Figures of one kind on a page are numbered in the order of the page: StrideBoard, StrideBoard2, ...
  #findKey() {
    const { name } = this.definition;
    const earlier = [
      ...document.querySelectorAll(`.cv[data-figure="${name}"]`),
    ].filter((node) => node !== this.root);
    this.key = earlier.length ? `${name}${earlier.length + 1}` : name;
    this.root.id = `figure-${this.key}`;
  }
  #listen() {
    /** @type {(target: EventTarget, event: string, act: (event: any) => void) => void} */
    const listen = (target, event, act) => {
      target.addEventListener(event, act);
      this.cleaners.push(() => target.removeEventListener(event, act));
    };
    // Not pointerover: after a change of layout a resting mouse would fire it and move the choice.
    listen(this.image, "pointermove", (event) => this.#hover(event));
    listen(this.image, "pointerleave", () => this.point(null));
    listen(this.image, "pointerdown", (event) => this.#press(event));
    listen(window, "pointerup", () => (this.pressed = false));
    listen(window, "pointercancel", () => (this.pressed = false));
    listen(this.image, "click", (event) => this.#click(event));
    listen(this.image, "keydown", (event) => this.#key(event));
    // Not on the image: Chromium would give an svg that listens for the focus a place among the tab stops.
    listen(this.nodes.stage, "focusin", (event) => this.#focus(event));
    listen(window, "hashchange", () => this.#readAddress());
    for (const name of Object.keys(this.settings)) {
      const follow = () => {
        if (this.isSetting) return;
        this.#read();
        this.refresh();
      };
      this.model.on(`change:${name}`, follow);
      this.cleaners.push(() => this.model.off(`change:${name}`, follow));
    }
  }
  #watchWidth() {
    const watch = new ResizeObserver(() => {
      const width = this.#measure();
      if (Math.abs(width - this.width) < 2) return;
      this.width = width;
      this.refresh();
    });
    watch.observe(this.nodes.stage);
    this.cleaners.push(
      () => watch.disconnect(),
      () => clearTimeout(this.addressTimer),
      () => this.player.pause(),
    );
  }
  #measure() {
    return Math.max(280, Math.floor(this.nodes.stage.clientWidth || 640));
  }
  destroy() {
    this.kernel.stop();
    this.cleaners.forEach((clean) => clean());
  }
  reset() {
    this.player.pause();
    this.pointed = null;
    this.set(this.initialState);
    this.parts.reset?.();
    this.#writeAddress(); // also where nothing was set: a damaged link goes too
    this.refresh();
  }
  toSVG() {
    return standalone(this.image, getComputedStyle(this.root).backgroundColor);
  }

  // -- drawing
  get #focused() {
    const root = /** @type {Document | ShadowRoot} */ (this.el.getRootNode());
    return /** @type {HTMLElement | null} */ (root.activeElement);
  }
  /** Draw everything anew; the focus stays where it was. */
  refresh() {
    const focused = this.#focused;
    const board = this.image.contains(focused) ? focused?.dataset.board : null;
    this.boards.clear();
    this.shapes = [];
    this.controls.show(this.parts.controls?.(this.state) ?? []);
    const { height } = this.parts.draw(this.state, this.width);
    const size = `0 0 ${this.width} ${height}`;
    if (this.image.getAttribute("viewBox") !== size) {
      this.image.setAttribute("viewBox", size);
      this.image.setAttribute("width", String(this.width));
      this.image.setAttribute("height", String(height));
    }
    this.player.show({
      length: this.parts.length?.(this.state) ?? 0,
      first: this.parts.first ?? 1,
      once: this.parts.once ?? false,
    });
    this.show();
    const node = this.boards.get(board ?? "")?.shape.node;
    if (node && node !== this.#focused) node.focus({ preventScroll: true });
  }
  /** @param {Shape[]} shapes */
  put(...shapes) {
    this.shapes.push(...shapes);
  }
  /** Add a board to the image.
   * @param {BoardOptions} options */
  add(options) {
    const board = new Board(options);
    this.boards.set(board.id, board);
    this.put(board.shape);
    return board;
  }
  /** A board that is in the image.
   * @param {string} id */
  board(id) {
    const board = this.boards.get(id);
    if (!board) throw new Error(`there is no board ${id}`);
    return board;
  }
  /** @type {(at: Point, name: string, more?: string) => void} */
  heading({ x, y }, name, more = "") {
    const title = this.text(x, y - 24, name, { class: "cv-name cv-head" });
    if (more) title.append(svg("tspan", { class: "cv-soft", dx: 7 }, more));
  }
  /** @type {(x: number, y: number, text: string | number, attributes?: Record<string, any>) => Shape} */
  text(x, y, text, attributes = {}) {
    const shape = svg("text", { x, y, ...attributes }, text);
    this.put(shape);
    return shape;
  }

  // -- pointing
  /** @returns {Cell | null} */
  get pinned() {
    const [board, r, c] = String(this.values.pinned ?? "").split(" ");
    const cell = { board, r: Number(r), c: Number(c) };
    return this.#exists(cell) ? cell : null;
  }
  /** @param {Cell | null | undefined} cell */
  #exists(cell) {
    return Boolean(cell && this.boards.get(cell.board)?.has(cell.r, cell.c));
  }
  /** What is shown: the pinned cell, else the one pointed at, else the figure's own choice.
   * @returns {Cell | null} */
  get chosen() {
    if (this.pinned) return this.pinned;
    if (this.#exists(this.pointed)) return this.pointed;
    const own = this.parts.choose?.(this.state) ?? null;
    return this.#exists(own) ? own : null;
  }
  /** @param {Cell | null} cell */
  point(cell) {
    if (same(cell, this.pointed)) return;
    this.pointed = cell;
    if (!this.pinned) this.show();
  }
  /** @param {Cell | null} cell */
  pin(cell) {
    this.player.pause(); // the next step of a sequence that plays would release it
    this.pointed = cell ?? this.pointed;
    this.#setPinned(cell ? `${cell.board} ${cell.r} ${cell.c}` : "");
    this.show();
  }
  /** @param {string} pinned */
  #setPinned(pinned) {
    this.set(
      /** @type {Partial<State>} */ (/** @type {unknown} */ ({ pinned })),
      { quiet: true },
    );
  }
  /** @param {number} step */
  #goTo(step) {
    this.pointed = null;
    if (this.pinned) this.#setPinned("");
    this.set(/** @type {Partial<State>} */ (/** @type {unknown} */ ({ step })));
  }
  /** Mark what belongs to the chosen cell, and say it. */
  show() {
    for (const board of this.boards.values()) board.clear();
    const { chosen, pinned } = this;
    const text = this.parts.show(chosen, this.state) ?? "";
    setText(
      this.nodes.live,
      pinned ? `${text} (pinned; Escape releases)` : text,
    );
    if (chosen) {
      const board = this.board(chosen.board);
      board.moveCursor(chosen.r, chosen.c);
      if (pinned) {
        const { x, y, width, height } = board.rect(chosen.r, chosen.c);
        board.marks.append(
          svg("rect", { class: "cv-pin", x, y, width, height, rx: 2 }),
        );
      }
    }
    paint(this.image, this.shapes);
    for (const { marks } of this.boards.values())
      paint(marks.node, marks.children);
  }
  /** @type {(event: PointerEvent) => Cell | null} */
  #cellAt(event) {
    const root = /** @type {Document | ShadowRoot} */ (this.el.getRootNode());
    const target = /** @type {Element | null} */ (
      event.target === this.image
        ? root.elementFromPoint(event.clientX, event.clientY)
        : event.target
    );
    const group = /** @type {HTMLElement | null | undefined} */ (
      target?.closest?.(".cv-board")
    );
    const board = this.boards.get(group?.dataset.board ?? "");
    if (!board) return null;
    if (!board.rectOf) {
      const { x, y } = this.#positionOf(event);
      const r = Math.floor((y - board.y) / board.size) + board.row0;
      const c = Math.floor((x - board.x) / board.size) + board.column0;
      return board.has(r, c) ? { board: board.id, r, c } : null;
    }
    const cell = /** @type {HTMLElement | null | undefined} */ (
      target?.closest(".cv-cell")
    );
    const { r, c } = cell?.dataset ?? {};
    return r === undefined
      ? null
      : { board: board.id, r: Number(r), c: Number(c) };
  }
  /** @param {PointerEvent} event */
  #press(event) {
    this.pressed = true;
    this.dragged = false;
    // What a finger touched first goes on hearing of it, and may be drawn anew meanwhile: the image stays.
    if (event.pointerType === "touch" && event.isTrusted)
      this.image.setPointerCapture(event.pointerId);
    this.grabbed = { cell: this.#cellAt(event), at: this.#positionOf(event) };
    this.parts.grab?.(this.grabbed.at);
  }
  /** @param {PointerEvent} event */
  #hover(event) {
    const cell = this.#cellAt(event);
    if (cell) this.point(cell);
    if (!cell || event.buttons !== 1 || !this.grabbed?.cell) return;
    if (!this.dragged) this.parts.drag?.(this.grabbed.cell, this.grabbed.at);
    if (this.parts.drag?.(cell, this.#positionOf(event))) this.dragged = true;
  }
  /** Where in the image an event is: the image is drawn at its natural size.
   * @type {(event: PointerEvent) => Point} */
  #positionOf(event) {
    const { left, top } = this.image.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
  /** @param {PointerEvent} event */
  #click(event) {
    if (this.dragged) return;
    const cell = this.#cellAt(event);
    if (!cell) return;
    if (this.parts.press?.(cell)) return;
    this.pin(same(cell, this.pinned) ? null : cell);
  }
  /** @param {FocusEvent} event */
  #focus(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const board = this.boards.get(target.dataset?.board ?? "");
    if (!board || this.pinned || this.pressed) return;
    if (this.chosen?.board === board.id) return;
    const first = {
      board: board.id,
      r: Math.max(0, board.row0),
      c: Math.max(0, board.column0),
    };
    if (this.#exists(first)) this.point(first);
  }
  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const board = this.boards.get(target.dataset?.board ?? "");
    if (!board || event.altKey || event.metaKey) return;
    const { chosen } = this;
    const here =
      chosen?.board === board.id
        ? chosen
        : { board: board.id, r: board.row0, c: board.column0 };
    if (this.parts.key?.(here, event)) return event.preventDefault();
    if (event.key === "Escape") {
      if (!this.pinned) return;
      this.pin(null);
    } else if (event.key === "Enter" || event.key === " ") {
      if (!this.parts.press?.(here)) this.pin(this.pinned ? null : here);
    } else {
      const next = cellAfterKey(board, here, event);
      if (!next || !this.#exists(next)) return;
      if (this.pinned) this.pin(next);
      else this.point(next);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // -- words
  /** Lines of formulas; see line().
   * @param {Part[]} lines */
  showFormulas(...lines) {
    const shapes = /** @type {Shape[]} */ (lines.filter(Boolean));
    paint(this.nodes.formula, shapes);
  }
  /** What is wrong with the settings or with the learner's function.
   * @param {(string | false | null | undefined | 0)[]} sentences */
  warn(...sentences) {
    this.#note(sentences, false);
  }
  /** What is good to know; a warning takes precedence.
   * @param {(string | false | null | undefined | 0)[]} sentences */
  remark(...sentences) {
    if (this.nodes.note.textContent === "") this.#note(sentences, true);
  }
  /** @type {(sentences: (string | false | null | undefined | 0)[], isCalm: boolean) => void} */
  #note(sentences, isCalm) {
    this.nodes.note.classList.toggle("calm", isCalm);
    setText(this.nodes.note, sentences.filter(Boolean).join(" "));
  }
  /** @param {LegendEntry[]} entries */
  showLegend(...entries) {
    /** @param {string} name */
    const swatch = (name) => {
      const names = name.split(" ");
      return svg(
        "svg",
        { width: 16, height: 16, "aria-hidden": "true" },
        svg("rect", {
          x: 1,
          y: 1,
          width: 14,
          height: 14,
          rx: 2,
          class: `cv-cell ${name}`,
        }),
        names.includes("never")
          ? svg("path", { class: "cv-hatch", d: hatching(1, 1, 14) })
          : null,
      );
    };
    const key = JSON.stringify(entries);
    if (key === this.legendKey) return;
    this.legendKey = key;
    const shapes = entries.flatMap((entry) => {
      if (!entry) return [];
      const [name, text, more] = entry;
      if (name !== "scale" && name !== "ramp")
        return [html("li", {}, swatch(name), text)];
      const from = name === "scale" ? "var(--cv-low), " : "";
      const style = `background: linear-gradient(to right, ${from}var(--cv-zero), var(--cv-high))`;
      const bar = { class: "cv-scale", "aria-hidden": "true", style };
      return [html("li", {}, text, html("span", bar), more)];
    });
    paint(this.nodes.legend, shapes);
  }
  /** The same layer in this course, Keras and PyTorch; null where there is none.
   * @param {CodeLines | null} code */
  showCode(code) {
    const key = JSON.stringify(code);
    if (key === this.codeKey) return;
    this.codeKey = key;
    const names = { ours: "this course", keras: "Keras", pytorch: "PyTorch" };
    const who = /** @type {(keyof CodeLines)[]} */ (Object.keys(code ?? {}));
    const shapes = who.flatMap((name) => [
      html("dt", {}, names[name]),
      html("dd", {}, html("code", {}, code?.[name])),
    ]);
    paint(this.nodes.code, shapes);
  }
}

/**
 * What anywidget asks of a module: render, and a function that cleans up after it.
 * @template {object} State
 * @param {Definition<State>} definition
 */
export function defineFigure(definition) {
  return {
    /** @param {{ model: Model, el: HTMLElement }} host */
    render({ model, el }) {
      const figure = new Figure(model, el, definition);
      return () => figure.destroy();
    },
  };
}

// @ts-check
// What a figure draws is described in shapes, all of it each time; paint() puts them on the page, in the nodes of the
// last time where there are such: what stays as it was costs a browser nothing.

import { setAttribute } from "./elements.js";

/** @typedef {Shape | TextShape} AnyShape */

export const SVG = "http://www.w3.org/2000/svg";
const HTML = "http://www.w3.org/1999/xhtml";

/** @type {WeakMap<Node, AnyShape[]>} */
const painted = new WeakMap(); // node -> the shapes in it

/**
 * Make these shapes the content of a node.
 * @param {Element} parent
 * @param {AnyShape[]} shapes
 * @returns {boolean} whether any text changed
 */
export function paint(parent, shapes) {
  const previous = painted.get(parent) ?? [];
  if (previous === shapes) return false;
  painted.set(parent, shapes);
  if (
    previous.length === shapes.length &&
    previous.every((shape, i) => shape.key === shapes[i].key)
  ) {
    let isChanged = false;
    let isDisplaced = false;
    shapes.forEach((shape, i) => {
      if (!shape.render(previous[i])) return;
      isChanged = true;
      if (shape.node.parentNode !== parent) isDisplaced = true;
    });
    // A page translator wraps texts, or puts copies in their stead: what is on the page then is not ours.
    if (isDisplaced) parent.replaceChildren(...shapes.map(({ node }) => node));
    return isChanged;
  }
  /** @type {Map<string, AnyShape[]>} */
  const unused = new Map();
  for (const shape of previous) {
    const list = unused.get(shape.key);
    if (list) list.push(shape);
    else unused.set(shape.key, [shape]);
  }
  for (const shape of shapes) shape.render(unused.get(shape.key)?.shift());
  for (const { node } of [...unused.values()].flat()) node.remove();
  /** @type {ChildNode | null} */
  let next = parent.firstChild;
  for (const { node } of shapes) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  while (next) {
    const foreign = next;
    next = next.nextSibling;
    foreign.remove();
  }
  return true;
}

class TextShape {
  key = "text";
  /** @param {string | number} text */
  constructor(text) {
    this.text = String(text);
    /** @type {Text} */
    this.node = /** @type {any} */ (undefined);
  }
  /** Take the node of an older shape, or a new one; return whether the text changed.
   * @param {any} [older]
   * @returns {boolean} */
  render(older) {
    this.node = older?.node ?? document.createTextNode(this.text);
    if (!older || older.text === this.text) return false;
    this.node.data = this.text;
    return true;
  }
}

export class Shape {
  /**
   * @param {string} namespace
   * @param {string} tag
   * @param {Record<string, any>} attributes
   * @param {any[]} children
   */
  constructor(namespace, tag, attributes, children) {
    this.namespace = namespace;
    this.tag = tag;
    this.attributes = attributes;
    /** @type {AnyShape[]} */
    this.children = [];
    /** @type {SVGElement & HTMLElement} */
    this.node = /** @type {any} */ (undefined);
    /** @type {string} */
    this.key = attributes["data-board"] ?? tag;
    this.append(...children);
  }
  /** Shapes, texts, numbers, lists of them; null and undefined are left out.
   * @param {any[]} children */
  append(...children) {
    for (const child of children) {
      if (Array.isArray(child)) this.append(...child);
      else if (typeof child === "object") child && this.children.push(child);
      else if (child !== undefined) this.children.push(new TextShape(child));
    }
  }
  /** Take the node of an older shape, or a new one; return whether a text in it changed.
   * @param {any} [older]
   * @returns {boolean} */
  render(older) {
    this.node =
      older?.node ?? document.createElementNS(this.namespace, this.tag);
    const before = older?.attributes ?? {};
    for (const name in before)
      if (!(name in this.attributes)) this.node.removeAttribute(name);
    for (const name in this.attributes)
      if (this.attributes[name] !== before[name])
        setAttribute(this.node, name, this.attributes[name]);
    return paint(this.node, this.children);
  }
  /** Change attributes of a shape that is, or will be, on the page.
   * @param {Record<string, any>} changes */
  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (this.attributes[name] === value) continue;
      this.attributes[name] = value;
      if (this.node) setAttribute(this.node, name, value);
    }
  }
}
/** @type {(tag: string, attributes: Record<string, any>, ...children: any[]) => Shape} */
export const html = (tag, attributes, ...children) =>
  new Shape(HTML, tag, attributes, children);
/** @type {(tag: string, attributes: Record<string, any>, ...children: any[]) => Shape} */
export const svg = (tag, attributes, ...children) =>
  new Shape(SVG, tag, attributes, children);

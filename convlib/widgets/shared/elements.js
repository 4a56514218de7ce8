// @ts-check
// Elements that are made once: the frame of a figure and its controls.

/** JupyterLab takes arrow keys and Enter for itself unless the focused element itself carries this. */
export const KEEPS_KEYS = { "data-lm-suppress-shortcuts": "true" };

/** @type {(node: Element, name: string, value: unknown) => void} */
export function setAttribute(node, name, value) {
  if (value === undefined || value === null || value === false)
    node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}
/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} attributes those that begin with "on" listen
 * @param {(Node | string | number | null)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttribute(node, name, value);
  }
  for (const child of children)
    if (child !== null)
      node.append(typeof child === "number" ? String(child) : child);
  return node;
}
/** Set the properties that differ: a browser lays out again whatever is set, even to the same.
 * @type {(node: any, properties: Record<string, any>) => void} */
export function update(node, properties) {
  for (const [name, value] of Object.entries(properties))
    if (String(node[name]) !== String(value)) node[name] = value;
}
/** @type {WeakMap<Node, string>} */
const texts = new WeakMap();
/** Write a text where it differs from the one that was written last. What a page translator made of that one stays
 * until then, however it is wrapped.
 * @type {(node: Node, text: string) => void} */
export function setText(node, text) {
  if (texts.get(node) === text) return;
  texts.set(node, text);
  node.textContent = text;
}
/** @type {(text: string) => Promise<void>} */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = make("textarea", { style: "position:fixed;opacity:0" });
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

// @ts-check
// A figure's image as a file of its own.

import { SVG, svg } from "./shapes.js";

// What is written into the copy, and the value that needs no writing.
const PROPERTIES = [
  ["fill", "black"],
  ["stroke", "none"],
  ["paint-order", "normal"],
  ["stroke-width", "1px"],
  ["stroke-dasharray", "none"],
  ["opacity", "1"],
  ["fill-opacity", "1"],
  ["stop-color", "rgb(0, 0, 0)"],
  ["font-family", ""],
  ["font-size", ""],
  ["font-weight", "400"],
  ["font-style", "normal"],
  ["text-anchor", "start"],
  ["dominant-baseline", "auto"],
];
/** The image as it looks now, complete in itself: computed colours are written into it.
 * @type {(image: SVGSVGElement, background: string) => string} */
export function standalone(image, background) {
  const copy = /** @type {SVGSVGElement} */ (image.cloneNode(true));
  const originals = [...image.querySelectorAll("*")];
  /** @type {Element[]} */
  const hidden = [];
  [...copy.querySelectorAll("*")].forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    for (const [property, usual] of PROPERTIES) {
      const value = style.getPropertyValue(property);
      if (
        value &&
        value !== usual &&
        (!property.startsWith("font") || node.tagName === "text")
      ) {
        node.setAttribute(property, value);
      }
    }
    if (
      node.matches(".cv-sheet, .cv-ring, .cv-cursor, .cv-grip") ||
      style.display === "none"
    )
      hidden.push(node);
    for (const { name } of [...node.attributes]) {
      if (/^(class|style|tabindex|role|data-.*|aria-.*)$/.test(name))
        node.removeAttribute(name);
    }
  });
  hidden.forEach((node) => node.remove());
  const { width, height } = image.viewBox.baseVal;
  copy.setAttribute("xmlns", SVG);
  for (const name of ["style", "translate"]) copy.removeAttribute(name);
  copy.setAttribute("viewBox", `-12 -12 ${width + 24} ${height + 24}`);
  copy.setAttribute("width", String(width + 24));
  copy.setAttribute("height", String(height + 24));
  const paper = svg("rect", {
    x: -12,
    y: -12,
    width: width + 24,
    height: height + 24,
    fill: background,
  });
  paper.render();
  copy.prepend(paper.node);
  return new XMLSerializer().serializeToString(copy);
}

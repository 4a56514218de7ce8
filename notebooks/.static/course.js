// Small things of every page: what only a served page can offer, and folds that print open.
(() => {
  // JupyterLite needs a server; on a page opened from a folder the way there would be a dead end.
  if (location.protocol === "file:")
    document.documentElement.dataset.opened = "file";

  // A formula wider than the page scrolls by itself; the keyboard has to get there too.
  function reachWideFormulas() {
    for (const formula of document.querySelectorAll(
      'mjx-container[display="true"]',
    )) {
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    }
  }
  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    reachWideFormulas();
    addEventListener("resize", reachWideFormulas);
  });

  const opened = new Set();
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll(
      "article details:not([open])",
    )) {
      if (fold.closest(".open-lesson")) continue;
      fold.open = true;
      opened.add(fold);
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    opened.clear();
  });
})();

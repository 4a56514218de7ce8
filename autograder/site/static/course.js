// Small things of every page: what only a served page can offer, outputs that wait, folds that print open.
(() => {
  // JupyterLite needs a server; on a page opened from a folder the way there would be a dead end.
  if (location.protocol === "file:")
    document.documentElement.dataset.opened = "file";

  // What answers a "Predict" waits until it is asked for.
  for (const outcome of document.querySelectorAll("details.outcome"))
    outcome.open = false;

  // A formula, table or picture wider than the page scrolls by itself; the keyboard has to get there too.
  function reachWide() {
    for (const wide of document.querySelectorAll(
      'mjx-container[display="true"], .bd-article table, .cell_output:has(> img), .output:has([role="img"])',
    )) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
      else wide.removeAttribute("tabindex");
    }
  }
  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    reachWide();
    addEventListener("resize", reachWide);
  });

  // A search result is quoted from the article: what the theme calls the main part begins with its menus.
  if (typeof Search !== "undefined") {
    const textOf = Search.htmlToText;
    Search.htmlToText = (html, anchor) => {
      const page = new DOMParser().parseFromString(html, "text/html");
      const article = page.querySelector("article");
      if (!article) return textOf(html, anchor);
      for (const part of article.querySelectorAll(
        "nav, details.solution, details.outcome",
      ))
        part.remove();
      return textOf(`<div role="main">${article.innerHTML}</div>`, anchor);
    };
  }

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

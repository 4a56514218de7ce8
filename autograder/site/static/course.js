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

    // Where nothing is found, a misspelt word may be meant for one of the index: a link searches for that.
    const search = Search.query;
    Search.query = (text) => {
      Search.status.setAttribute("role", "status"); // a screen reader says what comes of it
      search(text);
      const meant = Search.output.children.length ? text : corrected(text);
      if (meant === text) return;
      const link = document.createElement("a");
      link.href = `?q=${encodeURIComponent(meant)}`;
      link.textContent = meant;
      Search.status.append(" Did you mean ", link, "?");
    };
  }

  // How many letters have to be changed, left out, put in, or exchanged with their neighbours.
  function distance(a, b) {
    const rows = [[...Array(b.length + 1).keys()]];
    for (let i = 1; i <= a.length; i++) {
      const [above, row] = [rows[i - 1], [i]];
      for (let j = 1; j <= b.length; j++) {
        const same = a[i - 1] === b[j - 1];
        const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        row[j] = Math.min(
          above[j] + 1,
          row[j - 1] + 1,
          above[j - 1] + (same ? 0 : 1),
          swapped ? rows[i - 2][j - 2] + 1 : Infinity,
        );
      }
      rows.push(row);
    }
    return rows[a.length][b.length];
  }

  // A query with each word that the index does not know replaced by the one that is most like it; the query
  // itself where a word is like none. The index holds stems, and whole words in titles alone.
  function corrected(query) {
    const stemmer = new Stemmer();
    const { terms, titleterms, alltitles, indexentries } = Search._index;
    const titles = Object.keys({ ...alltitles, ...indexentries }).join(" ");
    const whole = new Set(splitQuery(titles.toLowerCase()));
    const meant = splitQuery(query).map((given) => {
      const word = given.toLowerCase();
      const stem = stemmer.stemWord(word);
      if (stopwords.has(word) || /^\d+$/.test(word)) return given;
      if (stem in terms || stem in titleterms) return given;
      const like = [...whole].map((known) => ({
        known,
        far: distance(word, known),
        stem: stemmer.stemWord(known),
      }));
      if (word.startsWith(stem))
        for (const other of Object.keys(terms))
          like.push({
            known: other + word.slice(stem.length),
            far: distance(stem, other),
            stem: other,
          });
      const pages = ({ stem }) => [terms[stem] ?? []].flat().length;
      const [best] = like
        .filter(({ far }) => far <= (word.length < 5 ? 1 : 2))
        .sort((a, b) => a.far - b.far || pages(b) - pages(a));
      return best?.known ?? "";
    });
    return meant.includes("") ? query : meant.join(" ");
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

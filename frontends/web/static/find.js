// The search of an exported site: works from a disk, asks nobody. The index is fetched when somebody begins to type.
"use strict";
(() => {
  const base = new URL("..", document.currentScript.src), MOST = 40;
  const box = document.getElementById("q"), main = document.getElementById("main"), before = [...main.childNodes];

  function load() {
    if (window.docwatchIndex || document.querySelector("script[data-index]")) return;
    const script = document.createElement("script");
    script.src = new URL("static/index.js", base);
    script.dataset.index = "";
    script.addEventListener("load", show);
    document.head.append(script);
  }

  // A name that is what was typed counts most, then its beginning, then a part of it, then of the path, then of the text.
  function score(word, path, summary, names) {
    let best = path.includes(word) ? 2 : summary.includes(word) ? 1 : 0, line = null;
    for (const [name, at] of names) {
      const lower = name.toLowerCase();
      const points = lower === word ? 8 : lower.startsWith(word) ? 5 : lower.includes(word) ? 3 : 0;
      if (points > best) [best, line] = [points, at];
    }
    return [best, line];
  }

  function find(words) {
    const hits = [];
    for (const [path, page, summary, names] of window.docwatchIndex ?? []) {
      let total = 0, line = null, top = 0;
      for (const word of words) {
        const [points, at] = score(word, path.toLowerCase(), summary.toLowerCase(), names);
        if (!points) { total = 0; break; }
        total += points;
        if (at !== null && points > top) [top, line] = [points, at];
      }
      if (total) hits.push({ path, page, summary, line, total });
    }
    return hits.sort((a, b) => b.total - a.total || a.path.length - b.path.length);
  }

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function show() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return main.replaceChildren(...before);
    const hits = find(words);
    const items = hits.slice(0, MOST).map((hit) => element("li", {},
      element("a", { href: new URL(hit.page.split("/").map(encodeURIComponent).join("/") + (hit.line ? `#L${hit.line}` : ""), base) }, hit.path, hit.line ? `:${hit.line}` : ""),
      element("p", { className: "about" }, hit.summary)));
    const title = `${hits.length} file${hits.length === 1 ? "" : "s"} for “${box.value}”`;
    main.replaceChildren(element("div", { className: "head" }, element("h1", {}, title)), element("ol", { className: "hits" }, ...items));
  }

  box.addEventListener("focus", load);
  box.addEventListener("input", () => { load(); show(); });
  box.form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
})();

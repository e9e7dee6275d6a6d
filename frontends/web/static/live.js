// The running page: asks again for what it shows when that has changed. Without this file everything can be read as well.
"use strict";
(() => {
  const LEAST_MS = 300;
  let source = null, asked = 0, waiting = null, isAsking = false;

  const main = () => document.getElementById("main");

  // Whether a change of these paths (null: of anything) can be seen on this page.
  function concerns(paths) {
    const path = main().dataset.path;
    if (paths === null || path === undefined || path === "") return true;
    return paths.some((one) => one === path || one.startsWith(path + "/"));
  }

  async function again() {
    waiting = null;
    if (isAsking) return later();
    isAsking = true;
    const began = performance.now();
    try {
      const page = await load(location.href);
      if (page.getElementById("main")) await show(page);
    } catch { /* the server is gone or restarts: the event source tries again */ }
    isAsking = false;
    // What is slow to make is asked for less often.
    asked = performance.now() + Math.max(LEAST_MS, 3 * (performance.now() - began));
  }

  async function load(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  async function show(page) {
    document.title = page.title;
    swap("main", page);
    // Without a watcher the counts take a look at the disk, for which most pages do not wait.
    swap("counts", page.getElementById("counts").childElementCount ? page : await load("/queue"));
  }

  function swap(id, page) {
    const now = document.getElementById(id), next = page.getElementById(id);
    if (next && !now.isEqualNode(next)) htmx.swap({ target: now, text: next.outerHTML, swap: "outerMorph" });
  }

  function later() {
    waiting ??= setTimeout(again, Math.max(0, asked - performance.now()));
  }

  // What changed since the page was made, or since the connection was lost, is told first.
  function listen() {
    source?.close();
    source = new EventSource("/events?since=" + encodeURIComponent(main().dataset.now));
    source.addEventListener("error", () => { source.close(); setTimeout(() => document.hidden || listen(), 1000); });
    source.addEventListener("change", (event) => { if (concerns(JSON.parse(event.data).paths)) later(); });
  }

  // A browser has few connections to one server: a tab that nobody looks at gives its up.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source?.close();
    else listen();
  });

  // The address is that of the search, so that it can be kept and reloaded.
  const box = document.getElementById("q");
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement === box) history.replaceState(null, "", "/search?" + new URLSearchParams({ q: box.value }));
  });

  if (!document.getElementById("counts").childElementCount) load("/queue").then((page) => swap("counts", page), () => {});
  if (!document.hidden) listen();
})();

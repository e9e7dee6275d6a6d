// Keys and the lines of the graph; nothing that is needed to read.
"use strict";
(() => {
  const box = document.getElementById("q");
  const links = () => [...document.querySelectorAll(".hits a, .list th a")];

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !isTyping) {
      box.focus();
      box.select();
    } else if (event.key === "Escape" && document.activeElement === box) {
      box.blur();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = links(), at = all.indexOf(document.activeElement);
      if (document.activeElement !== box && at < 0) return;
      const next = event.key === "ArrowDown" ? at + 1 : at - 1;
      (next < 0 ? box : all[Math.min(next, all.length - 1)])?.focus();
    } else {
      return;
    }
    event.preventDefault();
  });

  // In a drawing, what a node has to do with stands out while it is pointed at or has the focus.
  function light(event) {
    const node = event.target.closest?.(".drawing .node");
    for (const drawing of document.querySelectorAll(".drawing")) {
      const its = node && drawing.contains(node) ? node.dataset.key : null;
      drawing.classList.toggle("lit", its !== null);
      const near = new Set([its]);
      for (const edge of drawing.querySelectorAll(".edge")) {
        const isOn = its !== null && (edge.dataset.from === its || edge.dataset.to === its);
        edge.classList.toggle("on", isOn);
        if (isOn) near.add(edge.dataset.from).add(edge.dataset.to);
      }
      for (const one of drawing.querySelectorAll(".node")) one.classList.toggle("on", its !== null && near.has(one.dataset.key));
    }
  }
  for (const focus of document.querySelectorAll(".drawing .focus")) {
    const drawing = focus.closest(".drawing"), place = focus.getBBox();
    drawing.scrollTo(place.x + (place.width - drawing.clientWidth) / 2, place.y + (place.height - drawing.clientHeight) / 2);
  }
  for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, light);
})();

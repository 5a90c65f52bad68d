// Tables sort and filter, and pages are found by name. Without this script all of it can be read as it stands.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const text = (cell) => cell.dataset.sort ?? cell.textContent.trim();
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y) ? x - y : a.localeCompare(b, document.documentElement.lang);
  };
  for (const table of document.querySelectorAll(".sheet > table:not(.matrix)")) {
    const body = table.tBodies[0];
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const descending = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const isFigure = heading.classList.contains("figure");
        const key = (row) => text(row.cells[place]);
        const isNone = (row) => isFigure && row.cells[place].dataset.sort === undefined;
        const rows = [...body.rows].sort((a, b) => isNone(a) - isNone(b) || (descending ? -1 : 1) * compare(key(a), key(b)));
        body.append(...rows);
      });
    });
    if (table.dataset.filter) {
      const input = document.createElement("input");
      input.type = "search";
      input.className = "filter";
      input.placeholder = table.dataset.filter;
      input.setAttribute("aria-label", `${table.dataset.filter}: ${table.caption.textContent}`);
      input.addEventListener("input", () => {
        const wanted = input.value.toLocaleLowerCase();
        for (const row of body.rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
      });
      table.parentElement.before(input);
    }
  }
  const form = document.querySelector("form.search");
  const pages = window.pages;
  if (!form || !pages) return;
  form.hidden = false;
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  input.addEventListener("input", () => {
    const wanted = plain(input.value).split(/\s+/).filter(Boolean);
    found.replaceChildren();
    if (!wanted.length) return;
    const hits = pages.filter(([words]) => wanted.every((word) => plain(words).includes(word))).slice(0, 8);
    for (const [words, path] of hits) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = input.dataset.root + path;
      link.textContent = words;
      item.append(link);
      found.append(item);
    }
    if (!hits.length) {
      const item = document.createElement("li");
      item.textContent = input.dataset.none;
      found.append(item);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    found.querySelector("a")?.click();
  });
});

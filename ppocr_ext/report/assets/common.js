// What every page shares: text, numbers, tables, buttons. Text only ever enters as text, never as HTML.
"use strict";
const page = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);

  function make(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  // ---- numbers as people read them
  const count = (number) => Math.round(number).toLocaleString("en-US");
  const counted = (number, noun) => `${count(number)} ${noun}${Math.round(number) === 1 ? "" : "s"}`;
  const two = (number) => String(number).padStart(2, "0");
  function moment(seconds) {
    if (seconds === null || seconds === undefined) return "–";
    const d = new Date(seconds * 1000);
    return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ` +
      `${two(d.getHours())}:${two(d.getMinutes())}`;
  }
  function duration(seconds) {
    if (seconds === null || seconds === undefined) return "–";
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return minutes ? `${minutes} min` : `${Math.round(seconds)} s`;
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours} h ${minutes % 60} min` : `${(hours / 24).toFixed(1)} d`;
  }
  function show(form, number) {
    if (number === null || number === undefined) return "–";
    const digits = Number((form.match(/\.(\d+)/) || [0, 4])[1]);
    if (form.endsWith("%")) return `${(number * 100).toFixed(digits)}%`;
    return form.endsWith("e") ? number.toExponential(digits) : number.toFixed(digits);
  }
  function bytes(number) {
    const power = Math.min(Math.floor(Math.log10(Math.max(number, 1)) / 3), 4);
    return `${Number((number / 1000 ** power).toPrecision(3))} ${["B", "kB", "MB", "GB", "TB"][power]}`;
  }

  // ---- tables that sort
  function sortableTable(columns, rows, options = {}) {
    const body = make("tbody");
    const fill = (ordered) => body.replaceChildren(...ordered.map((row) =>
      make("tr", { className: options.isBest && options.isBest(row) ? "best" : "" },
        ...columns.map((column) => make("td", {
          className: column.text ? "text" : "", textContent: column.show(row) })))));
    let order = null;
    const heads = columns.map((column) => {
      const button = make("button", { type: "button", textContent: column.title,
        title: column.meaning || "sort" });
      const head = make("th", { className: column.text ? "text" : "", scope: "col" }, button);
      button.addEventListener("click", () => {
        const down = order && order.column === column ? -order.down : -1;
        order = { column, down };
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down < 0 ? "descending" : "ascending");
        fill([...rows].sort((a, b) => compare(column.value(a), column.value(b)) * down));
      });
      return head;
    });
    fill(rows);
    return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
  }
  function compare(a, b) {
    if (a === null || a === undefined) return b === null || b === undefined ? 0 : -1;
    if (b === null || b === undefined) return 1;
    return typeof a === "string" ? a.localeCompare(b) : a - b;
  }
  const plain = (title, key, form = (x) => x) => ({
    title, value: (row) => row[key], show: (row) => form(row[key]), text: form === String });

  // ---- colours and buttons
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  function choice(id, names, titleOf, start, pick) {
    const buttons = names.map((name) => {
      const button = make("button", { type: "button", textContent: titleOf(name) });
      button.dataset.name = name;
      button.setAttribute("aria-pressed", name === start);
      button.addEventListener("click", () => {
        buttons.forEach((other) => other.setAttribute("aria-pressed", other === button));
        pick(name);
      });
      return button;
    });
    byId(id).append(...buttons);
  }

  function setUpTheme(redraw) {
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "dark" : "light";
    byId("theme").addEventListener("click", () => {
      root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
      redraw();
    });
  }

  function onOtherWidth(redraw) {
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth === width) return; // phones resize when their bars come and go
      width = innerWidth;
      redraw();
    });
  }

  // ---- several runs in one plot
  const PAINTS = ["--blue", "--red", "--green", "--orange", "--violet", "--quiet"];
  const DASHES = [[], [8, 4], [2, 3]];
  /** lines: {name, xs, ys, number}, the number deciding the colour; x and y: how values are shown. */
  function drawCourses(box, axis, lines, x, y) {
    const ink = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 },
      ticks: { stroke: color("--line"), width: 1 } };
    const tables = lines.map(({ xs, ys }) => {
      const kept = xs.map((_, i) => i).filter((i) => xs[i] !== null);
      return [kept.map((i) => xs[i]), kept.map((i) => ys[i])];
    });
    return new uPlot({
      width: box.clientWidth - 24, height: 380,
      scales: { x: { time: false } },
      axes: [{ ...ink, size: 34, label: axis, labelSize: 18, labelGap: 0 }, { ...ink, size: 62 }],
      series: [{ label: axis, value: (_, v) => (v === null ? "–" : x(v)) },
        ...lines.map(({ name, number }) => ({
          label: name, stroke: color(PAINTS[number % PAINTS.length]), width: 2,
          dash: DASHES[Math.floor(number / PAINTS.length) % DASHES.length], spanGaps: true,
          points: { show: true, size: 5 }, value: (_, v) => y(v) }))],
    }, uPlot.join(tables), box);
  }

  return { data, byId, make, count, counted, moment, duration, show, bytes, sortableTable, plain, color, DASHES,
    choice, drawCourses, setUpTheme, onOtherWidth };
})();

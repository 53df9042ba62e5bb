// Draws several runs from the JSON in #data: a table, and one plot of a metric over an axis.
(() => {
  const { data, byId, make, counted, count, moment, show, sortableTable, choice, drawCourses, setUpTheme,
    onOtherWidth } = page;
  const AXES = { steps: "step", hours: "hours since the start", samples: "lines seen" };
  let metric = data.metric;
  let axis = "steps";
  let plot = null;

  function drawTable() {
    const number = (text) => parseFloat(text.replace(/,/g, ""));
    byId("made").textContent = `Made ${moment(data.made)} from ${counted(data.runs.length, "run")}`;
    byId("rows").append(sortableTable(data.titles.map((title, i) => (i === 0
      ? { title, text: true, value: (row) => row[0], show: (row) => row[0] }
      : { title, value: (row) => (row[i] === "–" ? null : number(row[i])), show: (row) => row[i] })),
    data.rows, { isBest: (row) => row === data.rows[0] }));
  }

  function drawFindings() {
    for (const run of data.runs) {
      byId("findings").append(make("dt", { textContent: run.name }), make("dd", {
        textContent: run.findings.join("; ") || "No findings." }));
    }
  }

  function drawChart() {
    if (plot) plot.destroy();
    const box = byId("charts");
    box.replaceChildren();
    const [, title, form, better] = data.metrics.find(([name]) => name === metric);
    const runs = data.runs.filter((run) => run.values[metric].some((v) => v !== null));
    const chart = make("div", { className: "chart" },
      make("h3", { textContent: `${title} on the validation lines (${better} is better)` }));
    box.append(chart);
    const lines = runs.map((run) => ({ name: run.name, xs: run[axis], ys: run.values[metric],
      number: data.runs.indexOf(run) })); // a run keeps its colour whatever the metric
    plot = drawCourses(chart, AXES[axis], lines, (v) => (axis === "hours" ? v.toFixed(2) : count(v)),
      (v) => show(form, v));
  }

  setUpTheme(drawChart);
  drawTable();
  drawFindings();
  if (data.metrics.length) {
    const titles = Object.fromEntries(data.metrics);
    choice("metric", data.metrics.map(([name]) => name), (name) => titles[name], metric,
      (name) => { metric = name; drawChart(); });
    const known = (name) => data.runs.some((run) => run[name].some((x) => x !== null));
    choice("axis", Object.keys(AXES).filter(known), (name) => `by ${AXES[name]}`, axis,
      (name) => { axis = name; drawChart(); });
    byId("reset").addEventListener("click", drawChart);
    onOtherWidth(drawChart);
    drawChart();
  } else byId("charts-section").remove();
  document.documentElement.dataset.ready = "yes";
})();

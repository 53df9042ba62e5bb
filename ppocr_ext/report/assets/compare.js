// Draws several runs from the JSON in #data: a table, and one chart of a metric over an axis.
(() => {
  const { data, byId, make, count, moment, show, sortableTable, color, choice, setUpTheme } = page;
  const AXES = { steps: "step", hours: "hours since the start", samples: "lines seen" };
  const PAINTS = ["--blue", "--red", "--green", "--orange", "--violet", "--quiet"];
  const DASHES = [[], [8, 4], [2, 3]];
  let metric = data.metric;
  let axis = "steps";
  let plot = null;

  function drawTable() {
    const number = (text) => parseFloat(text.replace(/,/g, ""));
    byId("made").textContent = `Made ${moment(data.made)} from ${data.runs.length} runs`;
    byId("rows").append(sortableTable(data.titles.map((title, i) => (i === 0
      ? { title, text: true, value: (row) => row[0], show: (row) => row[0] }
      : { title, value: (row) => (row[i] === "–" ? null : number(row[i])), show: (row) => row[i] })),
    data.rows, { isBest: (row) => row === data.rows[0] }));
  }

  function drawFindings() {
    for (const run of data.runs) {
      byId("findings").append(make("dt", { textContent: run.name }), make("dd", {
        textContent: run.findings.join("; ") || "Nothing stands out." }));
    }
  }

  function drawChart() {
    if (plot) plot.destroy();
    const box = byId("charts");
    box.replaceChildren();
    const [, title, form, better] = data.metrics.find(([name]) => name === metric);
    const runs = data.runs.filter((run) => run.values[metric].some((v) => v !== null));
    const tables = runs.map((run) => {
      const kept = run[axis].map((x, i) => i).filter((i) => run[axis][i] !== null);
      return [kept.map((i) => run[axis][i]), kept.map((i) => run.values[metric][i])];
    });
    const chart = make("div", { className: "chart" },
      make("h3", { textContent: `${title} on the validation lines (${better} is better)` }));
    box.append(chart);
    const ink = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 },
      ticks: { stroke: color("--line"), width: 1 } };
    plot = new uPlot({
      width: chart.clientWidth - 24, height: 380,
      scales: { x: { time: false } },
      axes: [{ ...ink, size: 34, label: AXES[axis], labelSize: 18, labelGap: 0 },
        { ...ink, size: 62 }],
      series: [{ label: AXES[axis], value: (_, v) => (v === null ? "–"
          : axis === "hours" ? v.toFixed(2) : count(v)) },
        ...runs.map((run) => {
          const i = data.runs.indexOf(run); // a run keeps its colour whatever the metric
          return { label: run.name, stroke: color(PAINTS[i % PAINTS.length]), width: 2,
            dash: DASHES[Math.floor(i / PAINTS.length) % DASHES.length], spanGaps: true,
            points: { show: true, size: 5 }, value: (_, v) => show(form, v) };
        })],
    }, uPlot.join(tables), chart);
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
    addEventListener("resize", drawChart);
    drawChart();
  } else byId("charts-section").remove();
  document.documentElement.dataset.ready = "yes";
})();

// Draws the study from the JSON in #data.
(() => {
  const { data: study, byId, make, show, sortableTable, color, choice } = page;

  function drawHead() {
    document.title = `Study ${study.study}`;
    byId("title").textContent = `Study ${study.study}`;
    byId("made").textContent = study.summary;
    byId("parallel").src = study.parallel;
  }

  function drawTables() {
    const number = (text) => (/^[\d.,]/.test(text) ? parseFloat(text.replace(/,/g, "")) : text);
    const columns = study.titles.map((title, i) => ({
      title, value: (row) => number(row.cells[i]), show: (row) => row.cells[i],
      text: ["configuration", "status", "reason"].includes(title) }));
    byId("rows").append(sortableTable(columns, study.rows, { isBest: (row) => row.is_best }));
    if (!study.importances.length) { byId("importances-section").remove(); return; }
    byId("importances").append(sortableTable([
      { title: "dimension", text: true, value: (row) => row[0], show: (row) => row[0] },
      { title: "share", value: (row) => row[1], show: (row) => show(".0%", row[1]) },
    ], study.importances));
    byId("few").textContent = "What sets the best trials apart (PED-ANOVA)." +
      (study.few ? " Of few trials: a hint, no more." : "");
  }

  function drawInsights() {
    byId("findings").append(...study.insights.map((one) =>
      make("div", { className: "finding info" }, make("b", { textContent: one.text }),
        make("p", { textContent: one.evidence }))));
  }

  const AXES = { percent: "percent of the trial's steps", minutes: "minutes of training" };
  const PAINTS = ["--blue", "--red", "--green", "--orange", "--violet", "--quiet"];
  let axis = "percent";
  let plot = null;
  function drawCurves() {
    if (!study.curves.length) { byId("charts-section").remove(); return; }
    if (plot) plot.destroy();
    const box = byId("charts");
    const ink = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 } };
    const curves = study.curves.map((one) => [one[axis], one.value]);
    plot = new uPlot({
      width: box.clientWidth - 8, height: 380, scales: { x: { time: false } },
      axes: [{ ...ink, label: AXES[axis] }, { ...ink, size: 62, label: study.metric }],
      series: [{ label: AXES[axis] }, ...study.curves.map((one, i) => ({
        label: one.name, stroke: color(PAINTS[i % PAINTS.length]), width: 2, spanGaps: true,
        dash: i < PAINTS.length ? [] : [6, 4], points: { show: true, size: 5 },
        value: (_, v) => show(".4f", v) }))],
    }, uPlot.join(curves), box);
  }

  page.setUpTheme(drawCurves);
  drawHead();
  drawTables();
  drawInsights();
  choice("axis", Object.keys(AXES), (name) => `by ${AXES[name]}`, axis,
    (name) => { axis = name; drawCurves(); });
  drawCurves();
  document.documentElement.dataset.ready = "yes";
})();

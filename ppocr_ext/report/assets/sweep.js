// Draws the study from the JSON in #data.
(() => {
  const { data: study, byId, make, show, sortableTable, choice } = page;

  function drawHead() {
    document.title = `Study ${study.study}`;
    byId("title").textContent = `Study ${study.study}`;
    byId("made").textContent = study.summary;
    byId("parallel").src = study.parallel;
  }

  function drawTables() {
    const number = (text) => (text === "–" ? null
      : /^\d/.test(text) ? parseFloat(text.replace(/,/g, "")) : text);
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
  let axis = "percent";
  let plot = null;
  function drawCurves() {
    if (plot) plot.destroy();
    byId("charts").replaceChildren();
    const chart = make("div", { className: "chart" },
      make("h3", { textContent: `${study.metric} on the validation lines` }));
    byId("charts").append(chart);
    const lines = study.curves.map((one, number) => (
      { name: one.name, xs: one[axis], ys: one.value, number }));
    plot = page.drawCourses(chart, AXES[axis], lines, (v) => String(Number(v.toFixed(1))),
      (v) => show(".4f", v));
  }

  page.setUpTheme(() => { if (plot) drawCurves(); });
  drawHead();
  drawTables();
  drawInsights();
  if (study.curves.length) {
    choice("axis", Object.keys(AXES), (name) => `by ${AXES[name]}`, axis,
      (name) => { axis = name; drawCurves(); });
    drawCurves();
  } else byId("charts-section").remove();
  document.documentElement.dataset.ready = "yes";
})();

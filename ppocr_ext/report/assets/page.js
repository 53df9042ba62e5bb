// Draws the report from the JSON in #data.
(() => {
  const { data: report, byId, make, counted, count, moment, duration, show, bytes, sortableTable,
    plain, color, choice, onOtherWidth, DASHES } = page;

  // ---- head
  function drawHead() {
    document.title = `${report.run}: report card`;
    byId("title").textContent = report.run;
    byId("made").textContent = `Made ${moment(report.made)} from ${report.logs.join(", ")}`;
    const values = (point) => (point ? point.values : {});
    const best = values(report.best);
    const isPast = report.best && report.latest && report.best.step !== report.latest.step;
    const latest = values(isPast ? report.latest : null);
    const metric = (title, key) => [title, show(".4f", best[key]),
      isPast ? `latest ${show(".4f", latest[key])}` : ""];
    const total = report.total_steps;
    const figures = [
      metric("best acc", "acc"), metric("norm_edit_dis", "norm_edit_dis"), metric("CER", "cer"),
      ["best at step", report.best ? count(report.best.step) : "–",
        isPast ? `latest ${count(report.latest.step)}` : ""],
      [total ? `of ${count(total)} steps` : "steps", count(report.last_step), ""],
      ["left", report.seconds_left ? duration(report.seconds_left) : "–", ""],
    ].filter(([, text]) => text !== "–");
    byId("figures").append(...figures.map(([title, text, beside]) =>
      make("div", { className: "figure" }, make("b", { textContent: text }), title,
        beside ? make("span", { className: "quiet", textContent: beside }) : null)));
  }

  function drawFindings() {
    const cards = report.findings.map((one) =>
      make("div", { className: `finding ${one.severity}` },
        make("b", { textContent: one.title }),
        make("span", { className: "quiet", textContent: ` ${one.severity}` }),
        make("p", { textContent: one.evidence }),
        one.advice ? make("p", { className: "quiet", textContent: one.advice }) : null));
    byId("findings").append(...(cards.length ? cards : ["No findings."]));
  }

  function drawTables() {
    const columns = [
      plain("step", "step", count),
      plain("epoch", "epoch", (x) => (x === null ? "–" : String(x))),
      plain("time", "time", moment),
      ...report.columns.map((column) => ({
        title: column.title, meaning: column.meaning,
        value: (row) => row.values[column.key],
        show: (row) => show(column.form, row.values[column.key]) })),
    ];
    byId("rows").append(sortableTable(columns, report.rows, { isBest: (row) => row.is_best }));
    byId("legend").textContent =
      report.columns.map((column) => `${column.title}: ${column.meaning}`).join("; ");
    const ofSet = (title, metric, form = ".4f") => [
      { title: `first ${title}`, value: (row) => row.first[metric],
        show: (row) => show(form, row.first[metric]) },
      { title: `latest ${title}`, value: (row) => row.latest[metric],
        show: (row) => show(form, row.latest[metric]) }];
    fillSection("sets", report.sets, [
      plain("set", "name", String), ofSet("lines", "n", ".0f")[1], ...ofSet("acc", "acc"),
      ...ofSet("CER", "cer"), ...ofSet("unaccented acc", "unaccented_acc"),
      ...ofSet("confidence", "confidence_mean"), ofSet("5th percentile", "confidence_p5")[1],
      ...ofSet("95th percentile", "confidence_p95")]);
    fillSection("phases", report.phases, [
      plain("phase", "name", String), plain("from step", "first_step", count),
      plain("to step", "last_step", count), plain("from", "began", moment),
      plain("to", "ended", moment), plain("what happened", "words", String)]);
    fillSection("checkpoints", report.checkpoints, [
      plain("name", "name", String), plain("step", "step", (x) => (x === null ? "–" : count(x))),
      plain("saved", "saved", moment),
      { title: "size", value: weight, show: (row) => bytes(weight(row)) },
      plain("integrity", "verdict", String)]);
    fillSection("swaps", report.swaps.map((swap, i) => ({ ...swap, number: i + 1 })), [
      plain("change", "number"), plain("step", "step", count), plain("time", "time", moment),
      { title: "changes", text: true, value: (row) => row.changes.join("; "),
        show: (row) => row.changes.join("; ") }]);
  }
  const weight = (row) => row.files.reduce((sum, file) => sum + file.size, 0);
  function fillSection(id, rows, columns) {
    if (rows.length) byId(id).append(sortableTable(columns, rows));
    else byId(`${id}-section`).remove();
  }

  function drawWords() {
    for (const line of report.summary) {
      byId("summary").append(make("dt", { textContent: line.title }),
        make("dd", { textContent: line.text }));
    }
    const kinds = Object.entries(report.reading.kinds).map(([kind, n]) => `${count(n)} ${kind}`);
    const encodings = Object.keys(report.reading.encodings).join(", ");
    byId("reading").textContent =
      `${counted(report.reading.lines, "line")} (${kinds.join(", ")}); encodings: ${encodings}.`;
    const unknown = Object.values(report.reading.examples).flat();
    byId("unknown").append(...unknown.map((text) => make("li", { textContent: text })));
  }

  // ---- plots
  const AXES = {
    step: { title: "step", of: (table) => table.step },
    hours: { title: "hours since the start", of: (table) => table.time.map((t) =>
      (t === null || report.began === null ? null : (t - report.began) / 3600)) },
    samples: { title: "lines seen", of: (table) => table.samples },
  };
  const CHARTS = [
    { title: "Accuracy on the validation lines (higher is better)", lines: [
      ["eval", "acc", "acc", "--green", ".4f"],
      ["eval", "norm_edit_dis", "norm_edit_dis", "--blue", ".4f"],
      ["eval", "unaccented_acc", "unaccented acc", "--orange", ".4f"],
      ["train", "acc", "acc, training batches", "--quiet", ".4f"]] },
    { title: "Error rates on the validation lines (lower is better)", log: true, lines: [
      ["eval", "cer", "CER", "--red", ".4f"], ["eval", "wer", "WER", "--violet", ".4f"]] },
    { title: "Loss per line (lower is better)", log: true, lines: [
      ["eval", "loss", "validation", "--red", ".3f"], ["train", "loss", "training", "--blue", ".3f"]] },
    { title: "Speed: training lines per second", lines: [
      ["train", "ips", "lines per second", "--blue", ".1f"]] },
    { title: "Learning rate", lines: [["train", "lr", "learning rate", "--orange", ".2e"]] },
    { title: "Part of the time spent waiting for data", lines: [
      ["train", "reader_share", "waiting", "--red", ".0%"]] },
    { title: "Memory (MB)", lines: [
      ["train", "host_mem_mb", "process", "--blue", ".0f"],
      ["train", "gpu_mem_mb", "GPU in use", "--violet", ".0f"],
      ["train", "max_mem_reserved_mb", "GPU, most reserved", "--orange", ".0f"]] },
    { title: "Temperature of the GPU (°C)", lines: [
      ["train", "gpu_temp", "°C", "--red", ".0f"]] },
  ];
  const PAINTS = ["--green", "--blue", "--red", "--orange", "--violet", "--quiet"];
  const ofSets = (title, metric, log) => ({ title, log, lines: report.sets.map(({ name }, i) => [
    "eval", name === "main set" ? metric : `${name}/${metric}`, name,
    PAINTS[i % PAINTS.length], ".4f", DASHES[Math.floor(i / PAINTS.length) % DASHES.length]]) });
  CHARTS.splice(2, 0, ofSets("CER of each set (lower is better)", "cer", true),
    ofSets("Mean confidence of each set", "confidence_mean"),
    ofSets("95th percentile of each set's confidence", "confidence_p95"));
  let axis = "step";
  let drawn = [];
  const has = (table, key) => (report.series[table][key] || []).some((v) => v !== null);

  function aligned(lines) {
    const tables = lines.map(([table, key]) => {
      const source = report.series[table];
      const xs = AXES[axis].of(source);
      const kept = xs.map((x, i) => i).filter((i) => xs[i] !== null);
      return [kept.map((i) => xs[i]), kept.map((i) => source[key][i])];
    });
    return uPlot.join(tables);
  }

  function marks(chart) {
    return (plot) => {
      const { ctx, bbox } = plot;
      const place = (step) => {
        const at = report.series.place[step];
        const x = axis === "step" ? step : at ? at[axis] : null;
        return x === null || x === undefined || x < plot.scales.x.min || x > plot.scales.x.max
          ? null : plot.valToPos(x, "x", true);
      };
      ctx.save();
      ctx.font = `${11 * devicePixelRatio}px system-ui`;
      for (const [i, swap] of report.swaps.entries()) {
        const x = place(swap.step);
        if (x === null) continue;
        ctx.strokeStyle = ctx.fillStyle = color("--quiet");
        ctx.setLineDash([3, 4]);
        ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
        ctx.textAlign = "left";
        ctx.fillText(`change ${i + 1}`, x + 4, bbox.top + 12 * devicePixelRatio);
      }
      const x = report.best && chart === CHARTS[0] ? place(report.best.step) : null;
      if (x !== null && report.best.values.acc !== undefined) {
        const y = plot.valToPos(report.best.values.acc, "y", true);
        ctx.fillStyle = color("--green");
        ctx.font = `${20 * devicePixelRatio}px system-ui`;
        ctx.textAlign = "center"; ctx.textBaseline = "middle";
        ctx.fillText("★", x, y);
        ctx.font = `bold ${12 * devicePixelRatio}px system-ui`;
        ctx.textAlign = x > bbox.left + bbox.width / 2 ? "right" : "left";
        ctx.fillText(` best ${show(".4f", report.best.values.acc)} `, x, y - 16 * devicePixelRatio);
      }
      ctx.restore();
    };
  }

  function wholeRun() {
    const { eval: judged, train } = report.series;
    const xs = [...AXES[axis].of(judged), ...AXES[axis].of(train)].filter((x) => x !== null);
    return { min: Math.min(...xs), max: Math.max(...xs) };
  }
  const last = (column) => column.findLast((v) => v !== null && v !== undefined);

  function drawCharts() {
    const whole = wholeRun(); // the same for every plot, so that they can be read one below another
    drawn.forEach((plot) => plot.destroy());
    drawn = [];
    byId("charts").replaceChildren();
    const boxes = CHARTS.map((chart) => {
      const lines = chart.lines.filter(([table, key]) => has(table, key));
      const box = make("div", { className: "chart" }, make("h3", { textContent: chart.title }));
      return { chart, lines, box };
    }).filter(({ lines }) => lines.length);
    byId("charts").append(...boxes.map(({ box }) => box)); // all, so that the grid has its columns
    for (const { chart, lines, box } of boxes) {
      const data = aligned(lines);
      const values = data.slice(1).flat().filter((v) => v !== null && v !== undefined);
      const log = chart.log && Math.min(...values) > 0 &&
        Math.max(...values) > 8 * Math.min(...values);
      const ink = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 },
        ticks: { stroke: color("--line"), width: 1 } };
      const plot = new uPlot({
        width: box.clientWidth - 24, height: 260,
        scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
        cursor: { sync: { key: "report" }, drag: { x: true, y: false } },
        axes: [{ ...ink, size: 34, label: AXES[axis].title, labelSize: 18, labelGap: 0 },
          { ...ink, size: 62, values: (_, ticks) => ticks.map((v) =>
            (v === null ? "" : chart.lines[0][4].endsWith("%") ? `${Math.round(v * 100)}%`
              : Math.abs(v) >= 1e4 ? count(v) : String(Number(v.toPrecision(6))))) }],
        series: [{ label: AXES[axis].title, value: (_, v) => (v === null ? "latest"
            : axis === "hours" ? v.toFixed(2) : count(v)) },
          ...lines.map(([table, , label, paint, form, dash]) => ({
            label, stroke: color(paint), dash, width: table === "eval" ? 2 : 1, spanGaps: true,
            points: { show: table === "eval" && report.series.eval.step.length < 80, size: 5 },
            value: (_, v, i, at) => show(form, at === null ? last(data[i]) : v) }))],
        hooks: { draw: [marks(chart)] },
      }, data, box);
      if (whole.min < whole.max) plot.setScale("x", whole);
      drawn.push(plot);
    }
    if (!drawn.length) byId("charts-section").remove();
  }

  function setUpCharts() {
    const known = (name) => AXES[name].of(report.series.train).some((x) => x !== null) ||
      AXES[name].of(report.series.eval).some((x) => x !== null);
    choice("axis", Object.keys(AXES).filter(known), (name) => `by ${AXES[name].title}`, axis,
      (name) => { axis = name; drawCharts(); });
    byId("reset").addEventListener("click", drawCharts);
    onOtherWidth(drawCharts);
    drawCharts();
  }

  // ---- gallery
  const PAGE = 50;
  const wanted = { kind: "all", text: "", shown: PAGE };
  function line(title, pieces, side) {
    const texts = pieces.map((piece) => piece.kind === "same"
      ? document.createTextNode(piece[side])
      : make("mark", { className: piece.kind,
        textContent: piece[side].replaceAll(" ", "␣") || "\u2009" })); // a space must be seen
    return make("div", { className: "line" }, make("span", { textContent: title }), ...texts);
  }
  function card(mistake) {
    const picture = mistake.picture
      ? make("img", { src: mistake.picture, alt: mistake.truth, loading: "lazy" })
      : make("span", { className: "quiet", textContent: "image not found" });
    const words = [report.kinds[mistake.kind], mistake.image];
    if (mistake.confidence !== null) words.unshift(`confidence ${mistake.confidence.toFixed(3)}`);
    return make("div", { className: "mistake" }, picture,
      line("truth", mistake.pieces, "truth"), line("read", mistake.pieces, "prediction"),
      make("div", { className: "quiet", textContent: words.join(" · ") }));
  }
  function drawGallery() {
    const text = wanted.text.normalize("NFC").toLowerCase();
    const found = report.mistakes.filter((one) =>
      (wanted.kind === "all" || one.kind === wanted.kind) &&
      (!text || `${one.truth}\n${one.prediction}`.toLowerCase().includes(text)));
    byId("gallery").replaceChildren(...found.slice(0, wanted.shown).map(card));
    const all = report.mistakes_in_all;
    byId("gallery-count").textContent =
      `${count(found.length)} of ${counted(report.mistakes.length, "line")}` +
      (all > report.mistakes.length ? ` kept here of ${count(all)} in errors.jsonl` : "") +
      ", the most confident first; yellow: only marks differ, red: other characters";
    byId("more").hidden = found.length <= wanted.shown;
  }
  function setUpGallery() {
    if (!report.mistakes.length) { byId("gallery-section").remove(); return; }
    const numbers = {};
    for (const one of report.mistakes) numbers[one.kind] = (numbers[one.kind] || 0) + 1;
    const kinds = Object.keys(report.kinds).filter((kind) => numbers[kind]);
    const title = (kind) => (kind === "all" ? "all" : `${report.kinds[kind]} (${numbers[kind]})`);
    const redraw = (change) => { Object.assign(wanted, { shown: PAGE }, change); drawGallery(); };
    choice("kinds", ["all", ...kinds], title, "all", (kind) => redraw({ kind }));
    byId("search").addEventListener("input", (event) => redraw({ text: event.target.value }));
    byId("more").addEventListener("click", () => redraw({ shown: wanted.shown + PAGE }));
    drawGallery();
  }

  page.setUpTheme(drawCharts);
  drawHead();
  drawFindings();
  drawTables();
  drawWords();
  setUpGallery();
  setUpCharts();
  document.documentElement.dataset.ready = "yes";
})();

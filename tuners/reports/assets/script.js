"use strict";

/* Buttons that the page has no use for; the first would send a chart away. */
const REMOVED = ["sendChartToCloud", "lasso2d", "select2d", "autoScale2d"];

const figures = JSON.parse(document.getElementById("figures").textContent);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* The colours of a layout follow the page's, which are light or dark as the reader has chosen. */
function themed(layout) {
  const axis = { gridcolor: colour("--line"), linecolor: colour("--line"), zerolinecolor: colour("--line") };
  const hover = { bgcolor: colour("--card"), bordercolor: colour("--line"), font: { color: colour("--ink") } };
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  return {
    ...layout,
    ...Object.fromEntries(axes.map((key) => [key, { ...axis, ...layout[key] }])),
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--line"), activecolor: colour("--accent") },
    hoverlabel: { ...hover, align: "left" },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--ink"), family: getComputedStyle(document.body).fontFamily, size: 12 },
  };
}

function draw() {
  figures.forEach(({ data, layout }, number) => {
    const config = { displayModeBar: layout.height > 300, responsive: true, displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: REMOVED };
    Plotly.react(`figure-${number}`, data, themed(structuredClone(layout)), config);
  });
}

/* A click on a point shows the row of its trial. */
function mark(trial) {
  document.querySelectorAll("tr.marked").forEach((row) => row.classList.remove("marked"));
  const row = document.getElementById(`trial-${trial}`);
  if (row) {
    row.classList.add("marked");
    row.scrollIntoView({ block: "center" });
  }
}

/* Numbers come before texts. */
function compare(a, b) {
  const [x, y] = [a.dataset.key, b.dataset.key];
  if (x !== undefined && y !== undefined) return Number(x) - Number(y);
  if (x === undefined && y === undefined) return a.textContent.localeCompare(b.textContent, "en", { numeric: true });
  return x === undefined ? 1 : -1;
}

function sortable(heading) {
  let ascending = false;
  heading.classList.add("sortable");
  heading.addEventListener("click", () => {
    const place = heading.cellIndex;
    const body = heading.closest("table").tBodies[0];
    const cell = (row) => row.cells[place];
    ascending = !ascending;
    const sign = ascending ? 1 : -1;
    body.append(...[...body.rows].sort((a, b) => sign * compare(cell(a), cell(b))));
  });
}

draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
figures.forEach((_, number) => {
  document.getElementById(`figure-${number}`).on("plotly_click", ({ points }) => {
    if (points[0].customdata !== undefined) mark(points[0].customdata);
  });
});
document.querySelectorAll("section:last-of-type th").forEach(sortable);

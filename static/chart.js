// Shows the numbers of the place in a chart that is pointed at, read from the chart's own table.

const text = (cell) => cell.textContent.trim();

function point(figure, svg, clientX) {
  const rows = figure.querySelectorAll("tbody tr");
  const box = svg.getBoundingClientRect();
  const scale = svg.viewBox.baseVal.width / box.width;
  const left = Number(svg.dataset.left);
  const plot = Number(svg.dataset.plot);
  const at = Math.floor(((clientX - box.left) * scale - left) / plot * rows.length);
  const row = rows[at];
  if (!row) {
    leave(figure);
    return;
  }
  const names = [...figure.querySelectorAll("thead th")].slice(1).map(text);
  const [time, ...values] = [...row.cells].map(text);
  const told = names.map((name, place) => `${name}: ${values[place]}`).join(" · ");
  figure.querySelector(".pointed").textContent = `${time} · ${told}`;
  const cursor = svg.querySelector(".cursor");
  const x = left + plot * (at + 0.5) / rows.length;
  cursor.setAttribute("d", `M${x} ${cursor.dataset.top}V${cursor.dataset.bottom}`);
}

function leave(figure) {
  figure.querySelector(".pointed").textContent = "";
  figure.querySelector(".cursor").setAttribute("d", "");
}

// One listener for all charts, also for those that come later.
function pointed(event) {
  const figure = event.target.closest?.("figure.chart");
  const svg = event.target.closest?.("figure.chart svg");
  for (const other of document.querySelectorAll("figure.chart")) {
    if (other !== figure || !svg) {
      leave(other);
    }
  }
  if (svg) {
    point(figure, svg, event.clientX);
  }
}

document.addEventListener("pointermove", pointed);
document.addEventListener("pointerdown", pointed);

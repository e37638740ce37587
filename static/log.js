// Puts lines of the log under those on the page as they are written.

// Most lines of the page: older ones leave it, and are found by its links.
const LINES_MAX = 500;

// Makes a line. What others said in it is text and nothing else.
function lineOf(line) {
  const row = document.createElement("tr");
  const time = document.createElement("time");
  time.dateTime = time.title = line.exact;
  time.textContent = line.clock;
  const when = row.insertCell();
  when.className = "tight";
  when.append(time);
  const level = document.createElement("span");
  level.className = line.kind;
  level.textContent = line.level;
  const how = row.insertCell();
  how.className = "tight";
  how.append(level);
  const what = row.insertCell();
  what.className = "line";
  what.textContent = line.message;
  if (line.rest) {
    const rest = document.createElement("small");
    rest.textContent = line.rest;
    what.append(" ", rest);
  }
  return row;
}

function follow(place) {
  const [state, button] = [place.querySelector(".state"), place.querySelector("button")];
  const rows = document.getElementById("lines");
  const address = new URL(place.dataset.lines, location.href);
  let source = null;

  function tell(kind, text) {
    state.className = `state ${kind}`;
    state.textContent = text;
  }

  function add(row) {
    // Who has scrolled back is left there.
    const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 40;
    document.querySelector("[data-empty]")?.remove();
    rows.append(row);
    while (rows.rows.length > LINES_MAX) rows.deleteRow(0);
    if (atEnd) window.scrollTo(0, document.body.scrollHeight);
  }

  function end(kind, text) {
    source?.close();
    source = null;
    button.textContent = "Go on";
    tell(kind, text);
  }

  function begin() {
    tell("", "Connecting…");
    button.textContent = "Pause";
    source = new EventSource(address);
    source.onopen = () => tell("ok", "Live: new lines appear here.");
    source.onmessage = (message) => {
      // Where to go on after a pause.
      address.searchParams.set("after", message.lastEventId);
      add(lineOf(JSON.parse(message.data)));
    };
    source.addEventListener("lost", (message) => {
      const row = document.createElement("tr");
      const cell = row.insertCell();
      cell.colSpan = 3;
      cell.textContent = `${message.data} lines came too fast to be shown.`;
      add(row);
    });
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED) {
        end("bad", "Refused: load the page again; you may have to sign in.");
      } else if (source !== null) {
        tell("warn", "The connection is lost; trying again…");
      }
    };
    // Why the appliance ended it.
    source.addEventListener("problem", (message) => {
      const problem = JSON.parse(message.data);
      if (problem.code !== "draining") end("bad", `Ended: ${problem.detail}`);
    });
  }

  button.hidden = false;
  button.addEventListener("click", () => (source === null ? begin() : end("", "Paused.")));
  begin();
}

for (const place of document.querySelectorAll("[data-lines]")) {
  follow(place);
}

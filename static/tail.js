// Puts events into a list as they come, newest first.

// Most lines of the list: older ones leave it, and are found by its links.
const LINES_MAX = 200;

// Which member of an event stands in which cell.
const CELLS = ["seq", "exact", "type", "source", "subject", "key", "size"];

// How long ago an instant was, in the words of the pages.
function ago(exact) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(exact)) / 1000));
  if (seconds < 1) return "now";
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} days ago`;
}

// Makes an event's line. What senders wrote is text and nothing else.
function lineOf(event) {
  const line = document.createElement("tr");
  for (const name of CELLS) {
    const cell = line.insertCell();
    if (name === "seq") {
      const link = document.createElement("a");
      link.href = event.address;
      link.textContent = event.seq;
      cell.className = "number";
      cell.append(link);
    } else if (name === "exact") {
      const time = document.createElement("time");
      time.dateTime = time.title = event.exact;
      time.textContent = ago(event.exact);
      cell.className = "tight";
      cell.append(time);
    } else {
      cell.textContent = event[name];
      if (name === "size") cell.className = "number";
      if (name === "key") cell.className = "text";
    }
  }
  return line;
}

function follow(place) {
  const [state, button] = [place.querySelector(".state"), place.querySelector("button")];
  const rows = document.getElementById(place.dataset.into);
  const shown = new Set(Array.from(rows.querySelectorAll("a"), (link) => link.getAttribute("href")));
  const address = new URL(place.dataset.tail, location.href);
  let source = null;
  let came = 0;

  function tell(kind, text) {
    state.className = `state ${kind}`;
    state.textContent = text;
  }

  function live() {
    tell("ok", came === 0 ? "Live: new events appear here." : `Live: ${came} new since the page was opened.`);
  }

  function show(message) {
    const event = JSON.parse(message.data);
    // Where to go on after a pause.
    address.searchParams.set("after", message.lastEventId);
    if (shown.has(event.address)) return;
    shown.add(event.address);
    rows.prepend(lineOf(event));
    while (rows.rows.length > LINES_MAX) {
      shown.delete(rows.rows[LINES_MAX].querySelector("a").getAttribute("href"));
      rows.deleteRow(LINES_MAX);
    }
    rows.closest(".scroll").hidden = false;
    document.querySelector("[data-empty]")?.remove();
    came += 1;
    live();
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
    source.onopen = live;
    source.onmessage = show;
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
      if (problem.code !== "draining") {
        end("bad", `Ended: ${problem.detail}`);
      }
    });
  }

  button.hidden = false;
  button.addEventListener("click", () => (source === null ? begin() : end("", "Paused.")));
  begin();
  setInterval(() => {
    for (const time of rows.querySelectorAll("time")) {
      time.textContent = ago(time.dateTime);
    }
  }, 10000);
}

for (const place of document.querySelectorAll("[data-tail]")) {
  follow(place);
}

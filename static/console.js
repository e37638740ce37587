// What a browser with scripts adds to pages that work without them.

// Copies the text of the element that a button names.
for (const button of document.querySelectorAll("button[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copies);
    await navigator.clipboard.writeText(source.textContent);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

// Asks before something is lost.
for (const form of document.querySelectorAll("form[data-asks]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.asks)) {
      event.preventDefault();
    }
  });
}

// A slash begins a search.
document.addEventListener("keydown", (event) => {
  const search = document.querySelector("input[type=search]");
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
  }
});

// Waits for something to arrive; half an hour of an open page is enough.
const ASK_EVERY_MS = 1000;
const ASK_FOR_MS = 30 * 60 * 1000;
for (const place of document.querySelectorAll("[data-awaits]")) {
  const [state, again, arrived] = ["[data-state]", "a", "[data-event]"].map((one) => place.querySelector(one));
  const began = Date.now();
  state.textContent = "waiting";
  again.hidden = true;
  const ask = async () => {
    const answer = await fetch(place.dataset.awaits, { redirect: "error" });
    const told = await answer.json();
    if (told.state !== "arrived") {
      return false;
    }
    state.textContent = "arrived";
    state.classList.add("ok");
    const [link, words] = [arrived.querySelector("a"), arrived.querySelector("span")];
    link.href = told.event.address;
    link.textContent = `event ${told.event.seq}`;
    words.textContent = `${told.event.type} from ${told.event.source}`;
    arrived.hidden = false;
    return true;
  };
  const next = async () => {
    // A page that nobody looks at asks nothing.
    const done = !document.hidden && await ask().catch(() => null);
    if (done === null || Date.now() - began > ASK_FOR_MS) {
      state.textContent = "not there yet";
      again.hidden = false;
    } else if (!done) {
      setTimeout(next, ASK_EVERY_MS);
    }
  };
  next();
}

// What is under way is looked at again after so many seconds.
const underWay = document.querySelector("[data-reloads]");
if (underWay) {
  setTimeout(() => location.reload(), Number(underWay.dataset.reloads) * 1000);
}

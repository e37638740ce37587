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

// What is under way is looked at again after so many seconds.
const underWay = document.querySelector("[data-reloads]");
if (underWay) {
  setTimeout(() => location.reload(), Number(underWay.dataset.reloads) * 1000);
}

// ---- Start

for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
byId("no-script").hidden = true;

filters.addEventListener("input", () => { applyFilters(); writeAddress(); });
filters.addEventListener("submit", (event) => event.preventDefault());
byId("clear").addEventListener("click", () => { filters.reset(); applyFilters(); writeAddress(); fields[0].focus(); });
byId("more").addEventListener("click", showMore);

ask.addEventListener("input", (event) => {
  if (event.target.name === "release") event.target.dataset.chosen = event.target.value;
  showAnswer();
  writeAddress();
});
ask.addEventListener("submit", (event) => event.preventDefault());
byId("forget").addEventListener("click", () => { ask.reset(); delete ask.elements.release.dataset.chosen; showAnswer(); writeAddress(); said.focus(); });

compareForm.addEventListener("input", showComparison);
compareForm.addEventListener("submit", (event) => event.preventDefault());

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
  const bar = event.target.closest("a.bar"); // without the script it leads to the claim; with it, to the card as well
  if (bar) {
    event.preventDefault();
    location.hash = address({ ask: "//" + bar.dataset.last, say: bar.dataset.claim });
  }
});

byId("own-file").addEventListener("change", (event) => { if (event.target.files[0]) openOwn(event.target.files[0]); });
addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  if (event.dataTransfer.files[0]) openOwn(event.dataTransfer.files[0]);
});

for (const embed of document.querySelectorAll("[data-badge]")) if (location.protocol.startsWith("http")) {
  const site = location.href.split(/[#?]/)[0].replace(/[^/]*$/, "");
  embed.querySelector("pre").textContent = "![" + embed.dataset.alt + "](https://img.shields.io/endpoint?url=" + encodeURIComponent(site + "badges/" + embed.dataset.badge + ".json") + ")";
  embed.querySelector("p").hidden = true;
}

addEventListener("hashchange", () => { if (location.hash !== written) follow(); });
chooseReleases();
if (location.hash) showComparison(); // what stands above the part that is meant must not grow later
follow();
started = true;
document.documentElement.dataset.ready = "1";
byId("data").dataset.readyAfter = String(Math.round(performance.now()));
if (!location.hash) setTimeout(showComparison); // below the first screen

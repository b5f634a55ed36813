// ---- Any two releases side by side

const compareForm = byId("compare-form");

/** What a claim's verdicts in a release say, with the settings where these differ. */
function inRelease(claim, release) {
  const number = data.claims.indexOf(claim);
  const rows = data.verdicts.filter((row) => row[CLAIM] === number && row[LITERAL] && data.cells[row[CELL]].release === release);
  const alike = new Map();
  for (const row of rows) {
    const key = row[WORDS] + "," + row[CAUSE];
    alike.set(key, [...(alike.get(key) || []), row]);
  }
  const several = alike.size > 1;
  return [stateChip(stateOf(claim, release)), ...[...alike.values()].filter(([row]) => several || row[CAUSE]).map((group) => {
    const known = data.known[data.causes[group[0][CAUSE]]];
    const where = [...new Set(group.map((row) => { const cell = data.cells[row[CELL]]; return "hub " + cell.hub + (cell.keras === "bundled" ? "" : ", " + data.labels.keras[cell.keras]); }))];
    return make("p", { class: "way" }, make("b", {}, data.texts[group[0][WORDS]]), several ? " with " + where.join("; ") : "", known ? ": " + known.what : "");
  })];
}

function showComparison() {
  const [one, other] = [compareForm.elements.one.value, compareForm.elements.other.value];
  const told = data.claims.filter((claim) => (claim.source === "page" || compareForm.elements.guides.checked)
    && [one, other].some((release) => stateOf(claim, release) !== "none"));
  const differ = told.filter((claim) => stateOf(claim, one) !== stateOf(claim, other));
  byId("compared").replaceChildren(
    make("p", {}, one === other ? "Choose two different releases." : differ.length ? differ.length + " of " + counted(told.length, "claim") + (differ.length === 1 ? " differs" : " differ") + "; the others are the same on both." : "All " + told.length + " claims are the same on both."),
    differ.length ? make("table", { class: "side" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Claim"), make("th", { scope: "col" }, releaseName(one)), make("th", { scope: "col" }, releaseName(other)))),
      make("tbody", {}, ...differ.map((claim) => make("tr", {}, make("th", { scope: "row" }, claimLink(claim)),
        ...[one, other].map((release) => make("td", {}, make("span", { class: "narrow" }, releaseName(release) + ": "), ...inRelease(claim, release))))))) : "");
}

/** At first: the newest release, and the one before the last change of any claim. */
function chooseReleases() {
  const numbered = data.releases.filter((release) => /^\d/.test(release));
  const page = data.claims.filter((claim) => claim.source === "page");
  const changed = numbered.filter((release, at) => at && page.some((claim) => stateOf(claim, release) !== stateOf(claim, numbered[at - 1])));
  const last = changed[changed.length - 1];
  compareForm.elements.one.value = last ? numbered[numbered.indexOf(last) - 1] : data.releases[0];
  compareForm.elements.other.value = data.newest;
}


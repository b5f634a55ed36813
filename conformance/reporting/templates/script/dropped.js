// ---- A results.json of the reader's own: read here, shown here, sent nowhere

async function openOwn(file) {
  const status = byId("own-status");
  status.textContent = "Reading " + file.name + " ...";
  try {
    const results = JSON.parse(await file.text());
    if (results.schema !== "results/1" || !Array.isArray(results.verdicts)) throw new Error("it is no results.json of the schema results/1");
    showOwn(file.name, results);
    status.textContent = "Opened " + file.name + ": it is shown at the top.";
  } catch (error) {
    status.textContent = file.name + " cannot be shown: " + error.message + ".";
    status.scrollIntoView({ block: "center" });
  }
}

function showOwn(name, results) {
  const states = statesOf(results);
  const releases = inOrder(new Set(results.verdicts.map((row) => row.release)));
  const numbered = releases.filter((release) => /^\d/.test(release));
  const newest = numbered[numbered.length - 1] || releases[releases.length - 1];
  const page = data.claims.filter((claim) => claim.source === "page" && states.has(claim.id));
  const now = page.map((claim) => states.get(claim.id).get(newest) || "none").filter((state) => state !== "none");
  const count = (state) => now.filter((each) => each === state).length;
  const rest = Object.entries(data.rest).filter(([state]) => count(state)).map(([state, [one, many]]) => count(state) + " " + (count(state) === 1 ? one : many));
  const own = byId("own");
  own.replaceChildren(
    make("h2", { id: "own-title", tabindex: "-1" }, "Your " + name),
    make("p", { class: "lede" }, now.length ? "On " + releaseName(newest) + ", " + count("holds") + " of " + now.length + " documented claims hold" + (rest.length ? ": " + rest.join(", ") : "") + "." : "It has no verdict on the page’s claims."),
    make("p", { class: "facts" }, counted((results.observations || []).length, "observation") + " in " + counted((results.environments || []).length, "cell") + ", finished " + ((results.run || {}).finished || "at an unknown time") + ". "),
    make("button", { type: "button", click: closeOwn }, "Close it"),
    ...ownDifferences(results),
    make("h3", {}, "Claim by claim"),
    make("table", { class: "side" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Claim"), make("th", { scope: "col" }, "In your run"))),
      make("tbody", {}, ...page.map((claim) => make("tr", {}, make("th", { scope: "row" }, claimLink(claim)), make("td", {}, ...statesInWords(states.get(claim.id), releases)))))));
  own.hidden = false;
  byId("own-title").focus();
  own.scrollIntoView();
}

/** Where the two runs judge the same claim otherwise in the same cell. */
function ownDifferences(results) {
  const numbers = new Map(data.cells.map((cell, number) => [cell.id, number]));
  const claims = new Map(data.claims.map((claim, number) => [claim.id, number]));
  let shared = 0;
  const differ = results.verdicts.filter((row) => {
    const mine = verdictOf.get(verdictKey(numbers.get(row.cell), claims.get(row.claim), row.standing === "literal" ? 1 : 0, data.texts.indexOf(row.way)));
    if (!mine) return false;
    shared += 1;
    return data.states[mine[STATE]] !== row.verdict;
  });
  if (!shared) return [make("p", {}, "It shares no cell with the run of this page.")];
  if (!differ.length) return [make("p", {}, "Where both tried the same, " + counted(shared, "verdict") + ", they agree.")];
  return [make("h3", {}, "What differs from the run of this page"), list(differ.slice(0, 100).map((row) => {
    const claim = claimNamed(row.claim);
    return [claim ? claimLink(claim) : row.claim, " in ", make("code", {}, row.cell), ": " + (data.labels.state[row.verdict] || row.verdict) + ". " + row.why];
  })), differ.length > 100 ? make("p", {}, "... and " + (differ.length - 100) + " more.") : ""];
}

function closeOwn() {
  byId("own").hidden = true;
  byId("own").replaceChildren();
  byId("own-status").textContent = "Closed.";
}


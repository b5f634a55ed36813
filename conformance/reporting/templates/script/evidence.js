// ---- The evidence: one observation, rendered when somebody opens it

/** One observation, folded; what it holds is made when it is opened. */
function observation(index) {
  const [probe] = probeOf(index);
  const item = make("details", { class: "observation", toggle: () => { if (item.open && item.children.length === 1) item.append(drillDown(index)); } },
    make("summary", {}, outcomeChip(outcomeOf(index)), " ", make("code", {}, probe), " in ", make("code", {}, cellOf(index).id), " ",
      ...verdictsInShort(index).map(verdictChip)));
  return item;
}

/** Each verdict that it had a part in, once; those on the claims themselves come before ordinary use around them. */
function verdictsInShort(index) {
  const judged = verdictsOf(index).sort((one, other) => other[LITERAL] - one[LITERAL]);
  return [...new Map(judged.map((row) => [row[WORDS], row])).values()].slice(0, 3);
}

function drillDown(index) {
  const cell = cellOf(index);
  const [probe, steps, fixture] = probeOf(index);
  const model = data.models[fixture];
  const facts = make("dl", { class: "facts-list" });
  const fact = (name, ...what) => facts.append(make("div", {}, make("dt", {}, name), make("dd", {}, ...what)));
  fact("Steps", data.texts[steps] || "not recorded");
  for (const row of verdictsOf(index)) {
    const claim = data.claims[row[CLAIM]];
    fact(row[LITERAL] ? "Claim" : "Claim, around it", verdictChip(row), " ", claimLink(claim), " " + claim.level + ". " + data.texts[row[WHY]]);
  }
  if (observations.since[index]) fact("Since the " + data.comparedWith, sinceOf(index));
  if (observations.notes[index]) fact("Notes", data.texts[observations.notes[index]]);
  const entry = observations.error[index] && partOf("error-" + observations.error[index]);
  if (entry) fact("Error", ...[...entry.cloneNode(true).children].map((child) => {
    child.removeAttribute("id");
    return child.tagName === "H3" ? make("p", {}, ...child.childNodes) : child;
  }));
  fact("Fixture", fixture ? make("code", {}, fixture) : "made by the probe itself", model ? ": " + model.about + " Recipe " : "",
    model ? make("code", {}, model.recipe) : "", model ? ", made by " + model.by + "." : "");
  if (cell.reused) fact("Reused", cell.reused);
  if (cell.versions) fact("Versions", cell.versions.join(", "), make("br"), make("small", {}, cell.lock || "no lock"));
  if (cell.before) fact("Lock", cell.changes.length
    ? make("details", {}, make("summary", {}, counted(cell.changes.length, "package") + " differ from ", make("code", {}, cell.before)), make("ul", { class: "changes" }, ...cell.changes.map((line) => make("li", {}, line))))
    : "no package differs from " + cell.before);
  const attempt = observations.attempt[index] ? ", attempt " + (observations.attempt[index] + 1) : "";
  fact("Took", (data.observations.centiseconds[index] / 100).toFixed(2) + " s" + attempt);
  fact("Reproduce", copyable(commandOf(index), "the command for " + probe));
  return make("div", { class: "drill" }, facts, make("p", {}, make("a", { href: address({ show: cell.id + "/" + probe }) }, "Link to this observation")));
}

/** Opens one observation, named as cell/probe. */
function show(name) {
  const cell = data.cells.findIndex((one) => name.startsWith(one.id + "/"));
  const probe = cell < 0 ? "" : name.slice(data.cells[cell].id.length + 1);
  const first = cell < 0 ? 0 : observations.first[cell];
  const index = cell < 0 ? -1 : matchingProbe(first, first + data.observations.perCell[cell], probe);
  if (index < 0) {
    byId("count").textContent = "This run has no observation “" + name + "”.";
  } else {
    const item = observation(index);
    byId("found").prepend(item);
    item.open = true;
  }
  byId("find").scrollIntoView();
}

function matchingProbe(from, to, probe) {
  for (let index = from; index < to; index++) if (probeOf(index)[0] === probe) return index;
  return -1;
}


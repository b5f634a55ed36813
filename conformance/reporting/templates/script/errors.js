// ---- Errors: what a pasted text is, by the index of errors (conformance/explaining/matching.js has the interface)

const explain = explainer(data.errorIndex);
const ENDED = { rejected: "a deliberate refusal", "api-missing": "a name that is gone", failed: "a failure", "wrong-values": "wrong values", crashed: "a crash" };

/** The cards for a text as an error; `known` says whether it is one that was met. */
function errorCards(text, release, wanted, have, call) {
  const { match, nearest } = explain(text);
  if (match) return { known: true, cards: [errorCard(match, release, wanted, have, call)] };
  const near = nearest.slice(0, 3);
  if (!near.length) return { known: false, cards: [] };
  return { known: false, cards: [card("Not known", "No probe met this error.", make("p", {}, "The nearest that were met:"), list(near.map((entry) => [
    make("a", { href: address({ say: entry.text.slice(0, LINKABLE), ask: "//" + asked("release") }) }, entry.text.slice(0, 160))])))] };
}

function errorCard(entry, release, wanted, have, call) {
  const ids = causeIds(entry, release);
  const met = entry.met || [];
  const title = ids.length ? data.known[ids[0]].what : firstOf(entry.outcomes, ENDED) || "An error that the probes met";
  const seen = [["Raised by", [(entry.origins || []).join(", ")]], ["Met with", [met.slice(0, 4).map(({ where, releases }) => where + ": " + releases).join("; ") + (met.length > 4 ? "; and more" : "")]],
    ["When", [(entry.steps || []).slice(0, 2).join(" ")]]];
  return card("A known error · " + releaseName(release), title,
    call ? make("p", { class: "is" }, make("b", {}, call.says)) : "",
    make("pre", { tabindex: "0" }, entry.text.slice(0, 400)),
    make("dl", { class: "facts-list" }, ...seen.filter(([, [words]]) => words).map(([name, words]) => make("div", {}, make("dt", {}, name), make("dd", {}, ...words)))),
    ...(ids.length ? causeParts(ids[0], release, wanted, have) : withoutCause(entry, release, wanted, have)),
    ...ids.slice(1).map((id) => folded("Also: " + data.known[id].what, ...causeParts(id, release, wanted, have))));
}

/** The reviewed causes of an error, those that are met in the release first. */
function causeIds(entry, release) {
  const reasons = (entry.causes || []).map((cause) => cause.reason);
  const ids = Object.keys(data.known).filter((id) => reasons.includes(data.known[id].why || data.known[id].what));
  return ids.sort((one, other) => (release in data.known[other].ways) - (release in data.known[one].ways));
}

const firstOf = (counts, words) => { const found = Object.keys(counts || {}).find((word) => words[word]); return found ? "The probes met it as " + words[found] + "." : ""; };

/** An error that nobody has reviewed, or that is as documented: what its probes speak to, and what works instead. */
function withoutCause(entry, release, wanted, have) {
  const claims = (entry.claims || []).map(claimNamed).filter(Boolean).slice(0, 4);
  const place = (entry.places || []).find(([, operation]) => operation === wanted) || (entry.places || [])[0];
  const answer = place && data.answers[[...place, release].join("/")];
  return [
    ...(claims.length ? [make("p", {}, "It speaks to:"), list(claims.map((claim) => [stateChip(stateOf(claim, release)), " ", claimLink(claim)]))] : []),
    ...(entry.instead || []).map(({ do: text, releases }) => make("p", { class: "instead" }, make("b", {}, "Do: "), text, " (", releases, ")")),
    ...(answer && answer.recipes.length ? [make("h3", {}, "What works on " + releaseName(release) + ", for " + data.labels.operation[place[1]].toLowerCase()), ...recipes(answer.recipes, have)] : [])];
}


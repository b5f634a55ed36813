// ---- Errors: what a pasted text is, by the index of errors (conformance/explaining/matching.js has the interface)

const explain = explainer(data.errorIndex);
const ENDED = { rejected: "a deliberate refusal", "api-missing": "a name that is gone", failed: "a failure", "wrong-values": "wrong values", crashed: "a crash" };

// Why a text may be another error than the one that it reads like.
const DOUBTS = {
  "other names": "No probe met it with these names. This is what is known of the nearest.",
  common: "This is said of other things as well. If your program loads or calls a model of TF Hub there, it is this.",
};

/** The cards for a text as an error; `known` says whether it is one that was met. */
function errorCards(text, release, wanted, have, call) {
  const { match, doubt, nearest } = explain(text);
  const needed = match && match.pin && data.pins.find(({ pin }) => pin === match.pin);
  if (needed) return { known: true, cards: [installCard(needed, match, release, have)] };
  if (match) return { known: true, cards: [errorCard(match, doubt, release, wanted, have, call)] };
  const [likely] = causesNaming(text);
  if (likely) return { known: true, cards: [card("Probably · " + releaseName(release), data.known[likely].what,
    make("p", {}, "No probe met this very text, but what it names is the subject of this known cause."), ...causeParts(likely, release, wanted, have))] };
  const near = nearest.slice(0, 3);
  if (!near.length) return { known: false, cards: [] };
  return { known: false, cards: [card("Not known", "No probe met this error.",
    make("p", {}, "If this was a piece of a traceback, try its last line, or all of it. To see what works in your release, choose a format and what you want to do above."),
    make("p", {}, "The nearest that were met:"), list(near.map((entry) => [
      make("a", { href: address({ say: entry.text.slice(0, LINKABLE), ask: "//" + asked("release") }) }, entry.text.slice(0, 160))])))] };
}

const RARE = 2; // a name says which cause is meant if at most so many causes have it
const namesIn = (text) => new Set([...text.matchAll(/['"`]([A-Za-z_][\w.]{3,})['"`]|\b(\w+_\w+)\b/g)].map(([, quoted, word]) => (quoted || word).toLowerCase()));

/** The causes that speak of a name which an error quotes, such as a module that cannot be imported. */
function causesNaming(text) {
  const ids = Object.keys(data.known).filter((id) => data.known[id].breaks);
  const words = new Map(ids.map((id) => [id, new Set((data.known[id].what + " " + data.known[id].why).toLowerCase().match(/\w+/g))]));
  if (!/error|exception/i.test(text)) return [];
  const headline = (id, name) => data.known[id].what.toLowerCase().includes(name);
  return [...namesIn(text)].map((name) => ids.filter((id) => words.get(id).has(name)).sort((one, other) => headline(other, name) - headline(one, name)))
    .filter((found) => found.length && found.length <= RARE).flat();
}

function errorCard(entry, doubt, release, wanted, have, call) {
  const ids = causeIds(entry, release);
  if (!ids.length && call && (entry.outcomes || {})["api-missing"]) ids.push(...causesOfCall(call, release));
  const [told] = entry.causes || [];
  const title = ids.length ? data.known[ids[0]].what : asDocumented(entry, release) || (told && capital(told.cause)) || firstOf(entry.outcomes, ENDED) || "An error that the probes met";
  return card((doubt ? "Perhaps · " : "A known error · ") + releaseName(release), title,
    doubt ? make("p", { class: "doubt" }, DOUBTS[doubt]) : "",
    call ? make("p", { class: "is" }, make("b", {}, call.says)) : "",
    ...(ids.length ? causeParts(ids[0], release, wanted, have, call) : withoutCause(entry, release, wanted, have)),
    ...ids.slice(1).map((id) => folded("Also: " + data.known[id].what, ...causeParts(id, release, wanted, have))),
    folded("Where the probes met it", ...meetings(entry)));
}

/** The error as it was met, by whom it was raised and where. */
function meetings(entry) {
  const seen = [["Raised by", (entry.origins || []).join(", ")], ["Met with", (entry.met || []).map(({ where, releases }) => where + ": " + releases).join("; ")],
    ["When", (entry.steps || []).join(" ")]];
  return [make("pre", { tabindex: "0" }, entry.text),
    make("dl", { class: "facts-list" }, ...seen.filter(([, words]) => words).map(([name, words]) => make("div", {}, make("dt", {}, name), make("dd", {}, words))))];
}

/** The reviewed causes of an error, those that are met in the release first. */
function causeIds(entry, release) {
  const reasons = (entry.causes || []).map((cause) => cause.reason);
  const ids = Object.keys(data.known).filter((id) => reasons.includes(data.known[id].why || data.known[id].what));
  return ids.sort((one, other) => (release in data.known[other].ways) - (release in data.known[one].ways));
}

/** What the documentation says of it, where the error is a refusal that it announces. */
function asDocumented(entry, release) {
  const claim = (entry.claims || []).map(claimNamed).find((one) => one && one.level === "Not supported" && ["holds", "exceeded"].includes(stateOf(one, release)));
  return claim && (entry.outcomes || {}).rejected ? "As documented: " + claim.says : "";
}

/** For a name that is gone: why the claims about the call that uses it do not hold. */
function causesOfCall(call, release) {
  const claims = data.claims.filter((claim) => claim.source === "page" && claim.format === call.format && claim.operation === call.operation);
  return [...new Set(claims.filter((claim) => ["broken", "partly"].includes(stateOf(claim, release))).flatMap((claim) => causesOf(claim, release)))];
}

const firstOf = (counts, words) => { const found = Object.keys(counts || {}).find((word) => words[word]); return found ? "The probes met it as " + words[found] + "." : ""; };

const capital = (text) => (/^[a-z]+ /.test(text) ? text[0].toUpperCase() + text.slice(1) : text);

/** Whether intervals of releases, as words ("1.15 to 2.3, since 2.16"), have one of them. */
function covers(intervals, release) {
  const at = (name) => data.releases.indexOf(name);
  return intervals.split(", ").some((words) => {
    const [first, last] = words.replace("since ", "").split(" to ");
    return at(release) >= at(first) && at(release) <= (words.startsWith("since ") ? Infinity : at(last || first)) && at(first) >= 0;
  });
}

/** An error that nobody has reviewed, or that is as documented: what its probes speak to, and what works instead. */
function withoutCause(entry, release, wanted, have) {
  const asked = (entry.claims || []).map(claimNamed).filter((claim) => claim && stateOf(claim, release) !== "none");
  const claims = [...new Map(asked.map((claim) => [claim.says, claim])).values()].slice(0, 4); // some stand once per mode
  const place = (entry.places || []).find(([, operation]) => operation === wanted) || (entry.places || [])[0];
  const [told] = entry.causes || [];
  const ways = [...(entry.instead || [])].sort((one, other) => covers(other.releases, release) - covers(one.releases, release));
  const [here, elsewhere] = [ways.filter((way) => covers(way.releases, release)), ways.filter((way) => !covers(way.releases, release))];
  const otherwise = place ? whatWorks(...place, release, have) : []; // no answer to what was called, where there is one
  const line = ({ do: text, releases }) => make("p", { class: "instead" }, make("b", {}, "Do: "), ...withCode(text), " (", releases, ")");
  return [
    told ? make("p", {}, make("b", {}, told.blame), ": ", told.reason) : "",
    ...(here.length ? [...here.map(line), ...(elsewhere.length ? [folded("For other releases", ...elsewhere.map(line))] : [])] : elsewhere.map(line)),
    ...(claims.length ? [make("p", {}, "It speaks to:"), list(claims.map((claim) => [stateChip(stateOf(claim, release)), " ", claimLink(claim)]))] : []),
    ...(here.length && otherwise.length ? [folded("What works there besides", ...otherwise)] : otherwise)];
}


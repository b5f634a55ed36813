// ---- The grid, drawn of any results.json: the same rule and the same marks as the page's own

/** What all verdicts of a release say together about a claim; the rule of headline.py. */
function joined(verdicts) {
  const seen = new Set(verdicts);
  if (!seen.size) return "none";
  if (seen.has("contradicts")) return seen.has("agrees") ? "partly" : "broken";
  if (seen.has("exceeds")) return "exceeded";
  return seen.size === 1 && seen.has("agrees") ? "holds" : "unclear";
}

/** Claim id -> release -> state, of the verdicts of a results.json. */
function statesOf(results) {
  const found = new Map();
  for (const row of results.verdicts) {
    if (row.standing !== "literal") continue;
    if (!found.has(row.claim)) found.set(row.claim, new Map());
    const ofClaim = found.get(row.claim);
    if (!ofClaim.has(row.release)) ofClaim.set(row.release, []);
    ofClaim.get(row.release).push(row.verdict);
  }
  for (const ofClaim of found.values()) for (const [release, verdicts] of ofClaim) ofClaim.set(release, joined(verdicts));
  return found;
}

const FLOATING = ["rc", "nightly"];

/** Numbered releases in their order, then the floating ones. */
function inOrder(releases) {
  const rank = (release) => (FLOATING.includes(release) ? [99, FLOATING.indexOf(release)] : release.split(".").map(Number));
  return [...releases].sort((one, other) => rank(one)[0] - rank(other)[0] || rank(one)[1] - rank(other)[1]);
}

const stateChip = (state) => make("span", { class: "state c-" + state }, data.claimStates[state][1]);

/** A list of claims with, per release, what the verdicts say; equal neighbours are one interval. */
function statesInWords(states, releases) {
  const words = [];
  for (const release of releases) {
    const state = states.get(release) || "none";
    const last = words[words.length - 1];
    if (last && last.state === state) last.to = release;
    else words.push({ state, from: release, to: release });
  }
  return words.filter(({ state }) => state !== "none").flatMap(({ state, from, to }) => [stateChip(state), " " + (from === to ? from : from + " to " + to) + " "]);
}


// ---- The filters: they narrow the list of observations, and nothing else on the page

const PAGE_SIZE = 50;
const filters = byId("filters");
const fields = [...filters.elements].filter((field) => field.name);
const searched = { probe: [], error: [] }; // what a search looks at, in lower case, once it was looked at
let matching = [];
let shown = 0;

const chosen = () => Object.fromEntries(fields.map((field) => [field.name, field.type === "checkbox" ? (field.checked ? "1" : "") : field.value.trim()]));
const active = (wanted) => Object.values(wanted).some(Boolean);

const textOfProbe = (number) => searched.probe[number] ??= probeWords(data.probes[number]).join(" ").toLowerCase();
const textOfError = (number) => searched.error[number] ??= (number ? partOf("error-" + number).textContent : "").toLowerCase();

function probeWords([probe, steps, fixture, tested]) {
  return [probe, data.texts[steps], fixture, ...tested.map(([claim]) => data.claims[claim].id + " " + data.claims[claim].says)];
}

/** What an observation must be like to match; everything that does not depend on it is worked out once. */
function matcher(wanted) {
  const words = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
  const cells = data.cells.map((cell) => ["release", "mode", "hub", "keras"].every((name) => !wanted[name] || cell[name] === wanted[name]));
  const claims = data.claims.map((claim) => ["format", "operation"].every((name) => !wanted[name] || !claim[name] || claim[name] === wanted[name])
    && (!wanted.claim || claim.id === wanted.claim));
  const judged = wanted.verdict || wanted.cause || wanted.differences || wanted.changes;
  const verdict = (row) => claims[row[CLAIM]] && (!wanted.verdict || data.states[row[STATE]] === wanted.verdict)
    && (!wanted.cause || data.causes[row[CAUSE]] === wanted.cause)
    && (!wanted.differences || ["contradicts", "exceeds"].includes(data.states[row[STATE]])) && (!wanted.changes || row[CHANGED] === 1);
  const aboutClaims = wanted.claim || wanted.format || wanted.operation;
  return (index) => cells[observations.cell[index]] && (!wanted.outcome || outcomeOf(index) === wanted.outcome)
    && (!wanted.since || (wanted.since === "any" ? sinceOf(index) : sinceOf(index).startsWith(wanted.since + ":")))
    && words.every((word) => textOfProbe(observations.probe[index]).includes(word) || cellOf(index).id.includes(word)
      || textOfError(observations.error[index]).includes(word))
    && (judged ? verdictsOf(index).some(verdict) : !aboutClaims || probeOf(index)[3].some(([claim]) => claims[claim]));
}

function applyFilters() {
  const wanted = chosen();
  const accepts = matcher(wanted);
  const filtering = active(wanted);
  matching = [];
  if (filtering) for (let index = 0; index < observations.size; index++) if (accepts(index)) matching.push(index);
  byId("clear").hidden = !filtering;
  const every = grouped(observations.size) + " observations";
  byId("count").textContent = filtering ? grouped(matching.length) + " of " + every + " match." : every + ". Search or filter to see them.";
  byId("found").replaceChildren();
  shown = 0;
  if (filtering) showMore();
  else byId("more").hidden = true;
}

function showMore() {
  byId("found").append(...matching.slice(shown, shown + PAGE_SIZE).map(observation));
  shown = Math.min(shown + PAGE_SIZE, matching.length);
  byId("more").hidden = shown === matching.length;
  byId("more").textContent = "Show more (" + grouped(matching.length - shown) + " left)";
}


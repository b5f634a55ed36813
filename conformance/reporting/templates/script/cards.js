// ---- Cards: what there is to say to one question, with code and versions to copy

const HUB_WITHOUT_MODULE = [0, 16];

function hubLine(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > HUB_WITHOUT_MODULE[0] || minor >= HUB_WITHOUT_MODULE[1];
}

const fits = (recipe, have) => !have["tensorflow-hub"] || hubLine(have["tensorflow-hub"]) === hubLine(recipe.hub);
const card = (kind, title, ...parts) => make("article", { class: "card" }, make("p", { class: "kind" }, kind), make("h2", {}, ...[title].flat()), ...parts);
const list = (items) => make("ul", {}, ...items.map((item) => make("li", {}, ...[item].flat())));
const folded = (summary, ...parts) => make("details", { class: "others" }, make("summary", {}, summary), ...parts);

/** How to do it: code, versions, and what is lost or said against it. */
function recipeCard(number, have) {
  const recipe = data.recipes[number];
  const claim = claimNamed(recipe.claim);
  const line = recipe.hub.split(".").slice(0, 2).join(".");
  const environ = recipe.environ.filter((one) => !recipe.code.includes(one.split("=")[0])); // some programs set it themselves
  const explained = Object.entries(data.placeholders).filter(([word]) => new RegExp("\\b" + word + "\\b").test(recipe.code));
  return make("div", { class: "recipe" },
    make("p", { class: "chips" }, ...[releaseName(recipe.release), data.labels.mode[recipe.mode], "tensorflow_hub " + recipe.hub, data.labels.keras[recipe.keras], "Python " + recipe.python].map((text) => make("span", { class: "level" }, text)),
      fits(recipe, have) ? "" : make("b", {}, "not your tensorflow_hub " + have["tensorflow-hub"])),
    ...losses(recipe),
    ...(recipe.code ? [label(recipe.snippet ? "Run this (it was run exactly as it stands)" : "The call, with what it imports"), copyable(recipe.code, "the code")] : recipe.call ? [label("As it was tried"), make("p", {}, recipe.call)] : []),
    explained.length && !recipe.snippet ? make("p", { class: "way" }, ...explained.flatMap(([word, meaning], index) => [index ? "; " : "", make("code", {}, word), ": " + meaning]), ".") : "",
    ...(environ.length ? [label("Before importing TensorFlow"), copyable(environ.map((one) => "export " + one).join("\n"), "the environment variables")] : []),
    label("Install"), copyable(recipe.install.join("\n"), "the installation"),
    recipe.caveats.length ? make("ul", { class: "caveats" }, ...recipe.caveats.map((text) => make("li", {}, text))) : "",
    make("p", {}, make("a", { href: address({ claim: recipe.claim, release: recipe.release, mode: recipe.mode, hub: line, keras: recipe.keras }) }, "Evidence"), claim ? ": " + claim.says : ""));
}

/** What the very call loses without any error: its own losses, and the hazards that it has, with how to notice each. */
function losses(recipe) {
  const hazards = recipe.hazards.map((number) => data.hazards[number]).filter(({ wrong, reviewed }) => wrong || reviewed);
  const lost = [...new Set([...recipe.losses, ...hazards.filter(({ wrong }) => !wrong).flatMap((hazard) => hazard.losses)])];
  if (!lost.length && !hazards.length) return [];
  return [make("div", { class: "loses" }, lost.length ? make("p", {}, make("b", {}, "Beware: "), lost.join("; ") + ".") : "",
    ...hazards.map((hazard) => make("p", {}, make("b", {}, hazard.wrong ? "Beware, without any error this can compute wrong values: " : "Why: "), make("a", { href: "#" + hazard.anchor }, hazard.title), ". ",
      hazard.notice ? "How to notice: " + hazard.notice : "")))];
}

/** The best recipe, the others folded; first those that fit the tensorflow_hub that somebody has, and the call named. */
function recipes(numbers, have, call = "") {
  const suits = (number) => 2 * fits(data.recipes[number], have) + data.recipes[number].code.includes(call);
  const [best, ...others] = [...numbers].sort((one, other) => suits(other) - suits(one));
  if (best === undefined) return [];
  const rest = others.length ? [folded(others.length === 1 ? "Another way" : others.length + " other ways", ...others.map((number) => recipeCard(number, have)))] : [];
  return [recipeCard(best, have), ...rest];
}

/** What to do instead: each as a sentence, and how, where the run says how; the same code is told once. */
function instead(ways, have, toldOf = new Set()) {
  return ways.flatMap(([text, number]) => {
    const known = number < 0 || toldOf.has(number);
    toldOf.add(number);
    return [make("p", { class: "instead" }, make("b", {}, "Do: "), text), known ? "" : recipeCard(number, have)];
  });
}

/** Whose doing something is, since when, and where it is discussed. */
function facts(known, extra = []) {
  return make("dl", { class: "facts-list" },
    ...[["Caused by", [make("b", {}, known.blame), known.why ? ": " + known.why : ""]], ["When", [known.since.join("; ")]],
      ["Upstream", threads(known.upstream)], ...extra]
      .filter(([, parts]) => parts.some(Boolean)).map(([name, parts]) => make("div", {}, make("dt", {}, name), make("dd", {}, ...parts))));
}

const aboutOf = (format, operation, release) => [data.labels.format[format], data.labels.operation[operation], releaseName(release)].join(" · ");

/** The answer to a format, an operation and a release. */
function answerCard(format, operation, release, have, call = "") {
  const answer = data.answers[[format, operation, release].join("/")];
  const kind = aboutOf(format, operation, release);
  if (!answer) return card(kind, "This run did not try it.");
  const unfit = answer.recipes.length && !answer.recipes.some((number) => fits(data.recipes[number], have));
  const short = unfit ? [make("span", { class: "short" }, "Not with your tensorflow_hub " + have["tensorflow-hub"]), " "] : [];
  const toldOf = new Set(answer.recipes.slice(0, 1));
  const groups = answer.broken.map((group) => brokenGroup(group, have, toldOf));
  return card(kind, [...short, answer.says], ...recipes(answer.recipes, have, call),
    ...(!groups.length ? [] : ["yes", "partly"].includes(answer.short) ? [folded("What does not hold here, and why", ...groups)] : [make("h3", {}, "Why, and what to do instead"), ...groups]),
    ...(answer.elsewhere >= 0 ? [make("h3", {}, "Nearest release in which it works as promised: " + releaseName(data.recipes[answer.elsewhere].release)), toldOf.has(answer.elsewhere) ? "" : recipeCard(answer.elsewhere, have)] : []));
}

/** Claims that do not hold for one cause. */
function brokenGroup(group, have, toldOf) {
  const known = data.known[group.cause];
  return make("div", {}, make("p", {}, make("b", {}, known ? known.what : "Cause not known yet: " + group.why)),
    known ? facts(known) : "", list(group.claims.map((id) => [claimLink(claimNamed(id))])), ...instead(group.ways, have, toldOf));
}

/** A known cause, as the answer to an error or a call that it breaks; `wanted` is the operation that somebody is about. */
function causeParts(id, release, wanted, have, call = null) {
  const known = data.known[id];
  const here = known.ways[release];
  const nearest = here ? release : nearestRelease(Object.keys(known.ways), release);
  const ways = Object.entries(known.ways[nearest] || {}).sort(([one], [other]) => (other === wanted) - (one === wanted));
  const toldOf = new Set();
  return [facts(known),
    here ? "" : make("p", {}, make("b", {}, "Not met on " + releaseName(release) + " in this run. "), "The nearest release that meets it is " + releaseName(nearest) + "; there:"),
    ...ways.map(([operation, found], index) => {
      const title = "What to do on " + releaseName(nearest) + ", for " + (data.labels.operation[operation] || operation).toLowerCase();
      const parts = found.length ? instead(found, have, toldOf) : nothingHere(call, operation, nearest, have);
      return index === 0 ? make("div", {}, make("h3", {}, title), ...parts) : folded(title, ...parts);
    }),
    make("p", {}, make("a", { href: address({ cause: id, release: nearest }) }, "Evidence"), "; it breaks: ", ...known.claims.slice(0, 3).flatMap((claim, index) => [index ? "; " : "", claimLink(claimNamed(claim))]), known.claims.length > 3 ? " and " + (known.claims.length - 3) + " more." : ".")];
}

/** Where nothing works in the place of what broke: the nearest release in which it still does. */
function nothingHere(call, operation, release, have) {
  const answer = call && data.answers[[call.format, operation, release].join("/")];
  const said = make("p", {}, "Nothing was observed to work in its place on " + releaseName(release) + ".");
  if (!answer || answer.elsewhere < 0) return [said];
  return [said, make("p", { class: "label" }, "Nearest release in which it works as promised"), recipeCard(answer.elsewhere, have)];
}

function nearestRelease(names, release) {
  const at = data.releases.indexOf(release);
  return names.sort((one, other) => Math.abs(data.releases.indexOf(one) - at) - Math.abs(data.releases.indexOf(other) - at))[0] || "";
}

/** What works for an operation in a release, or else the nearest release in which it works as promised. */
function whatWorks(format, operation, release, have) {
  const { recipes: numbers, elsewhere } = data.answers[[format, operation, release].join("/")] || { recipes: [], elsewhere: -1 };
  const what = ", for " + (data.labels.operation[operation] || "").toLowerCase();
  if (numbers.length) return [make("h3", {}, "What works on " + releaseName(release) + what), ...recipes(numbers, have)];
  if (elsewhere < 0) return [];
  return [make("h3", {}, "Nearest release in which it works as promised" + what + ": " + releaseName(data.recipes[elsewhere].release)), recipeCard(elsewhere, have)];
}

/** The causes for which a claim does not hold in a release. */
function causesOf(claim, release) {
  const number = data.claims.indexOf(claim);
  const rows = data.verdicts.filter((row) => row[CLAIM] === number && row[LITERAL] && data.cells[row[CELL]].release === release && row[CAUSE]);
  return [...new Set(rows.map((row) => data.causes[row[CAUSE]]))].filter((id) => data.known[id]);
}

/** One claim: how it stands in a release and in all others, and what to do. */
function claimCard(claim, release, have) {
  const state = stateOf(claim, release);
  const own = data.recipes.map((recipe, number) => number).filter((number) => data.recipes[number].claim === claim.id && data.recipes[number].release === release);
  const causes = causesOf(claim, release);
  return card((claim.source === "page" ? "A claim of the page" : "A claim of a related guide") + " · " + releaseName(release),
    [make("span", { class: "state c-" + state }, data.claimStates[state][1]), " ", claim.says],
    make("p", { class: "way" }, spans(claim).map(([word, when]) => word + " " + when).join("; ") || "This run did not ask about it", "."),
    ...causes.map((id) => make("div", {}, make("p", {}, make("b", {}, data.known[id].what)), facts(data.known[id]), ...instead((data.known[id].ways[release] || {})[claim.operation] || [], have))),
    ...(state === "broken" ? [] : own.length ? recipes(own, have) : whatWorks(claim.format, claim.operation, release, have)),
    make("p", {}, make("a", { href: "#claim-" + claim.id }, "All that was observed of it"), ", ", make("a", { href: address({ claim: claim.id, release }) }, "the evidence on " + releaseName(release))));
}

/** How a claim stands over the releases, as intervals in words. */
function spans(claim) {
  const found = [];
  data.releases.forEach((release) => {
    const state = stateOf(claim, release);
    const last = found[found.length - 1];
    if (last && last.state === state) last.to = release;
    else found.push({ state, from: release, to: release });
  });
  return found.filter(({ state }) => state !== "none").map(({ state, from, to }) =>
    [data.claimStates[state][1], from === to ? "on " + from : to === data.releases[data.releases.length - 1] ? "since " + from : from + " to " + to]);
}

/** A release: the six questions in short, and every cause that is met there. */
function releaseCard(release, have, only = {}) {
  const keys = Object.keys(data.answers).filter((key) => key.endsWith("/" + release)).map((key) => key.split("/"))
    .filter(([format, operation]) => (!only.format || format === only.format) && (!only.operation || operation === only.operation));
  const met = Object.values(data.known).filter((known) => known.breaks && known.ways[release] && known.claims.some((id) => claimNamed(id).source === "page"));
  const causes = [...new Map(met.map((known) => [known.what, known])).values()]; // some causes are reviewed once per mode
  return card("Your TensorFlow", releaseName(release) + ": what works, and what does not",
    make("table", {}, make("tbody", {}, ...keys.map(([format, operation]) => {
      const answer = data.answers[[format, operation, release].join("/")];
      return make("tr", {}, make("th", { scope: "row" }, make("a", { href: address({ ask: [format, operation, release].join("/") }) }, data.labels.format[format] + ", " + data.labels.operation[operation].toLowerCase())),
        make("td", {}, answer.says));
    }))),
    ...(causes.length && !only.format ? [make("h3", {}, "What breaks there"), list(causes.map((known) => [make("b", {}, known.what), " (" + known.blame + ")"]))] : []));
}

/** An error of an installation: the package that is too new, and pins that were measured. */
function installCard(known, entry, release, have) {
  const there = known.releases.includes(release) ? release : nearestRelease([...known.releases], release);
  const answer = ["tf2-savedmodel", "tf1-hub"].map((format) => data.answers[[format, "load", there].join("/")]).find((one) => one && one.recipes.length);
  const seen = [["Why", known.why], ["Releases", known.releases.join(", ")]];
  return card("A known error of an installation · " + releaseName(there), "A package is too new for this TensorFlow: install " + known.pin,
    make("dl", { class: "facts-list" }, ...seen.map(([name, words]) => make("div", {}, make("dt", {}, name), make("dd", {}, words)))),
    there === release ? "" : make("p", {}, releaseName(release) + " does not need it; choose your TensorFlow above. The nearest that does is " + releaseName(there) + "."),
    make("p", { class: "instead" }, make("b", {}, "Do: "), "Install ", make("code", {}, known.pin), ". Every environment of these releases that was measured here has it."),
    ...(answer ? [recipeCard(answer.recipes[0], have)] : []),
    folded("Where it was met", ...meetings(entry)));
}

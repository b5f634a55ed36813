// The page's only script: the answer box, the filters, and the evidence rendered when somebody asks for it.
//
// Without it the page reads as well; it lacks these three. All it knows is in #data (see payload.py) and in the form
// fields; its whole state is in the address after the "#", so that every state can be linked to. Texts of models and
// errors only ever become text nodes.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE_SIZE = 50;
  const byId = (id) => document.getElementById(id);

  // ---- Elements

  /** Makes an element; strings among the children become text. */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value !== "" && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== "" && child !== null && child !== undefined));
    return element;
  }

  const counted = (number, what) => number.toLocaleString("en") + " " + what + (number === 1 ? "" : "s");
  const glyph = (word) => make("i", { "aria-hidden": "true" }, data.glyphs[word]);
  const outcomeChip = (word) => make("span", { class: "outcome" }, glyph(word), " " + word);
  const verdictChip = (row) =>
    make("span", { class: "verdict v-" + data.states[row[STATE]] }, glyph(data.states[row[STATE]]), " " + data.texts[row[WORDS]]);

  /** A text that can be copied with one button. */
  function copyable(text, label) {
    return make("div", { class: "copyable" }, make("pre", { tabindex: "0" }, text),
      make("button", { type: "button", class: "copy", "data-copy": text }, "Copy", make("span", { class: "vh" }, " " + label)));
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch (refused) { // no permission, or a page from a file: the old way
      const box = make("textarea", {}, button.dataset.copy);
      button.after(box);
      box.select();
      document.execCommand("copy");
      box.remove();
      button.focus();
    }
    byId("told").textContent = "Copied.";
    button.firstChild.textContent = "Copied";
    setTimeout(() => { button.firstChild.textContent = "Copy"; byId("told").textContent = ""; }, 2000);
  }

  // ---- Evidence

  const [CLAIM, CELL, LITERAL, STATE, WORDS, WHY, CAUSE, WAY, CHANGED] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const observations = decode(data.observations);
  const verdictOf = new Map(data.verdicts.map((row) => [key(row[CELL], row[CLAIM], row[LITERAL], row[WAY]), row]));
  const searched = { probe: [], error: [] }; // what a search looks at, in lower case, once it was looked at

  function key(cell, claim, literal, way) { return cell + "," + claim + "," + literal + "," + way; }

  /** Columns, as payload.py packs them, into one array per trait. */
  function decode(packed) {
    const size = packed.outcome.length;
    const unpacked = { size, cell: [], probe: [], error: sparse(packed.error, size), notes: sparse(packed.notes, size),
      attempt: sparse(packed.attempt, size), command: sparse(packed.command, size), since: sparse(packed.since, size), first: [] };
    packed.perCell.forEach((count, cell) => {
      unpacked.first.push(unpacked.cell.length);
      for (let n = 0; n < count; n++) unpacked.cell.push(cell);
    });
    for (let i = 0; i < packed.probe.length; i += 2)
      for (let n = 0; n < packed.probe[i + 1]; n++) unpacked.probe.push(packed.probe[i] + n);
    return unpacked;
  }

  function sparse(pairs, size) {
    const column = new Int32Array(size);
    for (let i = 0, at = 0; i < pairs.length; i += 2) column[at += pairs[i]] = pairs[i + 1];
    return column;
  }

  const outcomeOf = (index) => data.outcomes[Number(data.observations.outcome[index])];
  const sinceOf = (index) => data.texts[observations.since[index]]; // "regression: works → failed", or empty
  const cellOf = (index) => data.cells[observations.cell[index]];
  const probeOf = (index) => data.probes[observations.probe[index]];

  /** The verdicts that an observation had a part in. */
  function verdictsOf(index) {
    return probeOf(index)[3].map(([claim, literal, way]) => verdictOf.get(key(observations.cell[index], claim, literal, way))).filter(Boolean);
  }

  function commandOf(index) {
    return data.commands[observations.command[index]].replaceAll("{cell}", () => cellOf(index).id).replaceAll("{probe}", () => probeOf(index)[0]);
  }

  /** One observation, folded; what it holds is made when it is opened. */
  function observation(index) {
    const [probe] = probeOf(index);
    const item = make("details", { class: "observation", toggle: () => { if (item.open && item.children.length === 1) item.append(drillDown(index)); } },
      make("summary", {}, outcomeChip(outcomeOf(index)), " ", make("code", {}, probe), " in ", make("code", {}, cellOf(index).id), " ",
        ...verdictsOf(index).filter((row) => row[LITERAL]).slice(0, 3).map(verdictChip)));
    return item;
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
      fact(row[LITERAL] ? "Claim" : "Claim, implied", verdictChip(row), " ", make("a", { href: "#claim-" + claim.id }, claim.says), " " + claim.level + ". " + data.texts[row[WHY]]);
    }
    if (observations.since[index]) fact("Since the " + data.comparedWith, sinceOf(index));
    if (observations.notes[index]) fact("Notes", data.texts[observations.notes[index]]);
    const entry = observations.error[index] && byId("error-" + observations.error[index]);
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
    return make("div", { class: "drill" }, facts, make("p", {}, make("a", { href: "#" + new URLSearchParams({ show: cell.id + "/" + probe }) }, "Link to this observation")));
  }

  // ---- Filters

  const filters = byId("filters");
  const fields = [...filters.elements].filter((field) => field.name);
  let matching = [];
  let shown = 0;

  const chosen = () => Object.fromEntries(fields.map((field) => [field.name, field.type === "checkbox" ? (field.checked ? "1" : "") : field.value.trim()]));
  const active = (wanted) => Object.values(wanted).some(Boolean);

  const textOfProbe = (number) => searched.probe[number] ??= probeWords(data.probes[number]).join(" ").toLowerCase();
  const textOfError = (number) => searched.error[number] ??= (number ? byId("error-" + number).textContent : "").toLowerCase();

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
    const accepts = (index) => cells[observations.cell[index]] && (!wanted.outcome || outcomeOf(index) === wanted.outcome)
      && (!wanted.since || (wanted.since === "any" ? sinceOf(index) : sinceOf(index).startsWith(wanted.since + ":")))
      && words.every((word) => textOfProbe(observations.probe[index]).includes(word) || cellOf(index).id.includes(word)
        || textOfError(observations.error[index]).includes(word))
      && (judged ? verdictsOf(index).some(verdict) : !aboutClaims || probeOf(index)[3].some(([claim]) => claims[claim]));
    return { cells, claims, verdict, accepts, ofVerdictsAlone: !wanted.outcome && !wanted.since && !words.length };
  }

  function applyFilters() {
    const wanted = chosen();
    const match = matcher(wanted);
    matching = [];
    for (let index = 0; index < observations.size; index++) if (match.accepts(index)) matching.push(index);
    const relevant = new Set(matching.flatMap((index) => probeOf(index)[3].map(([claim]) => claim).filter((claim) => match.claims[claim])));
    if (match.ofVerdictsAlone) for (const row of data.verdicts) if (match.cells[row[CELL]] && match.verdict(row)) relevant.add(row[CLAIM]);
    const judged = wanted.verdict || wanted.cause || wanted.differences || wanted.changes;
    const judgedClaims = judged && new Set(data.verdicts.filter((row) => match.cells[row[CELL]] && match.verdict(row)).map((row) => row[CLAIM]));
    const filtering = active(wanted);
    data.claims.forEach((claim, number) => {
      const card = byId("claim-" + claim.id);
      if (card) card.hidden = filtering && !(relevant.has(number) && (!judgedClaims || judgedClaims.has(number)));
    });
    for (const mark of document.querySelectorAll("[data-c]"))
      mark.classList.toggle("out", !mark.dataset.c.split(" ").some((cell) => match.cells[Number(cell)]));
    for (const group of document.querySelectorAll(".companions"))
      group.open = filtering && [...group.querySelectorAll(".claim")].some((card) => !card.hidden);
    byId("clear").hidden = !filtering;
    const count = matching.length.toLocaleString("en") + " of " + observations.size.toLocaleString("en") + " observations match";
    byId("count").textContent = filtering ? count + ", about " + counted(relevant.size, "claim") + "; the tables below show only these." : observations.size.toLocaleString("en") + " observations.";
    byId("found").replaceChildren();
    shown = 0;
    if (filtering) showMore();
    else byId("more").hidden = true;
  }

  function showMore() {
    byId("found").append(...matching.slice(shown, shown + PAGE_SIZE).map(observation));
    shown = Math.min(shown + PAGE_SIZE, matching.length);
    byId("more").hidden = shown === matching.length;
    byId("more").textContent = "Show more (" + (matching.length - shown).toLocaleString("en") + " left)";
  }

  // ---- The answer box

  const ask = byId("ask");
  const asked = (name) => ask.elements[name].value;
  const SUPPORT = { yes: "Yes, it works", partly: "In part", no: "Not in this release", unknown: "Not known" };
  const HUB_WITHOUT_MODULE = [0, 16];

  /** The packages named in what pip freeze, pip list or a person writes: name -> version. */
  function versionsIn(text) {
    const found = {};
    for (const [, name, version] of text.matchAll(/\b(tensorflow(?:[-_](?:cpu|gpu|intel|macos|hub))?|tf|hub|tf[-_](?:nightly|keras)|keras)\b\s*(?:==|=|@|:|v|\s)\s*v?(\d+(?:\.\d+)*[\w.]*)/gi))
      found[name.toLowerCase().replaceAll("_", "-").replace(/^tf$/, "tensorflow").replace(/^hub$/, "tensorflow-hub").replace(/-(cpu|gpu|intel|macos)$/, "")] = version;
    return found;
  }

  /** The release to ask about, from what was pasted; "" if it names none that was tried. */
  function releaseIn(versions) {
    if (versions["tf-nightly"]) return "nightly";
    const number = versions.tensorflow || "";
    const releases = [...ask.elements.release.options].map((option) => option.value);
    const minor = number.split(".").slice(0, 2).join(".");
    return releases.includes(minor) ? minor : /rc/.test(number) && releases.includes("rc") ? "rc" : "";
  }

  function hubLine(version) {
    const [major, minor] = version.split(".").map(Number);
    return major > HUB_WITHOUT_MODULE[0] || minor >= HUB_WITHOUT_MODULE[1];
  }

  function recipeCard(number, have) {
    const recipe = data.answers.recipes[number];
    const claim = data.claims.find((one) => one.id === recipe.claim);
    const setUp = recipe.environ.length ? [make("p", { class: "label" }, "Set before importing TensorFlow"), copyable(recipe.environ.map((one) => "export " + one).join("\n"), "the environment variables")] : [];
    return make("article", { class: "recipe" },
      make("p", { class: "chips" }, make("span", { class: "level" }, labelOf("mode", recipe.mode)), make("span", { class: "level" }, "tensorflow_hub " + recipe.hub), make("span", { class: "level" }, labelOf("keras", recipe.keras)), make("span", { class: "level" }, "Python " + recipe.python), !fits(recipe, have) ? make("b", {}, "not your tensorflow_hub " + have["tensorflow-hub"]) : ""),
      make("p", { class: "label" }, "The call that was observed to work"), recipe.call ? copyable(recipe.imports + "\n\n" + recipe.call.trim(), "the call") : make("p", {}, claim ? claim.says : ""),
      ...setUp, make("p", { class: "label" }, "Install"), copyable("pip install " + recipe.pins.map((pin) => /[<>; ]/.test(pin) ? '"' + pin + '"' : pin).join(" "), "the installation"),
      recipe.caveats.length ? make("ul", { class: "caveats" }, ...recipe.caveats.map((text) => make("li", {}, text))) : "",
      make("p", {}, make("a", { href: "#" + new URLSearchParams({ claim: recipe.claim, release: recipe.release, mode: recipe.mode, hub: recipe.hub.split(".").slice(0, 2).join("."), keras: recipe.keras }) }, "The evidence"),
        claim ? " for “" + claim.says + "”" : ""));
  }

  const labelOf = (name, value) => [...filters.elements[name].options].find((option) => option.value === value)?.text || value;
  const fits = (recipe, have) => !have["tensorflow-hub"] || hubLine(have["tensorflow-hub"]) === hubLine(recipe.hub);

  function showAnswer() {
    const have = versionsIn(asked("have"));
    const named = releaseIn(have);
    if (named) ask.elements.release.value = named;
    const answer = data.answers.of[[asked("format"), asked("operation"), asked("release")].join("/")];
    const read = Object.entries(have).map(([name, version]) => name + " " + version).join(", ");
    byId("read").textContent = !asked("have") ? "" : read ? "Read: " + read + (named ? "." : ". No TensorFlow release among those tried; choose one above.") : "No versions of TensorFlow or tensorflow_hub in it.";
    const needsOther = answer && answer.recipes.length && !answer.recipes.some((number) => fits(data.answers.recipes[number], have));
    const short = needsOther ? "Not with your tensorflow_hub " + have["tensorflow-hub"] : SUPPORT[answer ? answer.support : "unknown"];
    byId("answer").replaceChildren(
      make("p", { class: "answer-line" }, make("strong", { class: "support" }, short), " ", answer ? answer.says : "This run did not try it."),
      ...recipes(answer ? answer.recipes : [], have), ...(answer ? advice(answer) : []),
      ...(answer && answer.elsewhere >= 0 ? [make("h3", {}, "The nearest release in which it works as promised: TensorFlow " + data.answers.recipes[answer.elsewhere].release), recipeCard(answer.elsewhere, have)] : []));
  }

  /** What to do instead of what does not work here: at once if nothing works, folded beside what does. */
  function advice(answer) {
    const lines = answer.instead.map((text) => make("p", { class: "instead" }, make("b", {}, "Instead: "), text));
    const broken = data.claims.filter((claim) => answer.broken.includes(claim.id));
    if (!answer.recipes.length || !broken.length) return lines;
    return [make("details", {}, make("summary", {}, "What does not hold here: " + counted(broken.length, "claim")),
      make("ul", {}, ...broken.map((claim) => make("li", {}, make("a", { href: "#claim-" + claim.id }, claim.says)))), ...lines)];
  }

  /** The best recipe, the others folded; first those that fit the tensorflow_hub that somebody has. */
  function recipes(numbers, have) {
    const suits = (number) => fits(data.answers.recipes[number], have);
    const [best, ...others] = [...numbers].sort((one, other) => suits(other) - suits(one));
    if (best === undefined) return [];
    if (!others.length) return [recipeCard(best, have)];
    return [recipeCard(best, have), make("details", {}, make("summary", {}, others.length === 1 ? "Another way that works" : others.length + " other ways that work"), ...others.map((number) => recipeCard(number, have)))];
  }

  // ---- The address

  let written = "";
  let started = false;

  function writeAddress(asking) {
    const state = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
    if (asking || readAddress().has("ask")) state.set("ask", [asked("format"), asked("operation"), asked("release")].join("/"));
    if (state.has("ask") && asked("have")) state.set("have", Object.entries(versionsIn(asked("have"))).map((one) => one.join("==")).join(" "));
    written = "#" + state;
    history.replaceState(null, "", written === "#" ? location.pathname + location.search : written);
  }

  const readAddress = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

  /** Brings the page into the state that the address names, and to the part of it that is meant. */
  function follow() {
    if (started && location.hash && !location.hash.includes("=")) return reveal(byId(decodeURIComponent(location.hash.slice(1))));
    const state = readAddress();
    for (const field of fields) {
      if (field.type === "checkbox") field.checked = state.has(field.name);
      else field.value = state.get(field.name) || "";
      if (field.selectedIndex === -1) field.value = "";
    }
    applyFilters();
    byId("filter-box").open = active(chosen());
    if (state.has("ask")) {
      ["format", "operation", "release"].forEach((name, part) => {
        const value = state.get("ask").split("/")[part];
        if ([...ask.elements[name].options].some((option) => option.value === value)) ask.elements[name].value = value;
      });
      ask.elements.have.value = (state.get("have") || "").replaceAll(" ", "\n");
      ask.querySelector(".paste").open = state.has("have");
      showAnswer();
    }
    if (state.has("show")) show(state.get("show"));
    else if (active(chosen())) byId("find").scrollIntoView();
    else if (state.has("ask")) byId("ask-section").scrollIntoView();
    else if (location.hash) reveal(byId(decodeURIComponent(location.hash.slice(1))));
    return undefined;
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

  /** Unfolds and unfilters whatever hides the target of a link. */
  function reveal(target) {
    if (!target) return;
    for (let around = target; around; around = around.parentElement) {
      if (around.tagName === "DETAILS") around.open = true;
      around.hidden = false;
    }
    target.scrollIntoView();
  }

  // ---- Start

  for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
  byId("no-script").hidden = true;
  filters.addEventListener("input", () => { applyFilters(); writeAddress(false); });
  filters.addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => { filters.reset(); applyFilters(); writeAddress(false); fields[0].focus(); });
  byId("more").addEventListener("click", showMore);
  ask.addEventListener("input", (event) => {
    if (event.target.name === "release") ask.elements.have.value = "";
    showAnswer();
    writeAddress(true);
  });
  ask.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
    const mark = event.target.closest("td[data-c]");
    if (mark) location.hash = new URLSearchParams({ claim: mark.closest("[data-claim]").dataset.claim, release: mark.dataset.r });
  });
  addEventListener("hashchange", () => { if (location.hash !== written) follow(); });
  showAnswer();
  follow();
  started = true;
  document.documentElement.dataset.ready = "1";
  byId("data").dataset.readyAfter = String(Math.round(performance.now()));
})();

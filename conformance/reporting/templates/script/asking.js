// ---- The input: from what somebody pastes or chooses to one card, in place

const ask = byId("ask");
const said = byId("say");
const asked = (name) => ask.elements[name].value;
// A text is a claim if it has this share of its words, by weight, and so many of them; what reads as a call asks for more.
const STATES_A_CLAIM = { score: 0.9, shared: 5 };
const READS_AS_AN_ERROR = /error|exception|traceback|cannot|can't|could not|not found|no module|no attribute|unsupported/i;
const IS_LIKE_A_CLAIM = { score: 0.55, shared: 4 };

/** Answers what the fields hold. Nothing else on the page changes. */
function showAnswer() {
  const text = said.value.trim();
  const have = versionsIn(text);
  const named = releaseIn(have);
  if (!ask.elements.release.dataset.chosen) ask.elements.release.value = named; // what nobody chose, the text decides
  const release = asked("release") || named || data.newest;
  const [format, operation] = [asked("format"), asked("operation")];
  byId("forget").hidden = !(text || format || operation || asked("release"));
  const parts = text ? answerText(text, release, have, { format, operation }) : choices(format, operation, release, have);
  byId("answer").replaceChildren(...(text ? [read(have, named)] : []), ...parts);
}

/** What was read out of a text, so that nobody wonders. */
function read(have, named) {
  const found = Object.entries(have).map(([name, version]) => name + " " + version).join(", ");
  const missing = have.tensorflow && !named ? " This TensorFlow is not among those tried; choose the nearest above." : "";
  return make("p", { class: "read" }, found ? "Read: " + found + "." + missing : "");
}

function choices(format, operation, release, have) {
  if (format && operation) return [answerCard(format, operation, release, have)];
  return format || operation || asked("release") ? [releaseCard(release, have, { format, operation })] : [];
}

/** The cards for a text: an error, a call, a claim or versions. */
function answerText(text, release, have, only) {
  const call = callIn(text);
  const wanted = only.operation || (call ? call.operation : "");
  if (onlyVersions(text) && Object.keys(have).length) return only.format && only.operation ? [answerCard(only.format, only.operation, release, have)] : [releaseCard(release, have, only)];
  const error = errorCards(text, release, wanted, have, call);
  if (error.known) return error.cards;
  const [best] = claimsLike(text);
  const claimed = (limit) => best && best.score >= limit.score && best.shared >= limit.shared;
  if (claimed(call ? STATES_A_CLAIM : IS_LIKE_A_CLAIM)) return [claimCard(best.claim, release, have)];
  if (call) return [answerOfCall(call, only, release, have)];
  if (error.cards.length && READS_AS_AN_ERROR.test(text)) return error.cards;
  if (Object.keys(have).length) return [releaseCard(release, have, only)];
  return [unknown(text)];
}

/** A call: which format that is, and whether it works; why not comes first, where it is this call that does not. */
function answerOfCall(call, only, release, have) {
  const [format, operation] = [only.format || call.format, only.operation || call.operation];
  const answer = data.answers[[format, operation, release].join("/")];
  const broken = answer && call.name && answer.broken.find(({ cause, claims }) => data.known[cause] && data.known[cause].what.includes(call.name)
    && claims.map(claimNamed).some((claim) => claim.source === "page" && ["broken", "partly"].includes(stateOf(claim, release))));
  const answered = !broken ? answerCard(format, operation, release, have, call.name)
    : card(aboutOf(format, operation, release), data.known[broken.cause].what, ...causeParts(broken.cause, release, operation, have, call),
      ...(answer.recipes.length ? [folded("What works on " + releaseName(release), ...recipes(answer.recipes, have))] : []));
  answered.querySelector(".kind").before(make("p", { class: "is" }, make("b", {}, call.says)));
  return answered;
}

/** Nothing fits: say so, and name what is nearest. */
function unknown(text) {
  const near = claimsLike(text).filter(({ score }) => score > 0).slice(0, 3);
  return card("Not known", "Nothing that was observed is like this.",
    make("p", {}, "Try the last line of the traceback, or choose a format and what you want to do above."),
    ...(near.length ? [make("p", {}, "The nearest claims:"), list(near.map(({ claim }) => [claimLink(claim)]))] : []));
}


// The page's only script, in parts that are inlined one after the other (see html.py) and share one scope.
//
// Without it the page reads as well; it lacks the input, the comparison, the filters and the single observations. All
// it knows is in #data (see payload.py) and in the form fields; its whole state is in the address after the "#", so that
// every state can be linked to. Texts of models, errors and users only ever become text nodes.
//
// This part: the page's data, and elements.

const byId = (id) => document.getElementById(id);

/** Reads what a folded part holds: the page's own markup, which `late` of parts.html.j2 escaped and put aside. */
function unfold(unread) {
  const { body } = new DOMParser().parseFromString(unread.textContent, "text/html");
  for (const part of body.querySelectorAll("[data-script]")) part.hidden = false;
  unread.replaceWith(...body.childNodes);
}

/** The element of that id, wherever it is folded away; null if there is none. */
function partOf(id) {
  const unread = byId(id) ? null : [...document.querySelectorAll("noscript")].find((one) => one.textContent.includes(' id="' + id + '"'));
  if (unread) unfold(unread);
  return byId(id);
}

document.addEventListener("toggle", ({ target }) => {
  const unread = target.open && target.querySelector("noscript");
  if (unread) unfold(unread);
}, true);

const data = await unpacked(byId("data").textContent);

/** The page's data, which packing.py compressed. */
function unpacked(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  const stream = new ReadableStream({ start(queue) { queue.enqueue(bytes); queue.close(); } }); // a Blob's would cross processes
  return new Response(stream.pipeThrough(new DecompressionStream("gzip"))).json();
}

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

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ","); // toLocaleString("en") takes 40 ms at first
const counted = (number, what) => grouped(number) + " " + what + (number === 1 ? "" : "s");
const glyph = (word) => make("i", { "aria-hidden": "true" }, data.glyphs[word]);
const hidden = (text) => make("span", { class: "vh" }, text);
const label = (text) => make("p", { class: "label" }, text);
const outcomeChip = (word) => make("span", { class: "outcome" }, glyph(word), " " + word);
const verdictChip = (row) =>
  make("span", { class: "verdict v-" + data.states[row[STATE]] }, glyph(data.states[row[STATE]]), " " + data.texts[row[WORDS]]);
const address = (state) => "#" + new URLSearchParams(state);
const releaseName = (release) => ({ rc: "the release candidate", nightly: "the nightly" }[release] || "TensorFlow " + release);

/** A claim as a link to all that the page says of it. */
const claimLink = (claim) => make("a", { href: "#claim-" + claim.id }, claim.says.replace(/\.$/, ""));
const claimNamed = (id) => data.claims.find((claim) => claim.id === id);

/** Issue threads as links; they lead away from the page, and only when somebody follows them. */
function threads(links) {
  return links.flatMap(([name, url], number) => [number ? ", " : "", make("a", { href: url, rel: "noreferrer" }, name)]);
}

/** A text that can be copied with one button. */
function copyable(text, what) {
  return make("div", { class: "copyable" }, make("pre", { tabindex: "0" }, text),
    make("button", { type: "button", class: "copy", "data-copy": text }, "Copy", hidden(" " + what)));
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch (refused) { // no permission, or a page from a file: the old way
    const box = make("textarea", { "aria-label": "To be copied" }, button.dataset.copy);
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

/** A sentence in which code stands between backticks. */
const withCode = (text) => text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));

// ---- The address: the whole state of the page after the "#"

let written = "";
let started = false;
const LINKABLE = 600; // characters of a pasted text that go into the address

function writeAddress() {
  const state = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
  const question = [asked("format"), asked("operation"), asked("release")];
  if (question.some(Boolean)) state.set("ask", question.join("/"));
  const text = said.value.trim();
  if (text && text.length <= LINKABLE) state.set("say", text);
  written = "#" + state;
  history.replaceState(null, "", written === "#" ? location.pathname + location.search : written);
}

const readAddress = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

/** Brings the page into the state that the address names, and to the part of it that is meant. */
function follow() {
  if (started && location.hash && !location.hash.includes("=")) return reveal(partOf(decodeURIComponent(location.hash.slice(1))));
  const state = readAddress();
  for (const field of fields) {
    if (field.type === "checkbox") field.checked = state.has(field.name);
    else field.value = state.get(field.name) || "";
    if (field.selectedIndex === -1) field.value = "";
  }
  applyFilters();
  byId("filter-box").open = active(chosen());
  if (state.has("ask") || state.has("say")) {
    const question = (state.get("ask") || "//").split("/");
    ["format", "operation", "release"].forEach((name, part) => {
      const field = ask.elements[name];
      field.value = [...field.options].some((option) => option.value === question[part]) ? question[part] : "";
      if (name === "release") field.dataset.chosen = field.value;
    });
    said.value = state.get("say") || "";
    showAnswer();
  }
  if (state.has("show")) show(state.get("show"));
  else if (active(chosen())) byId("find").scrollIntoView();
  else if (state.has("ask") || state.has("say")) byId("ask-section").scrollIntoView();
  else if (location.hash) reveal(partOf(decodeURIComponent(location.hash.slice(1))));
  return undefined;
}

/** Unfolds whatever hides the target of a link. */
function reveal(target) {
  if (!target) return;
  for (let around = target; around; around = around.parentElement) if (around.tagName === "DETAILS") around.open = true;
  if (!target.matches(":target")) location.replace(location.hash); // it was not there when the link was followed
  target.scrollIntoView();
}


"use strict";
// Answers "made with A, used in B" from the data of the page; all that it says stands in the tables as well.
const known = JSON.parse(document.getElementById("answers").textContent);
const form = document.getElementById("ask");
const said = document.getElementById("said");
const answered = () => {
  const { role, made, used } = form.elements;
  const rows = known.answers[role.value];
  said.textContent = known.sentences[rows[made.selectedIndex][used.selectedIndex]];
  location.replace("#" + new URLSearchParams({ role: role.value, made: made.value, used: used.value }));
};
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  const asked = form.elements[name];
  if (asked && [...asked.options].some((option) => option.value === value)) asked.value = value;
}
form.addEventListener("change", answered);
form.hidden = false;
answered();

// ---- The run: its columns, as payload.py packs them, into one array per trait

const [CLAIM, CELL, LITERAL, STATE, WORDS, WHY, CAUSE, WAY, CHANGED] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const observations = decode(data.observations);
const verdictKey = (cell, claim, literal, way) => cell + "," + claim + "," + literal + "," + way;
const verdictOf = new Map(data.verdicts.map((row) => [verdictKey(row[CELL], row[CLAIM], row[LITERAL], row[WAY]), row]));

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
  return probeOf(index)[3].map(([claim, literal, way]) => verdictOf.get(verdictKey(observations.cell[index], claim, literal, way))).filter(Boolean);
}

function commandOf(index) {
  return data.commands[observations.command[index]].replaceAll("{cell}", () => cellOf(index).id).replaceAll("{probe}", () => probeOf(index)[0]);
}

/** The state of a claim in a release: "holds", "partly", "broken", "exceeded", "unclear", "missing" or "none". */
function stateOf(claim, release) {
  const letter = claim.states[data.releases.indexOf(release)];
  return Object.keys(data.claimStates).find((state) => state[0] === letter) || "none";
}


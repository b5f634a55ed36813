// Finds a pasted error again, as matching.py does: the same rules, the same whole-number weights, the same scores.
//
// The interface:
//
//   const explain = explainer(data)    data: what payload.py makes of the index, at DATA.errorIndex in the report.
//                                      Costs nothing; the index is read when something is first asked.
//   explain(text)  ->  {match, score, nearest}
//
//     match     the entry of the known error that the text is, or null where none is sure enough
//     score     how sure the first one is, 0 to 1; a match from data.threshold on
//     nearest   the next entries, the surest first, at most data.nearest of them (those to name where match is null);
//               empty where nothing has anything in common with the text
//
//   An entry (index.py makes it):
//
//     {text, classes, origins, outcomes: {works: 3}, met: [{where, releases}], steps: [what the probes did],
//      causes: [{blame, cause, reason, upstream}], instead: [{do, releases}], claims: [id], probes: [id],
//      places: [[format, operation]]}           (see index.py; fields that would be empty are left out)
"use strict";
function explainer(data) {
  const varying = data.rules.varying.map(([pattern, standIn]) => [new RegExp(pattern, "gm"), standIn]);
  const untelling = data.rules.untelling.map((pattern) => new RegExp(pattern, "gm"));
  const quoted = new RegExp(data.rules.quoted, "gm");
  const beginning = new RegExp(data.rules.beginning, "gm");
  const end = new RegExp(data.rules.end, "gm");
  const { mostParts, longestPart, enough, larger, smaller, earlier } = data.rules;
  const having = new Map();
  let sizes = null;

  const steady = (text) => varying.reduce((done, [pattern, standIn]) => done.replace(pattern, () => standIn), text);

  const comparable = (text) => untelling.reduce((done, pattern) => done.replace(pattern, " "), text);

  const words = (text) =>
    text
      .split(/[^A-Za-z_]+/)
      .map((word) => word.replace(/^_+|_+$/g, "").toLowerCase())
      .filter((word) => word.length > 1);

  const names = (text) => [...text.matchAll(quoted)].map((found) => "'" + words(found[1]).join("."));

  function features(found, quotedNames) {
    const all = new Set(found);
    for (let i = 1; i < found.length; i++) all.add(`${found[i - 1]} ${found[i]}`);
    for (const name of quotedNames) all.add(name);
    return all;
  }

  function parts(text) {
    const ends = [...text.matchAll(end)].map((found) => found.index);
    const found = [[text.slice(-longestPart), !ends.length]];
    for (const { index } of [...text.matchAll(beginning)].slice(-mostParts)) {
      const stop = ends.find((one) => one >= index);
      const part = text.slice(index, stop === undefined ? text.length : stop).slice(0, longestPart);
      found.push([part, stop === undefined], [part.split("\n", 1)[0], stop === undefined]);
    }
    return found;
  }

  // The words of a part, those put together again that a narrow window broke in two.
  function mended(part) {
    const done = [];
    for (const line of part.split("\n")) {
      const found = words(line);
      if (done.length && found.length) {
        const joined = done[done.length - 1] + found[0];
        const broken = !having.has(done[done.length - 1]) || !having.has(found[0]);
        if (broken && having.has(joined)) {
          done[done.length - 1] = joined;
          found.shift();
        }
      }
      done.push(...found);
    }
    return done;
  }

  // How many bits a whole number has.
  const bits = (number) => (number ? 32 - Math.clz32(number) : 0);

  // How much a word, a pair or a name says: the fewer known errors have it, the more.
  const weight = (feature) => bits(Math.floor(data.entries.length / (having.get(feature) || [0]).length));

  const weightOf = (all) => [...all].reduce((sum, feature) => sum + weight(feature), 0);

  function read() {
    const known = data.entries.map((entry) => {
      const text = comparable(steady(entry.text));
      return features(words(text), names(text));
    });
    known.forEach((mine, number) => {
      for (const feature of mine) having.has(feature) ? having.get(feature).push(number) : having.set(feature, [number]);
    });
    sizes = known.map(weightOf);
  }

  function scores(text) {
    if (!sizes) read();
    const best = new Map();
    const most = enough * bits(data.entries.length);
    for (const [raw, last] of parts(steady(text))) {
      const part = comparable(raw);
      const mine = features(mended(part), names(part));
      const size = weightOf(mine);
      const shared = new Map();
      for (const feature of mine) {
        for (const number of having.get(feature) || []) {
          shared.set(number, (shared.get(number) || 0) + weight(feature));
        }
      }
      for (const [number, common] of shared) {
        const ofText = common / size;
        const ofKnown = common / sizes[number];
        const share = larger * Math.max(ofText, ofKnown) + smaller * Math.min(ofText, ofKnown);
        const score = share * Math.min(1, common / most) * (last ? 1 : earlier);
        best.set(number, Math.max(best.get(number) || 0, score));
      }
    }
    return [...best].sort((one, other) => other[1] - one[1] || one[0] - other[0]);
  }

  return function explain(text) {
    const found = scores(text);
    const score = found.length ? found[0][1] : 0;
    const match = score >= data.threshold ? data.entries[found[0][0]] : null;
    const rest = found.slice(match ? 1 : 0, (match ? 1 : 0) + data.nearest);
    return { match, score, nearest: rest.map(([number]) => data.entries[number]) };
  };
}

// Finds a pasted error again, as matching.py does: the same rules, the same whole-number weights, the same scores.
//
// The interface:
//
//   const explain = explainer(data)    data: what payload.py makes of the index, at DATA.errorIndex in the report.
//                                      Costs nothing; the index is read when something is first asked.
//   explain(text)  ->  {match, doubt, score, nearest}
//
//     match     the entry of the known error that the text is, or null where none is sure enough
//     doubt     why it may be another error all the same: "other names", "common" (of those that others raise as well), or ""
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
  const saidOtherwise = data.rules.saidOtherwise.map(([pattern, standIn]) => [new RegExp(pattern, "gm"), standIn]);
  const untelling = data.rules.untelling.map((pattern) => new RegExp(pattern, "gm"));
  const quoted = new RegExp(data.rules.quoted, "gm");
  const beginning = new RegExp(data.rules.beginning, "gm");
  const line = new RegExp(data.rules.line, "gm");
  const wholeLine = new RegExp(data.rules.wholeLine);
  const end = new RegExp(data.rules.end, "gm");
  const ofHub = new RegExp(data.rules.ofHub, "m");
  const ofTensorflow = new RegExp(data.rules.ofTensorflow);
  const op = new RegExp(data.rules.op, "m");
  const { mostParts, longestPart, short, beginningWords, within } = data.rules;
  const { most, fewest, enough, larger, even, roomy, earlier, around, cut } = data.rules;
  const { otherBeginning, sameBeginning, shortKnown, otherClass, otherNames, otherOp, fewWords } = data.rules;
  const having = new Map();
  let known = null; // per entry: what it weighs as a whole and by its headline, what is in that, its names, how it begins

  const steady = (text) => varying.reduce((done, [pattern, standIn]) => done.replace(pattern, () => standIn), text);

  const inOneWording = (text) => saidOtherwise.reduce((done, [pattern, standIn]) => done.replace(pattern, standIn), text);

  const comparable = (text) => untelling.reduce((done, pattern) => done.replace(pattern, " "), inOneWording(text));

  const words = (text) =>
    text
      .split(/[^A-Za-z_]+/)
      .map((word) => word.replace(/^_+|_+$/g, "").toLowerCase())
      .filter((word) => word.length > 1);

  const names = (text) => [...text.matchAll(quoted)].map((found) => "'" + words(found[1]).join("."));

  function features(found, quotedNames = []) {
    const all = new Set(found);
    for (let i = 1; i < found.length; i++) all.add(`${found[i - 1]} ${found[i]}`);
    for (const name of quotedNames) all.add(name);
    return all;
  }

  // The first line of a text that says something.
  function headline(text) {
    const lines = text.split("\n").filter((line) => words(line).length);
    return lines.slice(0, lines.length && words(lines[0]).length <= short ? 2 : 1).join(" ");
  }

  // The first words of a known text, its class aside.
  function beginningOf(text) {
    const trimmed = text.trimStart();
    const [named] = trimmed.matchAll(beginning);
    const ofClass = named && named.index === 0 ? words(named[0]).length : 0;
    return words(text).slice(ofClass, ofClass + beginningWords);
  }

  // What can be the text of one error: {text, last: no other came after it, begins: where one may begin, cut: it goes
  // on, around: other things may stand around it}.
  function parts(text) {
    const ends = [...text.matchAll(end)].map((found) => found.index);
    const beginnings = [...text.matchAll(beginning)];
    const whole = { text: text.slice(-longestPart), last: !ends.length, begins: false, cut: false };
    const found = [{ ...whole, around: beginnings.length > 0 || wholeLine.test(text) }];
    for (const { index } of (beginnings.length ? beginnings : [...text.matchAll(line)]).slice(-mostParts)) {
      const stop = ends.find((one) => one >= index);
      const part = text.slice(index, stop === undefined ? text.length : stop).slice(0, longestPart);
      const last = stop === undefined;
      found.push({ text: part, last, begins: true, cut: false });
      found.push({ text: part.split("\n", 1)[0], last, begins: true, cut: true });
    }
    return found;
  }

  // The words of a part, those put together again that a narrow window broke in two.
  function rejoined(part) {
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

  // How much a word, a pair or a name says: the fewer known errors have it, the more, up to `most`.
  const weight = (feature) =>
    Math.min(most, bits(Math.floor(Math.max(fewest, data.entries.length) / (having.get(feature) || [0]).length)));

  const weightOf = (all) => [...all].reduce((sum, feature) => sum + weight(feature), 0);

  function read() {
    const compared = data.entries.map((entry) => comparable(steady(entry.text)));
    const whole = compared.map((text) => features(words(text), names(text)));
    whole.forEach((mine, number) => {
      for (const feature of mine) having.has(feature) ? having.get(feature).push(number) : having.set(feature, [number]);
    });
    known = compared.map((text, number) => {
      const first = headline(text);
      const inHeadline = features(words(first), names(first));
      const sizes = [weightOf(whole[number]), weightOf(inHeadline)];
      return { sizes, inHeadline, beginning: features(beginningOf(text)), names: names(first) };
    });
  }

  // How sure a weight in common is, of a text and of a known one that weigh so much.
  function share(common, size, ofKnown) {
    if (!common) return 0;
    const [one, other] = [common / size, common / ofKnown];
    const ofLarger = other > one ? even + (larger - even) * Math.min(1, ofKnown / roomy) : larger;
    return (ofLarger * Math.max(one, other) + (1 - ofLarger) * Math.min(one, other)) * Math.min(1, common / enough);
  }

  function beginsAlike(number, mine) {
    const all = known[number].beginning;
    return weightOf([...all].filter((feature) => mine.has(feature))) >= sameBeginning * weightOf(all);
  }

  // The class that a part begins with, without its modules.
  function classOf(part) {
    const [named] = part.matchAll(beginning);
    return named && named.index === 0 ? named[0].split(".").pop() : "";
  }

  function isOfAnotherClass(number, named) {
    const classes = data.entries[number].classes.map((one) => one.split(".").pop());
    return known[number].sizes[0] < shortKnown && named && !classes.includes(named);
  }

  // {number, score, otherNames} of the known errors that share something with a part.
  function scoresOfPart(part, begins, sure) {
    const found = rejoined(part);
    const quotedNames = names(part);
    const mine = features(found, quotedNames);
    const shared = new Map();
    for (const feature of mine) {
      for (const number of having.get(feature) || []) {
        if (!shared.has(number)) shared.set(number, [0, 0]);
        const both = shared.get(number);
        both[0] += weight(feature);
        if (known[number].inHeadline.has(feature)) both[1] += weight(feature);
      }
    }
    const size = weightOf(mine);
    const first = begins && features(found.slice(0, within));
    const named = begins ? classOf(part) : "";
    return [...shared].map(([number, both]) => {
      const { sizes, names: itsNames } = known[number];
      let score = Math.max(...both.map((common, i) => share(common, size, sizes[i])));
      if (first && !beginsAlike(number, first)) score *= otherBeginning;
      if (isOfAnotherClass(number, named)) score *= otherClass;
      const others = !quotedNames.every((name) => itsNames.includes(name)) && !itsNames.every((name) => quotedNames.includes(name));
      return { number, score: score * sure * (others ? otherNames : 1), others };
    });
  }

  function scores(text) {
    if (!known) read();
    const best = new Map();
    const all = parts(steady(text));
    for (const part of all) {
      let sure = (part.last ? 1 : earlier) * (part.cut ? cut : 1);
      if (op.test(part.text)) sure *= otherOp;
      if (part.around) sure *= around;
      for (const found of scoresOfPart(comparable(part.text), part.begins, sure)) {
        if (!best.has(found.number) || found.score > best.get(found.number).score) best.set(found.number, found);
      }
    }
    return [...best.values()].sort((one, other) => other.score - one.score || one.number - other.number);
  }

  const isOfPip = (entry) => entry.origins.join() === "pip";
  const isOfHubOnly = (entry) => entry.origins.join() === "tensorflow_hub";
  const headlineOf = (entry) => headline(comparable(steady(entry.text)));

  // Whether its few words mean something else in every program, unless it is tensorflow_hub that says them.
  const saysLittle = (entry) => !isOfHubOnly(entry) && words(headlineOf(entry)).length <= fewWords;

  // Whether a text is about TF Hub and its models: it says so, or nothing else raises what it says.
  const isOfHub = (entry, text) => (isOfHubOnly(entry) && words(headlineOf(entry)).length >= fewWords) || ofHub.test(text);

  // Whether it is known well enough that this is not the error.
  function isAnother(entry, text, doubt, score) {
    if (doubt === "other names") return !entry.probes || (saysLittle(entry) && !isOfHub(entry, text));
    if (doubt === "common") return saysLittle(entry) && score < data.wordForWord;
    return isOfPip(entry) && !ofTensorflow.test(text);
  }

  function doubtOf(entry, text, others) {
    if (others) return "other names";
    return entry.pin || isOfPip(entry) || isOfHub(entry, text) ? "" : "common";
  }

  // Whether it is known by a name that the text has not: nothing that is known of one op or package is true of another.
  const isOfAnotherName = ({ number, others }) => others && !data.entries[number].probes;

  return function explain(text) {
    const found = scores(text).sort((one, other) => isOfAnotherName(one) - isOfAnotherName(other));
    const score = found.length ? found[0].score : 0;
    const likely = score >= data.threshold ? data.entries[found[0].number] : null;
    const doubt = likely ? doubtOf(likely, text, found[0].others) : "";
    const known = likely && !isAnother(likely, text, doubt, score);
    const rest = found.slice(known ? 1 : 0, (known ? 1 : 0) + data.nearest);
    return { match: known ? likely : null, doubt: known ? doubt : "", score, nearest: rest.map(({ number }) => data.entries[number]) };
  };
}

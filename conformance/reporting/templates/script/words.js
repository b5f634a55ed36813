// ---- What people write: versions, calls and claims, in their words

// Calls as people know them, the most telling first: what is asked for, of which format, and how the page calls that.
const CALLS = [
  [/\bfrom the TF1 Hub format\b/, "tf1-hub", "fine-tune", "You set trainable on a model in the TF1 Hub format? The page says that TF2 cannot fine-tune it."],
  [/\bcreate_module_spec\b|\bhub\.add_signature\b/, "tf1-hub", "create", "You call hub.create_module_spec? That makes a model in the TF1 Hub format."],
  [/\bhub\.Module\s*\((?:[^()]|\([^()]*\))*trainable\s*=\s*True/, "tf1-hub", "fine-tune", "You call hub.Module with trainable=True? That fine-tunes a model in the TF1 Hub format."],
  [/\bhub\.Module\b|\bhas no attribute ['"]?Module\b/, "tf1-hub", "load", "You call hub.Module? That is the TF1 Hub format."],
  [/\bhub\.\w+_embedding_column\b/, "tf1-hub", "load", "You use a feature column of tensorflow_hub? It wraps a model in the TF1 Hub format."],
  [/\bhub\.KerasLayer\s*\((?:[^()]|\([^()]*\))*signature\s*=/, "tf1-hub", "load", "You call hub.KerasLayer with a signature? That loads a model in the TF1 Hub format."],
  [/\bhub\.load\b[^\n]*\.signatures\b/, "tf1-hub", "load", "You call a signature of hub.load? So a model in the TF1 Hub format is used in TF2."],
  [/\bEstimator\b|\bestimator\b/, "tf2-savedmodel", "fine-tune", "You use an Estimator? The page names it for fine-tuning a TF2 SavedModel in TF1 or in compat mode."],
  [/\bKerasLayer\b[\s\S]*(?:trainable\s*=\s*True|\.fit\s*\()/, "tf2-savedmodel", "fine-tune", "You train through hub.KerasLayer? That fine-tunes a TF2 SavedModel."],
  [/\bsaved_model\.save\b|\bexport_saved_model\b|\bsimple_save\b/, "tf2-savedmodel", "create", "You call tf.saved_model.save? That makes a TF2 SavedModel."],
  [/\bKerasLayer\b/, "tf2-savedmodel", "load", "You call hub.KerasLayer? That loads a TF2 SavedModel (or, with signature=, a model in the TF1 Hub format)."],
  [/\bhub\.load\b|\bsaved_model\.load\b|\bTFSMLayer\b/, "tf2-savedmodel", "load", "You call hub.load? That loads a TF2 SavedModel (a model in the TF1 Hub format is then used by its signatures)."],
];

// The names by which causes speak of these calls.
const NAMES = [[/\bModule\b|module_spec|add_signature|embedding_column/, "hub.Module"], [/\bestimator\b/i, "Estimator"], [/\bKerasLayer\b/, "KerasLayer"]];

/** The call that a text is about: {format, operation, says, name}; null if it names none. */
function callIn(text) {
  const found = CALLS.find(([pattern]) => pattern.test(text));
  if (!found) return null;
  const [, name] = NAMES.find(([pattern]) => pattern.test(found[0].exec(text)[0])) || [];
  return { format: found[1], operation: found[2], says: found[3], name };
}

/** The packages named in what pip freeze, pip list or a person writes: name -> version. */
function versionsIn(pasted) {
  const text = pasted.replace(/^Name: *(\S+)\s+Version: */gm, "$1=="); // pip show
  const found = {};
  for (const [, name, version] of text.matchAll(/(?<![\w./-])(tensorflow(?:[-_](?:cpu|gpu|intel|macos|hub))?|tf|hub|tf[-_](?:nightly|keras)|keras)\b[ \t]*(?:==|=|@|:|v|[ \t])[ \t]*v?(\d+(?:\.\d+)*[\w.]*)/gi))
    found[name.toLowerCase().replaceAll("_", "-").replace(/^tf$/, "tensorflow").replace(/^hub$/, "tensorflow-hub").replace(/-(cpu|gpu|intel|macos)$/, "")] = version;
  const short = /\b(?:tf|in |on )(\d+\.\d+(?:\.\d+)?)\b/i.exec(text);
  if (short && !found.tensorflow) found.tensorflow = short[1];
  return found;
}

/** The release to ask about, from what was pasted; "" if it names none that was tried. */
function releaseIn(versions) {
  if (versions["tf-nightly"]) return "nightly";
  const number = versions.tensorflow || "";
  const minor = number.split(".").slice(0, 2).join(".");
  return data.releases.includes(minor) ? minor : /rc/.test(number) && data.releases.includes("rc") ? "rc" : "";
}

/** Whether a text is nothing but packages with versions, as pip freeze and pip list print them. */
function onlyVersions(text) {
  const line = /^\s*(?:(?:[\w.[\]-]+(?:\s*(?:==|@|>=|~=)\s*\S+|\s+v?\d\S*)\s*)+|#.*|-[\s-]*|Package\s+Version|)\s*$/;
  return text.trim().split("\n").every((one) => line.test(one));
}

const tokens = (text) => text.toLowerCase().match(/[a-z_]{2,}\d*/g) || [];
const claimTokens = data.claims.map((claim) => new Set(tokens([claim.id, claim.says, claim.call].join(" "))));

/** The claims that a text is most like, best first: how many words they share, and a score from 0 to 1 in which rare words count more. */
function claimsLike(text) {
  const asked = [...new Set(tokens(text))];
  const weight = new Map(asked.map((word) => [word, Math.log((1 + claimTokens.length) / (1 + claimTokens.filter((own) => own.has(word)).length))]));
  const all = asked.reduce((sum, word) => sum + weight.get(word), 0) || 1;
  return data.claims
    .map((claim, number) => {
      const shared = asked.filter((word) => claimTokens[number].has(word));
      const named = claim.id === text.trim();
      return { claim, shared: named ? Infinity : shared.length, score: named ? 1 : shared.reduce((sum, word) => sum + weight.get(word), 0) / all };
    })
    .sort((one, other) => other.score - one.score || other.shared - one.shared);
}


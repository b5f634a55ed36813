"""Damaged places: a model folder, or the cache, of which a part is missing, cut short, no longer readable, or locked.

Every part is damaged in every way where a format is read by the call of its own; through the other calls and the cache,
some parts are lost, and what showed wrong numbers is tried again. What counts is that nobody gets wrong numbers:
either an error, or the right ones. Which step fails, and whether its error names the damaged file, is noted.
"""

import os
import shutil

import pytest

from conformance.inside import checks
from conformance.inside.probe import probe, public
from conformance.inside.probes import damage, steps, subjects

REQUIRED = ("graph", "index", "data", "asset")  # "marker" is for hub.Module alone
EVERY_WAY = [
    pytest.param(part, how, id="{}-{}".format(part, how)) for part in REQUIRED for how in sorted(damage.DAMAGES)
]
MARKER_IN_EVERY_WAY = [pytest.param("marker", how, id="marker-" + how) for how in sorted(damage.DAMAGES)]
LOST_OR_WRONG = [
    pytest.param(part, how, id="{}-{}".format(part, how))
    for part, how in [("data", "missing"), ("asset", "missing"), ("asset", "pointer")]
]
SECONDS_WITHOUT_PROGRESS = 600  # after which hub's resolver says that it revokes a lock


@pytest.fixture
def place(handle, tmp_path):
    """A copy of the golden model that may be damaged."""
    return damage.copy(handle, str(tmp_path / "place"))


@probe("tf2-savedmodel.load.tf2.damaged", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
@pytest.mark.parametrize(("part", "how"), EVERY_WAY)
def test_load(tf, hub, note, place, part, how):
    """hub.load of a folder with one damaged file, and a call: an error, never other numbers."""
    damage.do(place, part, how)
    _check_refused(note, part, lambda: public(hub, "load")(place), lambda loaded: _eagerly(tf, loaded))


@probe("tf2-savedmodel.load.tf2.damaged", "implied")
@pytest.mark.parametrize("model", ["tf2-text"])
@pytest.mark.parametrize("part", ["data", "asset"])
def test_keras_layer(tf, hub, note, place, part):
    """hub.KerasLayer of a folder without one of its files."""
    damage.do(place, part, "missing")
    _check_refused(note, part, lambda: public(hub, "KerasLayer")(place), lambda layer: _eagerly(tf, layer))


@probe("tf1-hub.load.tf2.damaged", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
@pytest.mark.parametrize(("part", "how"), LOST_OR_WRONG)
def test_load_of_a_module(tf, hub, note, place, part, how):
    """hub.load of a TF1 Hub model with one damaged file, and a call of its signature."""
    damage.do(place, part, how)
    _check_refused(note, part, lambda: public(hub, "load")(place), lambda loaded: _signature(tf, loaded))


@probe("tf1-hub.load.tf2.without-marker", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
@pytest.mark.parametrize("how", ["missing", "pointer"])
def test_load_without_the_marker(tf, hub, place, how):
    """hub.load of a TF1 Hub model whose tfhub_module.pb is missing or damaged: it is not read."""
    damage.do(place, "marker", how)
    loaded = public(hub, "load")(place)
    steps.check_inference_eagerly(tf, "text", lambda inputs: loaded.signatures["default"](inputs)["default"])


@probe("tf2-savedmodel.load.tf1.damaged", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
@pytest.mark.parametrize(("part", "how"), LOST_OR_WRONG)
def test_load_in_a_graph(tf, hub, note, place, part, how):
    """hub.load of a folder with one damaged file in graph mode, initializers and a run: one of them is an error."""
    damage.do(place, part, how)
    _check_refused(note, part, lambda: public(hub, "load")(place), lambda loaded: _in_session(tf, loaded))


@probe("tf1-hub.load.tf1.module.damaged", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
@pytest.mark.parametrize(("part", "how"), EVERY_WAY + MARKER_IN_EVERY_WAY)
def test_module(tf, hub, note, place, part, how):
    """hub.Module of a folder with one damaged file, initializers and a run: one of them is an error."""
    module = public(hub, "Module")
    damage.do(place, part, how)
    _check_refused(note, part, lambda: module(place), lambda loaded: _in_session(tf, loaded))


@probe("tf2-savedmodel.load.tf2.cache-damaged", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
@pytest.mark.parametrize("part", ["data", "asset"])
def test_cached(tf, hub, note, site, hosted, cache, part):
    """hub.load of a handle whose folder in TFHUB_CACHE_DIR has lost a file: an error or a new download; an error stays
    until the folder is removed, after which the model is downloaded anew."""
    folder = _downloaded(hub, hosted)
    damage.do(folder, part, "missing")
    load = public(hub, "load")
    _check_cached(hub, note, site, hosted, folder, part, lambda: _eagerly(tf, load(hosted)))
    steps.check_inference_eagerly(tf, "text", load(hosted))


@probe("tf1-hub.load.tf1.module.cache-damaged", "literal")
@pytest.mark.parametrize("model", ["tf1-text"])
@pytest.mark.parametrize("part", ["data", "marker"])
def test_cached_module(tf, hub, note, run, site, hosted, cache, part):
    """The same with hub.Module."""
    module, folder = public(hub, "Module"), _downloaded(hub, hosted)
    damage.do(folder, part, "missing")

    def compute():
        with tf.Graph().as_default():
            return _in_session(tf, module(hosted))

    _check_cached(hub, note, site, hosted, folder, part, compute)
    steps.check_inference_in_graph(tf, run, "text", module(hosted))


@probe("tf2-savedmodel.load.tf2.cache-damaged", "implied")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_cached_folder_without_files(tf, hub, note, site, hosted, cache):
    """The cleaner of a temporary folder took every file and left the folders: they are taken for the model."""
    folder = _downloaded(hub, hosted)
    for where, _, names in os.walk(folder):
        for name in names:
            os.remove(os.path.join(where, name))
    load = public(hub, "load")
    _check_cached(hub, note, site, hosted, folder, "graph", lambda: _eagerly(tf, load(hosted)))
    steps.check_inference_eagerly(tf, "text", load(hosted))


@probe("tf2-savedmodel.load.tf2.cache-lock", "literal")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_lock_of_a_dead_process(tf, hub, lost, note, site, hosted, cache, clock):
    """hub.load where a killed download left its lock: by a clock of the probe's own, how long it waits for it."""
    folder = _downloaded(hub, hosted)
    shutil.rmtree(folder)
    with open(folder + ".lock", "w") as file:
        file.write("other-host.1.deadbeef")
    steps.check_inference_eagerly(tf, "text", public(hub, "load")(hosted))
    checks.holds(len(site.queries) == 2, "the model is downloaded again", site.queries)
    checks.holds(not os.path.exists(folder + ".lock"), "the lock is gone", os.listdir(cache))
    note("waits {:.0f} s for the lock".format(clock.slept))
    if clock.slept > SECONDS_WITHOUT_PROGRESS + 10:
        lost(
            "a lock that nobody holds is waited for {:.0f} s, not {}, and only a message of the level INFO says so; "
            "remove the file that ends in .lock from the cache".format(clock.slept, SECONDS_WITHOUT_PROGRESS)
        )


@probe("tf2-savedmodel.load.tf2.cache-lock", "implied")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_lock_that_is_removed(tf, hub, site, hosted, cache, clock):
    """The same after the lock was removed by hand: nothing is waited for."""
    folder = _downloaded(hub, hosted)
    shutil.rmtree(folder)
    steps.check_inference_eagerly(tf, "text", public(hub, "load")(hosted))
    checks.holds(clock.slept == 0, "nothing is waited for", clock.slept)


@pytest.fixture
def clock(hub, monkeypatch):
    """Replaces the clock of hub's resolver by one that only sleeping moves on; knows the seconds `slept`."""
    import tensorflow_hub.resolver as resolver

    fake = _Clock()
    monkeypatch.setattr(resolver, "time", fake)
    if hasattr(resolver, "datetime"):
        monkeypatch.setattr(resolver, "datetime", _Dates(fake, resolver.datetime))
    return fake


class _Clock:
    slept = 0.0

    def sleep(self, seconds):
        self.slept += seconds

    def time(self):
        return 1e9 + self.slept


class _Dates:
    """The module `datetime` and its class of that name, as far as the resolver asks them for the time."""

    def __init__(self, clock, module):
        self._clock, self._module = clock, module
        self.datetime = self

    def now(self):
        return self._module.datetime.fromtimestamp(self._clock.time())

    def __getattr__(self, name):
        return getattr(self._module, name, None) or getattr(self._module.datetime, name)


def _downloaded(hub, hosted):
    """The folder in the cache to which the model is downloaded."""
    folder = public(hub, "resolve")(hosted)
    checks.holds(os.path.exists(os.path.join(folder, "saved_model.pb")), "the model lies in the cache", folder)
    return folder


def _check_cached(hub, note, site, hosted, folder, part, compute):
    """Refused or downloaded again; then the folder is removed."""
    _check_refused(note, part, lambda: None, lambda _: compute())
    if len(site.queries) > 1:
        note("it is downloaded again")
        return
    fine = hub.resolve(hosted) == folder
    note("it is not downloaded again, and hub.resolve {}".format("gives its folder" if fine else "gives another one"))
    shutil.rmtree(folder)


def _check_refused(note, part, load, compute):
    """Either step is an error; where neither is, the numbers must be right. Notes which step it was, and how clear."""
    reached = "the load"
    try:
        loaded = load()
        reached = "the computation"
        got = compute(loaded)
    except Exception as error:
        met = error
    else:
        checks.equal(got, subjects.outputs("text", subjects.batches("text")[0]), "a damaged model is refused, or right")
        note("nothing is lost")
        return

    def again():
        raise met

    checks.refused(again, "Exception", "", "a model with a damaged {} is refused".format(part))
    clear = damage.NAMED_BY[part] in str(met)
    note("{} fails, with an error that {}".format(reached, "names the file" if clear else "does not name the file"))


def _inputs(tf):
    return steps.tensor(tf, subjects.batches("text")[0])


def _eagerly(tf, loaded):
    return loaded(_inputs(tf)).numpy()


def _signature(tf, loaded):
    return loaded.signatures["default"](_inputs(tf))["default"].numpy()


def _in_session(tf, loaded):
    outputs = loaded(_inputs(tf))
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session.run(outputs)

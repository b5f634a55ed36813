"""The vocabulary of the harness: every closed set of words that data, code and report share.

Imported both on the host and inside the environments under test, so it runs on Python 3.7 and needs nothing
but the standard library. Each enum's values are what the data files and records contain.
"""

from enum import Enum


class Word(str, Enum):
    """A word of the vocabulary; equal to, and written as, its value."""

    def __str__(self):
        # type: () -> str
        return str(self.value)


class Format(Word):
    """The two model formats of TensorFlow Hub."""

    TF1_HUB = "tf1-hub"
    TF2_SAVEDMODEL = "tf2-savedmodel"


class Operation(Word):
    """A row of the documented tables; `mode` is the footnote's row: what the compat mode itself promises."""

    LOAD = "load"
    FINE_TUNE = "fine-tune"
    CREATE = "create"
    MODE = "mode"


class Column(Word):
    """A column of the documented tables; `tf1` is headed "TF1 / TF1 compat mode in TF2"."""

    TF1 = "tf1"
    TF2 = "tf2"


class Mode(Word):
    """How TensorFlow is set up before a probe runs."""

    TF1 = "tf1"  # TF 1.x as imported
    TF1_COMPAT = "tf1-compat"  # TF 2.x after tensorflow.compat.v1.disable_v2_behavior()
    TF2 = "tf2"  # TF 2.x as imported


class Keras(Word):
    """Which Keras `tf.keras` is; a choice only from TF 2.16 on."""

    BUNDLED = "bundled"  # the Keras 2 that TensorFlow up to 2.15 brings along
    KERAS3 = "keras3"  # the default from TF 2.16 on
    LEGACY = "legacy"  # TF_USE_LEGACY_KERAS=1: the tf_keras package


class Level(Word):
    """How strongly the page states a claim."""

    FULLY_SUPPORTED = "fully-supported"
    SUPPORTED = "supported"
    RECOMMENDED = "recommended"
    CONDITIONAL = "conditional"
    NOT_SUPPORTED = "not-supported"


class Source(Word):
    """Who states a claim. Only the page's own claims count for the page; the others are its companions."""

    PAGE = "page"
    GUIDE = "guide"  # a guide that the page calls complete, or another of TensorFlow Hub's guides
    LIBRARY = "library"  # the library's source, docstrings or release notes
    THREAD = "thread"  # what users meet and report, on no page


class Standing(Word):
    """What a probe may say about a claim: only a literal one may headline a contradiction of the page."""

    LITERAL = "literal"
    IMPLIED = "implied"


class Outcome(Word):
    """What was observed of one probe in one cell."""

    WORKS = "works"
    DEGRADED = "degraded"  # runs, but loses something it should keep
    WRONG_VALUES = "wrong-values"  # runs and gives wrong numbers: the worst
    REJECTED = "rejected"  # a clear, deliberate error
    API_MISSING = "api-missing"
    FAILED = "failed"  # any other error
    CRASHED = "crashed"  # the process died of a signal
    TIMED_OUT = "timed-out"
    BLOCKED = "blocked"  # a prerequisite of the probe failed
    UNAVAILABLE = "unavailable"  # the environment cannot be built or imported here


class Verdict(Word):
    """What the outcomes of a claim's literal probes say about the claim, in one cell."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    EXCEEDS = "exceeds"  # works though documented as unsupported
    INCONCLUSIVE = "inconclusive"


class Package(Word):
    """Whom a deviation from the page is put down to."""

    TENSORFLOW = "tensorflow"
    HUB = "tensorflow_hub"
    KERAS = "keras"
    ENVIRONMENT = "environment"
    PAGE = "page"  # the page itself is out of date or imprecise


class Change(Word):
    """What became of a verdict or an outcome since another run; the worst first."""

    REGRESSION = "regression"
    CHANGED = "changed"
    MISSING = "missing"
    NEW = "new"
    FIXED = "fixed"
    UNCHANGED = "unchanged"

"""What a call says beside its result: nothing is "lost in silence" before a probe has listened."""

import logging
import re
import warnings
from contextlib import contextmanager

# Shown to nobody by default.
_HIDDEN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
# TensorFlow's loggers, and the root, to which those of other libraries pass on what they log.
_LOGGERS = ("tensorflow", "absl", "")
# Many a release warns of itself; about a model's training, only what has one of these words.
_ABOUT_TRAINING = re.compile(r"train|variable|weight|gradient", re.IGNORECASE)
_LONGEST = 90  # characters


class _Keep(logging.Handler):
    def __init__(self, said):
        logging.Handler.__init__(self, logging.WARNING)
        self._said = said
        self._records = []

    def emit(self, record):
        if not any(record is one for one in self._records):  # it reaches the root's handler as well
            self._records.append(record)
            self._said.append(record.getMessage())


@contextmanager
def listening():
    """Gives a list that holds, once this is left, the warnings and log lines that a user has seen meanwhile."""
    said = []
    handler = _Keep(said)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield said
        said.extend(str(one.message) for one in caught if not issubclass(one.category, _HIDDEN))
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def about_training(said):
    """Of these texts, what has to do with training, as the end of a sentence."""
    texts = [" ".join(text.split()) for text in said if _ABOUT_TRAINING.search(text)]
    if not texts:
        return "no warning and no log line says so"
    return "what is said about it: " + " / ".join('"{}"'.format(text[:_LONGEST]) for text in dict.fromkeys(texts))

"""What the probes hear of a call: what its user sees, once each, and nothing else."""

from __future__ import annotations

import logging
import warnings

from conformance.inside.probes import hearing


def test_hears_what_a_user_sees() -> None:
    with hearing.listening() as said:
        warnings.warn("no trainable\nweights", UserWarning, stacklevel=1)
        warnings.warn("an old name", DeprecationWarning, stacklevel=1)
        logging.getLogger("tensorflow").warning("%s variables", 3)
        logging.getLogger("tensorflow").info("a detail")
        logging.getLogger("keras.elsewhere").error("no gradient")
    logging.getLogger("tensorflow").warning("afterwards")
    assert sorted(said) == ["3 variables", "no gradient", "no trainable\nweights"]


def test_says_what_is_about_training() -> None:
    assert hearing.about_training(["retraced", "numpy 2"]) == "no warning and no log line says so"
    said = hearing.about_training(["no trainable\nweights", "numpy 2", "no trainable\nweights"])
    assert said == 'what is said about it: "no trainable weights"'

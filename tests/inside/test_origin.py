"""Whom an error is put down to, from real texts of TensorFlow and faulthandler."""

from __future__ import annotations

import textwrap

import pytest

from conformance.inside import origin

SITE = "/venv/lib/python3.7/site-packages/"


@pytest.mark.parametrize(
    ("path", "package"),
    [
        (SITE + "tensorflow/python/framework/ops.py", "tensorflow"),
        (SITE + "tensorflow_core/python/framework/ops.py", "tensorflow"),  # TF 1.15 to 2.1
        (SITE + "tensorflow_hub/module.py", "tensorflow_hub"),
        (SITE + "tensorflow_estimator/python/estimator/estimator.py", "tensorflow_estimator"),
        (SITE + "keras/src/layers/layer.py", "keras"),
        (SITE + "tf_keras/src/engine/base_layer.py", "tf_keras"),
        (SITE + "six.py", "six"),
        (SITE + "numpy/core/numeric.py", "numpy"),
        (SITE + "numpy/testing/_private/utils.py", "probe"),  # a probe's own check
        (SITE + "_pytest/python.py", "probe"),
        ("/usr/lib/python3/dist-packages/h5py/_hl/files.py", "h5py"),
        ("/repo/conformance/inside/probes/test_tf1_hub_load.py", "probe"),
        ("/repo/conformance/inside/checks.py", "probe"),
        ("C:\\repo\\conformance\\inside\\checks.py", "probe"),
        ("/tmp/__autograph_generated_file3x.py", ""),
        ("/usr/lib/python3.7/inspect.py", ""),
        ("<string>", ""),
    ],
)
def test_package(path: str, package: str) -> None:
    assert origin.package_of(path) == package


# As TF 1.15, 2.0 to 2.6, and 2.7 and later pass on an error from a function that AutoGraph has converted.
AUTOGRAPH = {
    "TF 1.15": """
        in converted code:
            relative to /venv/lib/python3.7/site-packages:

            tensorflow_hub/keras_layer.py:206 call  *
                self._check_trainability()
            tensorflow_hub/keras_layer.py:265 _check_trainability
                raise ValueError(

            ValueError: trainable is unsupported
            for this
        """,
    "TF 2.4": """
        in user code:

            /repo/conformance/inside/probes/test_x.py:6 f  *
                return layer(x)
            /venv/lib/python3.7/site-packages/tensorflow_hub/keras_layer.py:265 call  **
                self._check_trainability()

            ValueError: trainable is unsupported
            for this
        """,
    "TF 2.15": """
        in user code:

            File "/repo/conformance/inside/probes/test_x.py", line 6, in f  *
                return layer(x)
            File "/venv/lib/python3.7/site-packages/tensorflow_hub/keras_layer.py", line 265, in call  *
                self._check_trainability()

            ValueError: trainable is unsupported
            for this
        """,
}


@pytest.mark.parametrize("release", AUTOGRAPH)
def test_error_passed_on_by_autograph(release: str) -> None:
    message = textwrap.dedent(AUTOGRAPH[release])
    assert origin.autograph_paths(message)[-1] == SITE + "tensorflow_hub/keras_layer.py"
    assert origin.origin_of(ValueError(message), message) == "tensorflow_hub"
    assert origin.autograph_cause(message) == "ValueError: trainable is unsupported\nfor this"


@pytest.mark.parametrize("message", ["", "in user code: x", 'File "/a.py", line 1, in f\n  x\n', "in user code:\n"])
def test_other_errors_are_not_taken_apart(message: str) -> None:
    assert origin.autograph_paths(message) == []
    assert origin.autograph_cause(message) == message


CRASH = """Fatal Python error: Segmentation fault

Thread 0x00007f00 (most recent call first):
  File "/venv/lib/python3.7/site-packages/execnet/gateway_base.py", line 474 in read
Current thread 0x00007f01 [python] (most recent call first):
  File "/venv/lib/python3.7/site-packages/tensorflow/python/client/session.py", line 1443 in _call
  File "/repo/conformance/inside/probes/test_x.py", line 14 in test_x
  File "/venv/lib/python3.7/site-packages/_pytest/python.py", line 187 in pytest_pyfunc_call

Extension modules: numpy.core (total: 1)
"""


def test_dump_of_a_crash() -> None:
    frames = origin.frames_of_dump(CRASH)
    assert [frame.line for frame in frames] == [187, 14, 1443]
    assert origin.innermost_package(frames) == "tensorflow"
    assert origin.show(frames) == (
        "conformance/inside/probes/test_x.py:14 in test_x\ntensorflow/python/client/session.py:1443 in _call"
    )


@pytest.mark.parametrize("last", ["the probe", "another thread"])
def test_dump_of_a_time_out_shows_the_thread_of_the_probe(last: str) -> None:
    threads = CRASH.replace("Current thread", "Thread").split("\n\n")[1].split("Thread ")[1:]
    dump = "Timeout (0:00:10)!\nThread " + "Thread ".join(threads if last == "the probe" else threads[::-1])
    assert origin.innermost_package(origin.frames_of_dump(dump)) == "tensorflow"


@pytest.mark.parametrize("dump", ["", "Killed\n"])
def test_no_dump(dump: str) -> None:
    assert origin.frames_of_dump(dump) == []
    assert origin.innermost_package([]) == "probe"

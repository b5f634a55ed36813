"""What a probe saves is loaded once more in a fresh process, with everything deleted that it was made from."""

import os
import shutil

import pytest

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.probes import subjects


@pytest.fixture
def outlives(fresh, tmp_path):
    """Checks once more what was saved below `tmp_path`: all else there is deleted, the golden model's copy included;
    then a fresh process loads it, and must compute what NumPy does."""

    def check(path, role="", load=loading.hub_load, batches=None, expected=None, **options):
        """`load` is one of conformance.inside.fresh.loading; without `batches` and `expected`, those of the role."""
        _delete_all_but(str(tmp_path), path)
        batches = subjects.batches(role) if batches is None else batches
        expected = [subjects.outputs(role, batch) for batch in batches] if expected is None else expected
        found = fresh.ask(load, path, batches, **options)
        for got, wanted in zip(found["outputs"], expected):
            rule = "in a fresh process, without its sources, it computes what NumPy does"
            if isinstance(wanted, dict):
                checks.same_outputs(got, wanted, rule)
            else:
                checks.equal(_main_output(got), wanted, rule)
        return found

    return check


def _main_output(outputs):
    """The output "default" of a dict of outputs, or its only one; what is no dict is the output itself."""
    if not isinstance(outputs, dict):
        return outputs
    return outputs["default"] if "default" in outputs else next(iter(outputs.values()))


def _delete_all_but(folder, kept):
    """Deletes everything in `folder` that is neither `kept` nor holds it, nor begins with its name (a checkpoint)."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if path.startswith(kept):
            continue
        if kept.startswith(path + os.sep):
            _delete_all_but(path, kept)
        elif os.path.isdir(path):
            shutil.rmtree(path)
        else:
            os.remove(path)

"""Which part of a model an error names, and that nothing else counts as a cause."""

from __future__ import annotations

import pytest

from conformance.exchange.causes import ModelParts, causes_named_by

PARTS = ModelParts(
    ops=frozenset({"AddV2", "StatefulPartitionedCall", "VariableV2"}),
    reference_variables=frozenset({"embedding", "layer/bias"}),
    assets=frozenset({"vocabulary.txt"}),
)
UNINITIALIZED = "tensorflow.FailedPreconditionError: Attempting to use uninitialized value"


@pytest.mark.parametrize(
    ("text", "kind", "op"),
    [
        ("LookupError: No gradient defined for operation 'm/add' (op type: AddV2)", "no-gradient", "AddV2"),
        (
            "tf.NotFoundError: [_Derived_]No gradient defined for op: StatefulPartitionedCall\n\t [[{{node F}}]]",
            "no-gradient",
            "StatefulPartitionedCall",
        ),
        (f"{UNINITIALIZED} f/embedding\n\t [[{{{{node f/embedding/read}}}}]]", "reference-variable", "VariableV2"),
        (
            "tf.FailedPreconditionError: Graph execution error:\n\nDetected at node 'layer/bias/read' defined at",
            "reference-variable",
            "VariableV2",
        ),
        ("FileNotFoundError: .../source/assets/vocabulary.txt; No such file or directory", "asset-left-behind", ""),
    ],
)
def test_an_error_that_names_a_part_of_the_model_has_it_for_its_cause(text: str, kind: str, op: str) -> None:
    [cause] = causes_named_by(text, PARTS)
    assert (cause.kind, cause.op, cause.named) == (kind, op, True)


@pytest.mark.parametrize(
    "text",
    [
        "LookupError: No gradient defined for operation 'm/where' (op type: SelectV2)",  # which the model has not
        f"{UNINITIALIZED} counter\n\t [[{{{{node counter/read}}}}]]",
        f"{UNINITIALIZED} f/my_embedding\n\t [[{{{{node f/my_embedding/read}}}}]]",
        "tensorflow.InvalidArgumentError: cannot read f/embedding/read",
        "FileNotFoundError: .../source/variables/variables.index",
        "ValueError: vocabulary.txt has no lines",
    ],
)
def test_an_error_that_names_nothing_of_the_model_has_no_cause_in_it(text: str) -> None:
    assert not list(causes_named_by(text, PARTS))

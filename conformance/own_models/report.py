"""model.json: what the files of a model tell, and what was observed of it."""

from __future__ import annotations

from typing import Any

from conformance.inspecting.inspection import SCHEMA, Inspection
from conformance.json_file import json_schema
from conformance.own_models.conclusions import Conclusions
from conformance.own_models.contradictions import Contradiction, contradictions
from conformance.own_models.results import ModelTrial


class ModelReport(Inspection, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file.

    Attributes:
        tried: null where the model was not run.
        conclusions: what that amounts to.
        contradictions: where it behaved otherwise than its files let expect.
    """

    tried: ModelTrial | None = None
    conclusions: Conclusions | None = None
    contradictions: tuple[Contradiction, ...] = ()


def report_of(inspection: Inspection, tried: ModelTrial | None = None, found: Conclusions | None = None) -> ModelReport:
    """What is known of a model."""
    fields = {name: getattr(inspection, name) for name in Inspection.__struct_fields__}
    against = contradictions(tried, inspection.releases) if tried else ()
    return ModelReport(**fields, tried=tried, conclusions=found, contradictions=against)


def report_schema() -> dict[str, Any]:
    """The JSON Schema of model.json."""
    return json_schema(ModelReport, SCHEMA)

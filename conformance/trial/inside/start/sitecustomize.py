"""Python imports this at its start where this folder is on PYTHONPATH: it plants the defect that is asked for."""

from conformance.trial.inside import planting, stand_ins

planting.plant_from_environment()
stand_ins.stand_in_from_environment()

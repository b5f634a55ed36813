"""Steps in any order: the machine that draws them, and the programs whose steps they are, against models in NumPy."""

from __future__ import annotations

from typing import Any

import pytest

np = pytest.importorskip("numpy")

from conformance.inside.models import kept_orders, reference  # noqa: E402  (needs NumPy)
from conformance.inside.models.following import MOVING, RATE, START, TRAINED, Following  # noqa: E402
from conformance.inside.probe import WrongValues  # noqa: E402
from conformance.inside.probes import orders, programs  # noqa: E402

EXAMPLES = 25


class Lamp:
    """A program that breaks where it is switched on for a second time."""

    def __init__(self) -> None:
        self.on, self.times = False, 0

    def legal(self, step: str) -> bool:
        return self.on is (step == "switch_off")

    def switch_on(self) -> None:
        assert not self.on, "an illegal step was taken"
        self.on, self.times = True, self.times + 1
        if self.times == 2:
            raise WrongValues("it is broken")

    def switch_off(self) -> None:
        assert self.on, "an illegal step was taken"
        self.on = False


def follow_lamp(kept: tuple[tuple[str, ...], ...], examples: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    notes: list[str] = []
    monkeypatch.setitem(kept_orders.KEPT, "lamp", kept)
    orders.follow_any_order("lamp", Lamp, ("switch_on", "switch_off"), examples, notes.append)
    return notes


def test_the_smallest_legal_order_that_fails_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    monkeypatch.setitem(kept_orders.KEPT, "lamp", ())
    with pytest.raises(WrongValues, match="it is broken"):
        orders.follow_any_order("lamp", Lamp, ("switch_on", "switch_off"), EXAMPLES, notes.append)
    assert notes == ["fails for ('switch_on', 'switch_off', 'switch_on')"]


def test_a_kept_order_is_tried_without_any_example(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow_lamp((), 0, monkeypatch) == []
    assert follow_lamp((("switch_on", "switch_off"),), 0, monkeypatch) == []
    with pytest.raises(WrongValues):
        follow_lamp((("switch_on", "switch_off", "switch_on"),), 0, monkeypatch)


class Tensor:
    """As much of one as the programs use."""

    def __init__(self, value: Any) -> None:
        self.value = np.asarray(value, np.float32)

    def numpy(self) -> Any:
        return self.value

    def __add__(self, other: Any) -> Tensor:
        return Tensor(self.value + getattr(other, "value", other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Tensor:
        return Tensor(self.value - other)

    def __float__(self) -> float:
        return float(self.value)


class Variable(Tensor):
    def __init__(self, name: str, value: Any) -> None:
        Tensor.__init__(self, value)
        self.name = f"dense/{name}:0"

    def assign(self, value: Any) -> None:
        self.value = np.asarray(value, np.float32)

    def assign_sub(self, change: Any) -> None:
        self.assign(self.value - change)


class Model:
    """The batch-normalized model as hub.load gives it and as a hub.KerasLayer; `defect` says what is wrong with it."""

    def __init__(self, defect: str = "", values: Any = START) -> None:
        self.defect, self.trainable = defect, True
        self.variables = self.weights = [Variable(name, value) for name, value in values.items()]
        self.named = dict(zip(values, self.variables))
        self.regularization_losses = [lambda: self.losses[0]]

    @property
    def trainable_variables(self) -> list[Variable]:
        frozen = not self.trainable and self.defect != "what is frozen trains"
        return [] if frozen else [self.named[name] for name in TRAINED]

    trainable_weights = trainable_variables

    @property
    def losses(self) -> list[Tensor]:
        lost = not self.trainable or self.defect == "the regularization loss is lost"
        return [Tensor(0.0 if lost else reference.regularization_loss(self.named["kernel"].value))]

    def __call__(self, inputs: Any, training: bool = False) -> Tensor:
        now = Following()
        now.values = self.values()
        if not training or not self.trainable or self.defect == "training is inference":
            return Tensor(now.inference())
        outputs = now.training()
        if self.defect != "the moving averages stand still":
            for name in MOVING:
                self.named[name].assign(now.values[name])
        return Tensor(outputs)

    def values(self) -> dict[str, Any]:
        return {name: variable.value for name, variable in self.named.items()}

    def get_weights(self) -> list[Any]:
        return [weight.value for weight in self.weights]

    def set_weights(self, values: list[Any]) -> None:
        for weight, value in list(zip(self.weights, values))[self.defect == "a weight is not set" :]:
            weight.assign(value)


class Library:
    """Stands in for tensorflow and tensorflow_hub."""

    __name__ = "tensorflow"
    square, reduce_mean = staticmethod(lambda x: Tensor(x.value**2)), staticmethod(lambda x: Tensor(x.value.mean()))
    constant = convert_to_tensor = staticmethod(lambda value: value)

    def __init__(self, defect: str) -> None:
        self.defect, self.saved = defect, {}  # type: str, dict[str, Model]
        self.saved_model = self
        self.loaded: list[Model] = []

    def GradientTape(self) -> Library:  # noqa: N802  (TensorFlow's name)
        return self

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def gradient(self, loss: Tensor, variables: list[Variable]) -> list[Any]:
        values = [variable.value for variable in variables]
        stepped = reference.batchnorm_step(RATE, **dict(zip(TRAINED, values)))
        return [(old - new) / RATE for old, new in zip(values, stepped)]

    def save(self, model: Model, path: str) -> None:
        self.saved[path] = Model(
            self.defect, START if self.defect == "saving loses what was trained" else model.values()
        )

    def load(self, handle: str) -> Model:
        if handle in self.saved:
            return self.saved[handle]
        if not self.loaded or self.defect != "two loads share their variables":
            self.loaded.append(Model(self.defect))
        return self.loaded[-1]

    def KerasLayer(self, handle: str, trainable: bool) -> Model:  # noqa: N802  (hub's name)
        return Model(self.defect)


def follow(name: str, program: Any, defect: str) -> list[str]:
    notes: list[str] = []

    def make() -> Any:
        library = Library(defect)
        return program(library, library, "handle", "folder")

    try:
        orders.follow_any_order(name, make, program.STEPS, EXAMPLES, notes.append)
    except WrongValues as error:
        notes.append(str(error))
    return notes


PROGRAMS = {"object": programs.LoadedObject, "layer": programs.Layer}


@pytest.mark.parametrize("name", PROGRAMS)
def test_in_a_sound_model_every_order_is_right(name: str) -> None:
    assert follow(name, PROGRAMS[name], "") == []


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("object", "the moving averages stand still"),
        ("object", "training is inference"),
        ("object", "the regularization loss is lost"),
        ("object", "saving loses what was trained"),
        ("object", "two loads share their variables"),
        ("layer", "the moving averages stand still"),
        ("layer", "training is inference"),
        ("layer", "what is frozen trains"),
        ("layer", "a weight is not set"),
    ],
)
def test_every_defect_is_noticed_in_some_order(name: str, defect: str) -> None:
    noted, said = follow(name, PROGRAMS[name], defect)
    assert noted.startswith("fails for (")
    assert said

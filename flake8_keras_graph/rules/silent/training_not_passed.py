"""A model's `call` does not take `training`, so that its Dropout is never on.

## What it finds

A Model whose `call` has no parameter `training`, and which applies layers that do something else in training
(Dropout, BatchNormalization, GaussianNoise, layers of one's own that ask) without saying which.

## What happens

- fit: frozen
- xla: frozen
- eager: frozen
- tf_keras: fresh

`fit` of Keras 3 passes `training=True` only to a `call` that takes it. Where it does not, the layers inside are
called as outside of training: nothing is dropped, BatchNormalization neither uses nor learns the statistics of its
batches. A layer within a model that takes `training` is told by Keras. tf_keras tells the layers in any case.

## Bad

```python
import keras


class Dropping(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):  # KG207
        return self.head(self.drop(inputs))
```

## Good

```python
import keras


class Dropping(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(1)

    def call(self, inputs, training=None):
        return self.head(self.drop(inputs, training=training))
```

## Fix

`call` takes `training=None`, which Keras then passes on to the layers inside. Unsafe: the model trains as it was meant
to, which is not as it did.

## When to ignore

Where the model is a part of another one that takes `training`, in another file, or is trained by a loop that calls it
with `training=True`. Classes that their file makes parts of others, or trains in such a loop, or with a `train_step` of
their own, are left alone. A class with a name of a part (`Block`, `Encoder`) in files that fit nothing is a note.

## Source

Run by the tests. https://keras.io/guides/making_new_layers_and_models_via_subclassing/#privileged-training-argument-in-the-call-method
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis.events import Branch, LayerCall, Place
from flake8_keras_graph.analysis.values import NoneValue, Value
from flake8_keras_graph.records import Level
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts, first_place
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG207",
    "training-not-passed",
    "warning",
    LayerCall,
    Branch,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="layers stay off",
    remedy=None,
    fix="training",
    advice="give `call` the argument `training`",
)
def check(event: LayerCall | Branch, facts: Facts) -> Report | None:
    root = first_place(event.place)
    if root.keras != 3 or not root.is_call_of_model or _parameter(root) is not None:
        return None
    told = event.training if isinstance(event, LayerCall) else event.value
    if isinstance(event, Branch) and told is not None and told.depends_on != "training":
        return None
    if not _is_left_open(told) or not _is_left_open_to(event.place) or not facts.is_trained_by_fit(event.place):
        return None
    what = text(event, event.node) if isinstance(event, LayerCall) else text(event, event.test)
    message = f"`call` does not take `training`: fit leaves {what} as it is outside of training"
    level: Level | None = None if facts.is_likely_fitted(root) else "note"
    return Report(message, f"{what} is not told that it is training", header_of=root, level=level)


def _is_left_open(told: Value | None) -> bool:
    """Whether a layer goes by what Keras says, as the code itself says nothing, or passes that on."""
    return told is None or isinstance(told, NoneValue) or told.depends_on == "training"


def _is_left_open_to(place: Place) -> bool:
    """Whether every call from the model's `call` down to ``place`` leaves `training` to Keras."""
    while place.called_at is not None:
        parameter = _parameter(place)
        caller, node = place.called_at
        if parameter is not None:
            given = _given(place, node)
            decides = parameter.default if given is None else given
            if decides is not None and not _says_nothing(decides):
                return False
        place = caller
    return True


def _parameter(place: Place) -> cst.Param | None:
    params = place.source.node.params
    every = (*params.posonly_params, *params.params, *params.kwonly_params)
    return next((each for each in every if each.name.value == "training"), None)


def _given(place: Place, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What the call ``node`` gives the function of ``place`` as `training`."""
    if not isinstance(node, cst.Call):
        return None
    params = place.source.node.params
    names = [each.name.value for each in (*params.posonly_params, *params.params)][1:]
    for position, argument in enumerate(node.args):
        name = names[position] if argument.keyword is None and position < len(names) else ""
        if (argument.keyword.value if argument.keyword is not None else name) == "training":
            return argument.value
    return None


def _says_nothing(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value in {"training", "None", "False"}

"""`predict`, `evaluate` or `fit` on a row or a batch at a time, in a loop.

## What it finds

`model.predict(...)`, `model.evaluate(...)` or `model.fit(...)` that is handed one row or one batch of the data at
each iteration of a Python loop, or in a function that such a loop calls. Loops of fewer than five iterations, over
models, folds or epochs, what runs once in many iterations, and tests are left alone.

## What happens

- script: sets up at every step
- tf_keras: sets up at every step

Each call makes a data pipeline, callbacks and a progress bar of its own, which takes some milliseconds to tens of
them; a small model's own work takes less than one. Measured with a small model on a CPU, `predict` on a row takes 48
times as long as `predict_on_batch`, and 48 times its share of one call on 64 rows; `fit` on a batch takes 8 times its
share of one call.

## Bad

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
rows = np.ones((8, 4), "float32")
results = []
for row in rows:
    results.append(model.predict(row[None], verbose=0)[0])  # KG504
```

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])


def rollout(steps):
    state = np.zeros((1, 4), "float32")
    for _ in range(steps):
        state = state + model.predict(state, verbose=0)  # KG504
    return state


rollout(8)
```

## Good

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
rows = np.ones((8, 4), "float32")
results = list(model.predict(rows, verbose=0))
```

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])


def rollout(steps):
    state = np.zeros((1, 4), "float32")
    for _ in range(steps):
        state = state + model.predict_on_batch(state)
    return state


rollout(8)
```

## Fix

Where the loop does nothing but collect what `predict` gives for each row of an array, one call for all rows. Unsafe:
a model that looks at the whole batch gives something else, and the rows must fit into memory.

## When to ignore

Where a step waits for something slower than the set-up, or a single call of the model takes seconds.

## Source

Run by the tests. https://www.tensorflow.org/api_docs/python/tf/keras/Model#predict: "do not use it inside of loops".
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import StepCall
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule

_INSTEAD = {"predict": "predict_on_batch", "evaluate": "test_on_batch", "fit": "train_on_batch"}


@rule(
    "KG504",
    "step-by-step-fit",
    "warning",
    StepCall,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy=None,
    fix="step_calls",
)
def check(event: StepCall, facts: Facts) -> Report | None:
    one = f"`{event.model}.{_INSTEAD[event.method]}` does without"
    if event.at_once:
        one = f"hand over all the data in one call, or use `{event.model}.{_INSTEAD[event.method]}`"
    where = f"in `{event.within}`, which a loop calls" if event.within else "at each iteration"
    return Report(
        f"`{event.model}.{event.method}` on a {event.data} {where}: it sets up a data pipeline and callbacks every"
        f" time; {one}"
    )

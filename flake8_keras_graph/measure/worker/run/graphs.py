"""Whether two traced functions are one graph up to names, and what a graph holds. Runs in the worker.

TensorFlow's own optimiser inlines functions, folds constants and prunes; what is left is written down in an
order that depends on structure alone, from the outputs downwards, with equal stateless operations written once.
Two graphs with the same record compute the same thing by the same operations. (A graph may have several such
records only where it holds interchangeable stateful operations: then two equal graphs may be called
different, never two different graphs the same.)
"""

from __future__ import annotations

import collections
import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_PASSES = ("function", "constfold", "pruning", "common_subgraph_elimination", "pruning")
_TRANSPARENT = frozenset({"Identity", "Snapshot", "StopGradient", "PreventGradient"})
_READS = frozenset({"ReadVariableOp", "ResourceGather", "ResourceGatherNd"})
_NOT_WORK = frozenset({"Placeholder", "Const", "NoOp", "Identity", "IdentityN", "StopGradient", "PreventGradient"})
_REDUCTIONS = frozenset({"Sum", "Mean", "Max", "Min", "Prod", "All", "Any", "EuclideanNorm"})
_LOOPS = frozenset({"While", "StatelessWhile"})
_CONDITIONALS = frozenset({"If", "StatelessIf", "Case", "StatelessCase"})
_HOST_CALLBACKS = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc"})
# Attributes that say nothing about what is computed: names for debugging, and the seeds of stateful random
# operations, which number them.
_IDLE_ATTRIBUTES = frozenset({"container", "shared_name", "debug_name", "seed", "seed2"})


@dataclasses.dataclass(frozen=True, slots=True)
class GraphFacts:
    """``digest`` identifies the graph up to names; None where it has no such form (old-style loops)."""

    digest: str | None
    operations: Mapping[str, int]

    @property
    def loops(self) -> int:
        return sum(self.operations.get(op, 0) for op in _LOOPS)

    @property
    def conditionals(self) -> int:
        return sum(self.operations.get(op, 0) for op in _CONDITIONALS)

    @property
    def host_callbacks(self) -> int:
        return sum(self.operations.get(op, 0) for op in _HOST_CALLBACKS)

    @property
    def draws(self) -> int:
        """Operations that draw random numbers."""
        return sum(count for op, count in self.operations.items() if "Random" in op)


def difference(left: GraphFacts, right: GraphFacts) -> str:
    """How the operations of two graphs differ, the largest difference first."""
    if left.digest is None or right.digest is None:
        return "the graphs cannot be compared (loops of the old form)"
    counts = {
        op: (left.operations.get(op, 0), right.operations.get(op, 0)) for op in {*left.operations, *right.operations}
    }
    unequal = [(op, a, b) for op, (a, b) in counts.items() if a != b]
    if not unequal:
        return "the same operations, connected differently or with other attributes"
    unequal.sort(key=lambda item: (-abs(item[1] - item[2]), item[0]))
    shown = ", ".join(f"{op} {a} against {b}" for op, a, b in unequal[:5])
    return f"operations differ: {shown}" + (f" and {len(unequal) - 5} more" if len(unequal) > 5 else "")


def examine(concrete: Any, labels: Mapping[int, str]) -> GraphFacts:
    """The facts of a concrete function; ``labels`` names variables, by the id of their handles."""
    names = _placeholder_labels(concrete, labels)
    fetches = [t.name for t in concrete.graph.outputs]
    fetches += [op.name for op in concrete.graph.control_outputs]
    graph_def = _optimised(concrete, fetches)
    library = {f.signature.name: f for f in graph_def.library.function}
    record = _Record(graph_def.node, names, library)
    try:
        digest: str | None = record.digest(fetches)
    except _Cyclic:
        digest = None
    return GraphFacts(digest, dict(sorted(record.operations(fetches).items())))


def _placeholder_labels(concrete: Any, labels: Mapping[int, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    captured = set()
    for index, (outside, inside) in enumerate(concrete.graph.captures):
        captured.add(inside.name)
        names[inside.op.name] = labels.get(id(outside)) or _captured_value(outside, index)
    free = [t for t in concrete.inputs if t.name not in captured]
    names.update({tensor.op.name: f"input {index}" for index, tensor in enumerate(free)})
    return names


def _captured_value(tensor: Any, index: int) -> str:
    try:
        value = tensor.numpy()
        return f"value {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    except Exception:  # a symbol, a handle of something else than a variable of the model
        return f"capture {index}"


def _optimised(concrete: Any, fetches: Sequence[str]) -> Any:
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2, rewriter_config_pb2
    from tensorflow.python.grappler import tf_optimizer
    from tensorflow.python.training.saver import export_meta_graph

    graph_def = concrete.graph.as_graph_def()
    _keep_control_flow(graph_def)
    meta = export_meta_graph(graph_def=graph_def, graph=concrete.graph)
    for name in ("variables", "model_variables", "trainable_variables", "local_variables"):
        if name in meta.collection_def:
            del meta.collection_def[name]
    wanted = meta_graph_pb2.CollectionDef()
    wanted.node_list.value.extend([*fetches, *(t.name for t in concrete.inputs)])
    meta.collection_def["train_op"].CopyFrom(wanted)
    config = config_pb2.ConfigProto()
    options = config.graph_options.rewrite_options
    options.min_graph_nodes = -1
    options.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    options.optimizers.extend(_PASSES)
    try:
        return tf_optimizer.OptimizeGraph(config, meta)
    except Exception:
        return graph_def  # an operation that this pass does not know: compare the graph as traced


def _keep_control_flow(graph_def: Any) -> None:
    """Ask the optimiser not to take loops and conditionals apart into primitives that form cycles."""
    for nodes in (graph_def.node, *(f.node_def for f in graph_def.library.function)):
        for node in nodes:
            if "_lower_using_switch_merge" in node.attr:
                del node.attr["_lower_using_switch_merge"]


class _Cyclic(Exception):
    pass


class _Record:
    """The record of one graph or function body."""

    def __init__(self, nodes: Iterable[Any], names: Mapping[str, str], library: Mapping[str, Any]) -> None:
        self._nodes = {node.name: node for node in nodes}
        self._names = names
        self._library = library
        self._bodies: dict[str, tuple[str, collections.Counter[str]]] = {}
        self._inputs = {name: _split(node.input) for name, node in self._nodes.items()}
        self._write_axes_as_lists()

    def _write_axes_as_lists(self) -> None:
        """``axis=1`` and ``axis=[1]`` are one reduction: write the constant as the list."""
        from tensorflow.python.framework.tensor_util import MakeNdarray, make_tensor_proto

        for name in [n for n, node in self._nodes.items() if node.op in _REDUCTIONS]:
            (data, control), (axes, _) = self._inputs[name], self._through(self._data(name)[1])
            if self._nodes[axes].op != "Const":
                continue
            value = MakeNdarray(self._nodes[axes].attr["value"].tensor)
            if value.ndim == 0:
                listed = type(self._nodes[axes])()
                listed.CopyFrom(self._nodes[axes])
                listed.name = f"{axes}/as a list"
                listed.attr["value"].tensor.CopyFrom(make_tensor_proto(value.reshape(1)))
                self._nodes[listed.name] = listed
                self._inputs[listed.name] = self._inputs[axes]
                self._inputs[name] = ([data[0], (listed.name, 0)], control)

    # -- order --------------------------------------------------------------------------------------

    def _reachable_in_order(self, fetches: Iterable[str]) -> list[str]:
        """Nodes that the fetches need, inputs before users; raises _Cyclic."""
        order: list[str] = []
        state: dict[str, int] = {}
        for fetch in fetches:
            stack = [(_node_of(fetch), False)]
            while stack:
                name, done = stack.pop()
                if done:
                    state[name] = 2
                    order.append(name)
                elif name not in state:
                    state[name] = 1
                    stack.append((name, True))
                    data, control = self._inputs[name]
                    for source in [*(n for n, _ in data), *control]:
                        if state.get(source) == 1:
                            raise _Cyclic
                        if source not in state:
                            stack.append((source, False))
        return order

    # -- what is in the graph -------------------------------------------------------------------------

    def operations(self, fetches: Sequence[str]) -> collections.Counter[str]:
        """Operations by kind that do work, those of loop and branch bodies included."""
        counts: collections.Counter[str] = collections.Counter()
        try:
            names = self._reachable_in_order(fetches)
        except _Cyclic:
            names = list(self._nodes)
        for name in names:
            node = self._nodes[name]
            if node.op not in _NOT_WORK:
                counts[node.op] += 1
            for attribute in node.attr.values():
                for function in _functions(attribute):
                    counts += self._body(function)[1]
        return counts

    def _body(self, function: str) -> tuple[str, collections.Counter[str]]:
        if function not in self._bodies:
            self._bodies[function] = ("recursive", collections.Counter())
            self._bodies[function] = self._examine_body(function)
        return self._bodies[function]

    def _examine_body(self, function: str) -> tuple[str, collections.Counter[str]]:
        from tensorflow.python.framework.function_def_to_graph import function_def_to_graph_def

        definition = self._library[function]
        graph_def, flat = function_def_to_graph_def(definition)
        names = {arg.name: f"input {index}" for index, arg in enumerate(definition.signature.input_arg)}
        fetches = [flat[definition.ret[arg.name]] for arg in definition.signature.output_arg]
        fetches += [definition.control_ret[name] for name in definition.signature.control_output]
        record = _Record(graph_def.node, names, self._library)
        record._bodies = self._bodies
        try:
            return record.digest(fetches), record.operations(fetches)
        except _Cyclic:
            return f"cyclic {function}", record.operations(fetches)

    # -- the record -----------------------------------------------------------------------------------

    def digest(self, fetches: Sequence[str]) -> str:
        order = self._reachable_in_order(fetches)
        shapes = self._shape_hashes(order)
        before = self._effects_before(order)
        numbers: dict[str, int] = {}
        lines: dict[str, int] = {}

        def number(fetch: str) -> str:
            name, index = self._through(fetch)
            pending = [name]
            while pending:
                current = pending[-1]
                needed = [self._through(f)[0] for f in self._data(current)]
                needed += sorted(before.get(current, ()), key=lambda n: (shapes[n], n))
                missing = [n for n in needed if n not in numbers]
                if current in numbers:
                    pending.pop()
                elif missing:
                    pending.extend(reversed(missing))
                else:
                    numbers[current] = self._line(current, numbers, before.get(current, ()), lines)
                    pending.pop()
            return f"{numbers[name]}:{index}"

        outputs = [number(fetch) for fetch in fetches if ":" in fetch]
        effects = [name for name in order if name in before and self._nodes[name].op not in _READS]
        acted = sorted(number(f"{name}:0") for name in sorted(effects, key=lambda n: (shapes[n], n)))
        text = "\n".join([*lines, "outputs", *outputs, "effects", *acted])
        return hashlib.sha256(text.encode()).hexdigest()

    def _line(self, name: str, numbers: Mapping[str, int], before: Iterable[str], lines: dict[str, int]) -> int:
        """The number of the node: that of an equal line where there is one and nothing happens in it."""
        node = self._nodes[name]
        inputs = [f"{numbers[source]}:{index}" for source, index in map(self._through, self._data(name))]
        after = sorted(numbers[source] for source in before)
        line = f"{self._description(node)} {inputs} after {after}"
        if _acts(node) and node.op not in _READS:
            line += f" #{len(lines)}"
        return lines.setdefault(line, len(lines))

    def _data(self, name: str) -> list[str]:
        return [f"{source}:{index}" for source, index in self._inputs[name][0]]

    def _through(self, fetch: str) -> tuple[str, int]:
        """The tensor that a fetch is, seen through operations that only pass it on."""
        name, index = _split_output(fetch)
        while self._nodes[name].op in _TRANSPARENT or self._nodes[name].op == "IdentityN":
            name, index = self._inputs[name][0][index]
        return name, index

    def _shape_hashes(self, order: Sequence[str]) -> dict[str, str]:
        """A hash of each node and all that is above it: equal in isomorphic graphs."""
        hashes: dict[str, str] = {}
        for name in order:
            parts = [self._description(self._nodes[name])]
            operands = [f"{hashes[source]}:{index}" for source, index in map(self._through, self._data(name))]
            if _commutes(self._nodes[name]):
                self._reorder(name, operands)
                operands.sort()
            parts += operands
            hashes[name] = hashlib.sha256("|".join(parts).encode()).hexdigest()
        return hashes

    def _reorder(self, name: str, operands: Sequence[str]) -> None:
        """Put the operands of ``a + b`` in the order of their hashes: the optimiser orders them by name."""
        data, control = self._inputs[name]
        order = sorted(range(len(data)), key=lambda i: operands[i])
        self._inputs[name] = ([data[i] for i in order], control)

    def _effects_before(self, order: Sequence[str]) -> dict[str, list[str]]:
        """For each node that acts, the acting nodes that must come right before it."""
        bits: dict[str, int] = {}
        ancestors: dict[str, int] = {}
        nearest: dict[str, int] = {}
        acting: list[str] = []
        before: dict[str, list[str]] = {}
        for name in order:
            data, control = self._inputs[name]
            reach = 0
            for source in [*(n for n, _ in data), *control]:
                reach |= bits.get(source) or nearest[source]
            if not _acts(self._nodes[name]):
                nearest[name] = reach
                continue
            members = [acting[i] for i in range(len(acting)) if reach >> i & 1]
            implied = 0
            for member in members:
                implied |= ancestors[member]
            before[name] = [m for m in members if not bits[m] & implied]
            bits[name] = 1 << len(acting)
            ancestors[name] = implied | reach
            acting.append(name)
            nearest[name] = 0
        return before

    def _description(self, node: Any) -> str:
        if node.name in self._names:
            return self._names[node.name]
        attributes = sorted(
            f"{name}={self._attribute(value)}"
            for name, value in node.attr.items()
            if name not in _IDLE_ATTRIBUTES and (not name.startswith("_") or name == "_XlaMustCompile")
        )
        return f"{node.op} {attributes}"

    def _attribute(self, value: Any) -> str:
        if functions := _functions(value):
            return " ".join(self._body(function)[0] for function in functions)
        if value.WhichOneof("value") == "tensor":
            from tensorflow.python.framework.tensor_util import MakeNdarray

            array = MakeNdarray(value.tensor)
            content = array.tolist() if array.dtype == object else hashlib.sha256(array.tobytes()).hexdigest()
            return f"{array.dtype} {array.shape} {content}"
        return hashlib.sha256(value.SerializeToString(deterministic=True)).hexdigest()


def _functions(value: Any) -> list[str]:
    if value.WhichOneof("value") == "func":
        return [value.func.name]
    return [f.name for f in value.list.func] if value.WhichOneof("value") == "list" else []


def _acts(node: Any) -> bool:
    """Whether the operation does or sees more than its inputs: stateful, and not a mere handle."""
    from tensorflow.python.framework import op_def_registry

    if node.op in ("Placeholder", "VarHandleOp"):
        return False
    definition = op_def_registry.get(node.op)
    return definition is None or bool(definition.is_stateful)


def _commutes(node: Any) -> bool:
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(node.op)
    return definition is not None and definition.is_commutative and len(definition.input_arg) == 2


def _split(inputs: Iterable[str]) -> tuple[list[tuple[str, int]], list[str]]:
    data = [_split_output(name) for name in inputs if not name.startswith("^")]
    return data, [name[1:] for name in inputs if name.startswith("^")]


def _split_output(name: str) -> tuple[str, int]:
    node, _, index = name.partition(":")
    return node, int(index or 0)


def _node_of(fetch: str) -> str:
    return fetch.lstrip("^").partition(":")[0]

"""
How a document is read before it runs: parsed, judged, validated and weighed once a text, then remembered.

What is remembered is bounded by the length of the texts, as memory follows that, and holds only documents
that may run: whoever sends broken ones gains nothing by it and displaces nobody's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import (
    ConstValueNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    StringValueNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from server.documents.limits import MAX_DOCUMENT, judge_document, judge_weight, too_large
from server.documents.list_sizes import Variables, telling_variables
from server.documents.weights import INTROSPECTION, Scales, Weight
from server.settings import LimitSettings

MAX_TOKENS = 4000
REMEMBERED_CHARACTERS = 500_000
REMEMBERED_DOCUMENTS = 512
REMEMBERED_ANSWERS = 8
REMEMBERED_WEIGHTS = 64
"""Weights of one document that are kept, by the sizes that its variables gave."""
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass
class Prepared:
    """A document that was read. With *errors* none of its operations may run."""

    document: DocumentNode | None = None
    errors: list[GraphQLError] = field(default_factory=list)
    telling: frozenset[str] = frozenset()
    weights: dict[Any, Weight] = field(default_factory=dict)

    @cached_property
    def operations(self) -> list[OperationDefinitionNode]:
        """The operations in it."""
        found = self.document.definitions if self.document else ()
        return [d for d in found if isinstance(d, OperationDefinitionNode)]

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation that a request means: the one of that name, or the only one."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((o for o in self.operations if o.name and o.name.value == name), None)

    @cached_property
    def only_introspects(self) -> bool:
        """Whether its answer is about the schema alone, and so always the same."""
        if len(self.operations) != 1 or self.operations[0].variable_definitions:
            return False
        roots = self.operations[0].selection_set.selections
        return all(isinstance(root, FieldNode) and root.name.value in INTROSPECTION for root in roots)


class Remember(SchemaExtension):
    """Takes an operation's document from those of its schema, instead of reading it again."""

    def on_parse(self) -> Iterator[None]:
        """Put the document on the operation. What cannot be parsed is left to Strawberry to tell."""
        self._prepared = self._documents.prepare(self.execution_context.query or "")
        if self._prepared.document is not None:
            self.execution_context.graphql_document = self._prepared.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Put what is wrong with it beside; an empty list says that nothing is."""
        self.execution_context.pre_execution_errors = list(self._prepared.errors)
        yield

    def on_execute(self) -> Iterator[None]:
        """Answer what was answered before about the schema."""
        text, context = self.execution_context.query or "", self.execution_context
        if not self._prepared.only_introspects:
            yield
            return
        if known := self._documents.schema_answer(text):
            context.result = known
        yield
        if context.result is not None and not context.result.errors:
            self._documents.keep_schema_answer(text, context.result)

    @property
    def _documents(self) -> Documents:
        found = self.execution_context.schema.documents  # type: ignore[attr-defined]
        assert isinstance(found, Documents)
        return found


class Documents:
    """The documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: LimitSettings) -> None:
        self._schema = schema
        self._limits = limits
        self._scales = Scales(schema)
        self._known: OrderedDict[str, Prepared] = OrderedDict()
        self._characters = 0
        self._schema_answers: dict[str, Any] = {}

    def prepare(self, text: str) -> Prepared:
        """The document of this text, read now or remembered."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        prepared = self._read(text)
        if prepared.document is not None and not prepared.errors:
            self._remember(text, prepared)
        return prepared

    def weigh(
        self, prepared: Prepared, operation: OperationDefinitionNode, variables: Variables | None
    ) -> Weight:
        """What an operation asks for with these variables."""
        assert prepared.document is not None
        telling = {**_defaults(operation, prepared.telling), **(variables or {})} if prepared.telling else {}
        name = operation.name.value if operation.name else None
        key = (name, *(_size(telling.get(variable)) for variable in sorted(prepared.telling)))
        weight = prepared.weights.get(key)
        if weight is None:
            if len(prepared.weights) >= REMEMBERED_WEIGHTS:
                prepared.weights.clear()
            weight = self._scales.weigh(prepared.document, operation, telling)
            prepared.weights[key] = weight
        return weight

    def schema_answer(self, text: str) -> Any:
        """The answer to a document that only introspects, if it was answered lately."""
        return self._schema_answers.get(text)

    def keep_schema_answer(self, text: str, answer: Any) -> None:
        """Remember such an answer: finding it takes as long as a thousand small queries."""
        if len(self._schema_answers) >= REMEMBERED_ANSWERS:
            self._schema_answers.clear()
        self._schema_answers[text] = answer

    def _read(self, text: str) -> Prepared:
        if len(text) > MAX_DOCUMENT:
            return Prepared(errors=[too_large("length", len(text), MAX_DOCUMENT)])
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            return Prepared(errors=[error])
        prepared = Prepared(document, telling=telling_variables(document))
        prepared.errors = judge_document(document, self._limits) or self._judge(prepared)
        if not prepared.errors:
            prepared.errors = validate(self._schema, document, RULES, hide_suggestions=True)
        return prepared

    def _judge(self, prepared: Prepared) -> list[GraphQLError]:
        """What is too large about any of its operations, as far as it stands in the text."""
        try:
            weights = [self.weigh(prepared, operation, None) for operation in prepared.operations]
        except RecursionError:
            return [too_large("depth", None, self._limits.depth)]
        return [error for weight in weights for error in judge_weight(weight, self._limits)]

    def _remember(self, text: str, prepared: Prepared) -> None:
        self._known[text] = prepared
        self._characters += len(text)
        while self._characters > REMEMBERED_CHARACTERS or len(self._known) > REMEMBERED_DOCUMENTS:
            forgotten, _ = self._known.popitem(last=False)
            self._characters -= len(forgotten)


def _defaults(operation: OperationDefinitionNode, telling: frozenset[str]) -> dict[str, Any]:
    """The default values of the variables that say how long a list gets, as JSON would have them."""
    found = {}
    for definition in operation.variable_definitions or ():
        name, value = definition.variable.name.value, definition.default_value
        if name in telling and value is not None:
            found[name] = _plain(value)
    return found


def _plain(value: ConstValueNode) -> Any:
    if isinstance(value, ListValueNode):
        return [None] * len(value.values)
    if isinstance(value, IntValueNode):
        return int(value.value[:12])
    return value.value if isinstance(value, StringValueNode) else None


def _size(value: Any) -> object:
    """What of a variable's value counts: a list's length, else a number or a text."""
    if isinstance(value, list):
        return ("list", len(value))
    # A day is ten characters: of a longer text nothing is learned, and it must not be kept.
    return value if isinstance(value, int) or (isinstance(value, str) and len(value) <= 10) else None

"""
What an operation weighs: how deep it goes, and how many values its answer can hold at most, lists multiplied.

One pass, and each fragment once, however often it is spread: the time follows the length of the document,
while what it stands for may double with every line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
)

from server.documents.list_sizes import USUAL_LIST, Given, Rule, Rules, Variables, rules_of

MUTATION = 50
"""What a change costs beside its answer."""
ENDLESS = 10**12
"""Where counting stops: fragments in fragments make numbers of hundreds of digits."""
INTROSPECTION = ("__schema", "__type")


@dataclass(frozen=True, slots=True)
class Weight:
    """
    What a selection asks for, with everything in fragments as often as it is spread.

    *paged* is what stands on one row of a page whose size a field further up gives, *schema_cost* what
    introspection asks for: that is counted by itself.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    paged: int = 0
    schema_cost: int = 0

    def __add__(self, other: Weight) -> Weight:
        """Both beside each other."""
        return Weight(
            max(self.depth, other.depth),
            min(self.aliases + other.aliases, ENDLESS),
            min(self.directives + other.directives, ENDLESS),
            min(self.cost + other.cost, ENDLESS),
            min(self.paged + other.paged, ENDLESS),
            min(self.schema_cost + other.schema_cost, ENDLESS),
        )


NOTHING = Weight()


class Scales:
    """Weighs operations on one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._rules = rules_of(schema)

    def weigh(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Variables
    ) -> Weight:
        """The weight of one operation. Raises `RecursionError` when it is nested beyond all reason."""
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        root = self._schema.get_root_type(operation.operation)
        weighing = _Weighing(self._rules, fragments, variables)
        found = weighing.selection(operation.selection_set, root.name if root else "")
        extra = Weight(directives=len(operation.directives or ()), cost=found.paged * USUAL_LIST)
        if operation.operation is OperationType.MUTATION:
            extra += Weight(cost=MUTATION * len(operation.selection_set.selections))
        return found + extra


class _Weighing:
    """One weighing: the fragments, and what each was found to weigh."""

    def __init__(
        self, rules: Rules, fragments: Mapping[str, FragmentDefinitionNode], variables: Variables
    ) -> None:
        self._rules = rules
        self._fragments = fragments
        self._variables = variables
        self._weighed: dict[str, Weight] = {}

    def selection(self, selection_set: SelectionSetNode, kind: str) -> Weight:
        """What stands below a field of this type."""
        total = NOTHING
        for node in selection_set.selections:
            total += self._node(node, kind)
        return total

    def _node(self, node: SelectionNode, kind: str) -> Weight:
        if isinstance(node, FieldNode):
            found = self._field(node, kind)
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition.name.value if node.type_condition else kind
            found = self.selection(node.selection_set, condition)
        else:
            assert isinstance(node, FragmentSpreadNode)
            found = self._fragment(node.name.value)
        return found + Weight(directives=len(node.directives)) if node.directives else found

    def _fragment(self, name: str) -> Weight:
        """A fragment's weight; nothing for one that is missing or in a circle, as validation will tell."""
        if name not in self._weighed:
            # Before going in: in a circle it is met again.
            self._weighed[name] = NOTHING
            if (fragment := self._fragments.get(name)) is not None:
                self._weighed[name] = self.selection(
                    fragment.selection_set, fragment.type_condition.name.value
                )
        return self._weighed[name]

    def _field(self, node: FieldNode, kind: str) -> Weight:
        aliases = 1 if node.alias else 0
        if node.selection_set is None:
            return Weight(1, aliases, 0, 1)
        rule = self._rules.get(kind, {}).get(node.name.value)
        below = self.selection(node.selection_set, rule.kind if rule else "")
        cost, paged = self._multiplied(node, rule, below)
        depth, aliases = below.depth + 1, min(aliases + below.aliases, ENDLESS)
        if node.name.value in INTROSPECTION:
            return Weight(depth, aliases, below.directives, schema_cost=min(cost, ENDLESS))
        return Weight(
            depth,
            aliases,
            below.directives,
            min(cost, ENDLESS),
            min(paged, ENDLESS),
            below.schema_cost,
        )

    def _multiplied(self, node: FieldNode, rule: Rule | None, below: Weight) -> tuple[int, int]:
        """A field's cost with all that is below it, and what of that waits for the size of a page."""
        if rule is None or (rule.size is None and rule.page is None and not rule.is_paged):
            return 1 + below.cost, below.paged
        if rule.is_paged:
            return 1, 1 + below.cost + USUAL_LIST * below.paged
        given = Given(node, self._variables)
        size = rule.size(given) if rule.size else 1
        if rule.page is None:
            return 1 + size * (1 + below.cost), size * below.paged
        return 1 + size * (1 + below.cost + rule.page(given) * below.paged), 0

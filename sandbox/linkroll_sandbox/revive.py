"""Dataclasses out of plain JSON values, the way back from `dataclasses.asdict`."""

import types
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints


def revive(shape: Any, value: Any) -> Any:
    """
    Build a *shape* (a dataclass, or a list, dict or optional of such) from JSON *value*.

    Keys that the dataclass does not know are dropped and missing ones take its default, so a
    state file written by an older sandbox still opens.
    """
    if value is None:
        return None
    if is_dataclass(shape):
        return _dataclass(shape, value)
    return _container(shape, value)


def _dataclass(shape: Any, value: dict[str, Any]) -> Any:
    hints = get_type_hints(shape)
    known = [field.name for field in fields(shape) if field.name in value]
    return shape(**{name: revive(hints[name], value[name]) for name in known})


def _container(shape: Any, value: Any) -> Any:
    origin, inside = get_origin(shape), get_args(shape)
    if origin in (Union, types.UnionType):
        return revive(next(part for part in inside if part is not types.NoneType), value)
    if origin is list:
        return [revive(inside[0], item) for item in value]
    if origin is dict:
        return {key: revive(inside[1], item) for key, item in value.items()}
    return value

"""A state that is known by the hash of its last commit, so that it need be read and put into JSON form only once.

A worker holds hundreds of bookings, and each new one adds a single value to them. What did not change is the same
object as before; its form is taken over instead of being made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, JsonValue

from lcm_core.domain.json_form import JsonObject, to_json_form


@dataclass(frozen=True, slots=True)
class KeptState:
    """A state right after the commit with ``head_hash``, never to be changed, and its document where it was made."""

    version: int
    head_hash: str
    updated_at: datetime
    state: BaseModel
    form: JsonObject | None


def form_of(state: BaseModel, kept: KeptState | None) -> JsonObject:
    """``to_json_form(state)``; what *kept* holds already is taken from there."""
    if kept is None or kept.form is None:
        return to_json_form(state)
    form: JsonObject = {}
    changed: set[str] = set()
    for name, field in type(state).model_fields.items():
        value = getattr(state, name)
        element = _element_of(field.annotation)
        if name in kept.form and getattr(kept.state, name) is value:
            form[name] = kept.form[name]
        elif name in kept.form and element is not None and all(type(each) is element for each in value):
            form[name] = _form_of_all(value, getattr(kept.state, name), kept.form[name])
        else:
            form[name] = None  # Its place among the fields; the form comes below.
            changed.add(name)
    return {**form, **to_json_form(state, only=changed)} if changed else form


@cache
def _element_of(annotation: Any) -> type[BaseModel] | None:
    """The model M of a field ``tuple[M, ...]``."""
    arguments = get_args(annotation)
    if get_origin(annotation) is not tuple or len(arguments) != 2 or arguments[1] is not Ellipsis:
        return None
    element = arguments[0]
    return element if isinstance(element, type) and issubclass(element, BaseModel) else None


def _form_of_all(values: Sequence[BaseModel], before: Any, forms: Any) -> JsonValue:
    known: dict[int, JsonObject] = {id(value): form for value, form in zip(before, forms, strict=True)}
    found = ((value, known.get(id(value))) for value in values)
    return [to_json_form(value) if form is None else form for value, form in found]

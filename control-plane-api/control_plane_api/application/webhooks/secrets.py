"""Secrets of a subscription: those of its signing keys, and what a receiver brings that agrees later.

Made here and kept beside the log, each sealed to its place. The document is replaced in the transaction that changes
the subscription, whose version guards it.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from control_plane_api.domain.entities import Subscription
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.subscriptions import SigningKey
from lcm_core.sealing import SealedTextBroken, Vault

SUBSCRIPTION_SECRETS = "subscription_secrets"
SEALED_WITH = "sealed_with"
_MARK = "whsec_"
_CALLBACK = "callback"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its secret, which is told once."""

    key: SigningKey
    secret: str


def new_key(at: datetime, secret: str | None = None) -> NewKey:
    """*secret* where somebody else has chosen it."""
    made = _MARK + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return NewKey(SigningKey(id=f"key_{secrets.token_hex(6)}", created_at=at), secret or made)


def context_of(subscription_id: str, name: str) -> str:
    """What a secret is sealed to: moved to another subscription it does not open."""
    return f"subscription/{subscription_id}/{name}"


async def keep_secret(uow: UnitOfWork, vault: Vault, subscription: Subscription, new: NewKey) -> None:
    """Beside those of the keys that the subscription still has. Raises ``NoSealingKey``."""
    document = await _document(uow, subscription.id)
    sealed = _sealed(vault, subscription.id, {new.key.id: new.secret})
    if _is_broken(vault, document, _CALLBACK):
        sealed |= _new_callback(vault, subscription.id)
    _attach(uow, vault, subscription, {**document["sealed"], **sealed})


async def ask_anew(uow: UnitOfWork, vault: Vault, subscription: Subscription) -> None:
    """An answer to an earlier question is worth nothing any more."""
    document = await _document(uow, subscription.id)
    _attach(uow, vault, subscription, {**document["sealed"], **_new_callback(vault, subscription.id)})


async def callback_fits(uow: UnitOfWork, vault: Vault, subscription_id: str, token: str) -> bool:
    """Whether *token* is what the receiver was given with the question."""
    document = await _document(uow, subscription_id)
    if _CALLBACK not in document["sealed"]:
        return False
    return hmac.compare_digest(open_callback(vault, document).encode(), token.encode())


async def newest_secret(uow: UnitOfWork, vault: Vault, subscription: Subscription) -> str:
    """That of the key made last. Raises ``NoSealingKey`` and ``SealedTextBroken``."""
    document = await _document(uow, subscription.id)
    return open_secrets(vault, document, [subscription.state.keys[0].id])[0]


async def a_key_is_broken(uow: UnitOfWork, vault: Vault, subscription: Subscription, at: datetime) -> bool:
    """Whether the secret of a key that signs at *at* does not open, which keeps the others from signing as well: the
    key that takes its place must have no overlap with it. Raises ``NoSealingKey``.
    """
    document = await _document(uow, subscription.id)
    return any(_is_broken(vault, document, key.id) for key in subscription.signing_keys(at))


def open_callback(vault: Vault, document: Mapping[str, Any]) -> str:
    return _open(vault, document, _CALLBACK)


def _open(vault: Vault, document: Mapping[str, Any], name: str) -> str:
    sealed: Mapping[str, str] = document["sealed"]
    if name not in sealed:
        raise SealedTextBroken("")
    return vault.open(sealed[name], context_of(document["_id"], name))


def _is_broken(vault: Vault, document: Mapping[str, Any], name: str) -> bool:
    """A missing one is as good as broken. Raises ``NoSealingKey``: that comes with the next start."""
    try:
        _open(vault, document, name)
    except SealedTextBroken:
        return True
    return False


def open_secrets(vault: Vault, document: Mapping[str, Any], key_ids: Sequence[str]) -> list[str]:
    """Secrets of those keys, in their order. Raises ``NoSealingKey`` and ``SealedTextBroken``."""
    return [_open(vault, document, each) for each in key_ids]


def resealed(vault: Vault, document: Mapping[str, Any]) -> dict[str, Any]:
    """The same secrets under the current key of *vault*."""
    sealed: Mapping[str, str] = document["sealed"]
    anew = {name: vault.reseal(text, context_of(document["_id"], name)) for name, text in sealed.items()}
    return {"sealed": anew, SEALED_WITH: vault.current_key}


def _new_callback(vault: Vault, subscription_id: str) -> dict[str, str]:
    return _sealed(vault, subscription_id, {_CALLBACK: secrets.token_urlsafe(_SECRET_BYTES)})


def _sealed(vault: Vault, subscription_id: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {name: vault.seal(text, context_of(subscription_id, name)) for name, text in texts.items()}


def _attach(uow: UnitOfWork, vault: Vault, subscription: Subscription, sealed: Mapping[str, str]) -> None:
    names = {_CALLBACK, *(key.id for key in subscription.state.keys)}
    kept = {name: text for name, text in sealed.items() if name in names}
    document = {"_id": subscription.id, "sealed": kept, SEALED_WITH: vault.current_key}
    uow.attach(SUBSCRIPTION_SECRETS, document, upsert=True)


async def _document(uow: UnitOfWork, subscription_id: str) -> Mapping[str, Any]:
    found = await uow.documents(SUBSCRIPTION_SECRETS, [subscription_id])
    return found.get(subscription_id) or {"_id": subscription_id, "sealed": {}}

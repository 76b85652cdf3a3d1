"""Passkeys (WebAuthn): what a browser is asked, and whether what it answers is true."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.contracts.errors import FoldspaceError

_NAME = "foldspace"
_BYTES = 32


class PasskeyError(FoldspaceError):
    """An answer of a browser that is not true, or a place where passkeys cannot be used."""

    kind = "invalid"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pages are, as browsers see it: passkeys belong to its host name."""

    host: str
    origin: str

    @classmethod
    def of(cls, url: str) -> "Place":
        """Return the place of a public URL. Raises PasskeyError where browsers allow no passkeys."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if not host or _is_address(host) or (parts.scheme != "https" and host != "localhost"):
            raise PasskeyError(f"passkeys: need https and a host name, not {url}")
        return cls(host, f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey, as its browser describes it."""

    id: str
    public_key: bytes
    sign_count: int


def new_challenge() -> bytes:
    """Return what a passkey is to sign."""
    return secrets.token_bytes(_BYTES)


def registration(place: Place, handle: str, name: str, challenge: bytes, known: Iterable[str]) -> dict[str, Any]:
    """Return the options for `navigator.credentials.create`; `known` are the credentials they have already.

    The browser keeps `name` beside the key; the passkey itself knows the handle alone.
    """
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=_NAME,
        user_id=handle.encode(),
        user_name=name or handle,
        user_display_name=name or handle,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,  # found again without a name being typed
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(id)) for id in known],
    )
    shown: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return shown


def authentication(place: Place, challenge: bytes) -> dict[str, Any]:
    """Return the options for `navigator.credentials.get`: any passkey of this place will do."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host, challenge=challenge, user_verification=UserVerificationRequirement.PREFERRED
    )
    shown: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return shown


def challenge_in(answer: Mapping[str, Any]) -> bytes:
    """Return the challenge that an answer says it signed. Raises PasskeyError."""
    try:
        said = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        return base64url_to_bytes(said["challenge"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise PasskeyError("passkey: its answer cannot be read") from None


def registered(place: Place, answer: Mapping[str, Any], challenge: bytes) -> Registered:
    """Return the passkey that a browser has made. Raises PasskeyError when its answer is not true."""
    try:
        new = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
        )
    except Exception as error:  # noqa: BLE001  # strangers send any bytes: see _untrue
        raise _untrue(error) from None
    return Registered(bytes_to_base64url(new.credential_id), new.credential_public_key, new.sign_count)


def authenticated(place: Place, answer: Mapping[str, Any], challenge: bytes, public_key: bytes, sign_count: int) -> int:
    """Return how often a passkey has signed now that it has signed this. Raises PasskeyError when it has not."""
    try:
        shown = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except Exception as error:  # noqa: BLE001  # strangers send any bytes: see _untrue
        raise _untrue(error) from None
    return shown.new_sign_count


def _untrue(error: Exception) -> PasskeyError:
    # Strangers send any bytes: what the decoders of CBOR, COSE and X.509 make of them is told in one way.
    why = str(error) if isinstance(error, WebAuthnException) else type(error).__name__
    return PasskeyError(f"passkey: its answer is not true: {why}")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

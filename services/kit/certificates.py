"""A private CA and the server certificates it signs, for broker and API on a network without a public name."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.contracts.errors import FileError, InvalidError
from services.contracts.names import Millis

SERVERS = ("broker", "api")

_CA_DAYS = 3650
_SERVER_DAYS = 397
"""The longest that browsers accept."""
_RENEW_DAYS = 30
"""Renewed when fewer days are left: a monthly run of the command is enough."""
_BACKDATED = timedelta(hours=1)
"""Devices without a battery behind their clock may be a little behind."""
_MAX_HOST = 253


@dataclass(frozen=True, slots=True)
class Made:
    """One certificate: `file`, what was done (`made`, `renewed`, `kept`), and until when it is good."""

    file: Path
    done: str
    until: datetime


@dataclass(frozen=True, slots=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure(folder: Path, hosts: Sequence[str], now: Millis) -> list[Made]:
    """Make what is missing under `folder`, renew what runs out within a month or lacks a host, keep the rest.

    `hosts` are the names and addresses by which clients reach the servers. Files: `ca.crt`, and `broker` and `api`
    with `.crt` (certificate and CA) and `.key`; keys are readable by their owner alone. Raises InvalidError for a host
    that is none, FileError naming the file that cannot be read or written.
    """
    names = [_general_name(host) for host in hosts]
    if not names:
        raise InvalidError("host: expected at least one name or address by which clients reach the servers")
    at = datetime.fromtimestamp(now / 1000, UTC)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ca, made = _ensure_ca(folder, at)
        done = [made]
        done += [_ensure_server(folder, server, names, ca, at, fresh_ca=made.done != "kept") for server in SERVERS]
    except OSError as error:
        raise FileError(f"{error.filename or folder}: {error.strerror}") from None
    return done


def _ensure_ca(folder: Path, at: datetime) -> tuple[_Pair, Made]:
    file = folder / "ca.crt"
    before = _read(folder, "ca")
    if before is not None and not _runs_out(before.certificate, at):
        return before, Made(file, "kept", before.certificate.not_valid_after_utc)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"foldspace private CA {at:%Y-%m-%d}")
    certificate = (
        _builder(name, name, key.public_key(), at, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pair = _Pair(certificate, key)
    _write(folder, "ca", pair, chain=())
    return pair, Made(file, "made" if before is None else "renewed", certificate.not_valid_after_utc)


def _ensure_server(
    folder: Path, server: str, names: list[x509.GeneralName], ca: _Pair, at: datetime, *, fresh_ca: bool
) -> Made:
    file = folder / f"{server}.crt"
    before = _read(folder, server)
    if before is not None and not fresh_ca and not _runs_out(before.certificate, at) and _covers(before, names, ca):
        return Made(file, "kept", before.certificate.not_valid_after_utc)
    key = ec.generate_private_key(ec.SECP256R1())
    days = min(_SERVER_DAYS, (ca.certificate.not_valid_after_utc - at).days)
    certificate = (
        _builder(_name(f"foldspace {server}"), ca.certificate.subject, key.public_key(), at, days)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    _write(folder, server, _Pair(certificate, key), chain=(ca.certificate,))
    return Made(file, "made" if before is None else "renewed", certificate.not_valid_after_utc)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at + timedelta(days=days))
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host.strip("[]")))
    except ValueError:
        pass  # not an address, so a name
    labels = host.split(".")
    if len(host) > _MAX_HOST or not all(_is_label(label) for label in labels):
        raise InvalidError(f"host {host!r}: expected a name such as foldspace.lan, or an address")
    return x509.DNSName(host)


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and label.isascii() and all(c.isalnum() or c in "-_" for c in label)


def _runs_out(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_after_utc - at < timedelta(days=_RENEW_DAYS)


def _covers(pair: _Pair, names: list[x509.GeneralName], ca: _Pair) -> bool:
    """Tell whether a server certificate names these hosts, and is this CA's."""
    found = pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) <= set(found) and pair.certificate.issuer == ca.certificate.subject


def _read(folder: Path, name: str) -> _Pair | None:
    """Return certificate and key; None if neither is there. Raises FileError if they cannot be used."""
    crt, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    if not crt.exists() and not key_file.exists():
        return None
    try:
        certificate = x509.load_pem_x509_certificate(crt.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (ValueError, TypeError):
        raise FileError(f"{crt}: cannot be read with its key; move both away to have new ones made") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise FileError(f"{key_file}: is not the key of {crt}; move both away to have new ones made")
    return _Pair(certificate, key)


def _write(folder: Path, name: str, pair: _Pair, chain: Sequence[x509.Certificate]) -> None:
    """Write both files, each whole or not at all; the key first, and never readable by others."""
    key = pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (pair.certificate, *chain))
    for file, content, mode in ((folder / f"{name}.key", key, 0o600), (folder / f"{name}.crt", pem, 0o644)):
        part = file.with_name(file.name + ".part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)

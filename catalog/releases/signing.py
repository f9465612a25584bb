"""Signatures over a release's manifest, made and checked by OpenSSH, so that anyone can check them with a tool that is everywhere.

A signature proves that the manifest is the publisher's; the manifest's hashes prove the rest.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from catalog.errors import UsageError
from catalog.releases.ledger import write

SIGNATURE = "manifest.json.sig"
SIGNERS = "allowed_signers"
"""Beside the releases: who signs them. A reader who wants to be sure takes the key from somewhere else."""
NAMESPACE = "bymaal-release"


def sign(manifest: Path, key: Path, signer: str, public: Path) -> None:
    """Sign a manifest with an OpenSSH private key that needs no passphrase, and add its public half to the list beside the releases.

    Raises UsageError when there is no such key or no `ssh-keygen`.
    """
    if not key.is_file():
        raise UsageError(
            "the key to sign releases with is not there", where="BYMAAL_SIGNING_KEY", next_step="ssh-keygen -t ed25519 -N '' -f KEY"
        )
    made = subprocess.run(
        [_tool(), "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(manifest)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise UsageError("the manifest cannot be signed", where="BYMAAL_SIGNING_KEY", next_step="use an OpenSSH key without a passphrase")
    told = subprocess.run([_tool(), "-y", "-f", str(key)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True)
    kind, words = told.stdout.split()[:2]
    line = f'{signer} namespaces="{NAMESPACE}" {kind} {words}\n'
    signers = public / SIGNERS
    known = signers.read_text("utf-8") if signers.is_file() else ""
    if line not in known:
        write(signers, (known + line).encode())


def fault(manifest: Path, signers: Path) -> str | None:
    """What is wrong with a manifest's signature; None when one of the signers made it over exactly these bytes."""
    if not signers.is_file():
        return "nobody is known who may sign"
    content = manifest.read_bytes()
    names = [line.split()[0] for line in signers.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    for name in dict.fromkeys(names):
        checked = subprocess.run(
            [_tool(), "-Y", "verify", "-f", str(signers), "-I", name, "-n", NAMESPACE, "-s", str(manifest.with_name(SIGNATURE))],
            input=content, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        if checked.returncode == 0:
            return None
    return "is not by any of the known signers over these bytes"


def _tool() -> str:
    found = shutil.which("ssh-keygen")
    if found is None:
        raise UsageError("ssh-keygen is not installed", where="signing", next_step="install OpenSSH's client")
    return found

"""What is handed out so that entries can be checked without this server: leaves, proofs, a checkpoint and its keys."""

from typing import Any

from audit import proving
from audit.checkpoints import read_checkpoint
from khuyencong.wiring import Installation
from shapes.errors import CheckFailed
from store.sealed_log import SqlSealedLog, leaves_of
from workflow.errors import UnknownProposal


def prove(home: Installation, code: str) -> dict[str, Any]:
    """Every sealed entry of a proposal with its proof under the newest checkpoint. Raises UnknownProposal, CheckFailed.

    ``waiting`` counts the entries that no checkpoint covers yet. Of each proof as many nodes are read as it has.
    """
    with home.store.transaction(writes=False) as transaction:
        log = SqlSealedLog(transaction)
        leaves, waiting = leaves_of(transaction, code)
        note = log.newest()
        if not leaves and not waiting:
            raise UnknownProposal(code)
        if note is None:
            raise CheckFailed("audit.unsealed")
        size = read_checkpoint(note)[0].size
        proofs = [_proof(log, leaf, size) for leaf in leaves]
    keys = [key.text() for key in home.log_keys()]
    return {"code": code, "size": size, "checkpoint": note, "keys": keys, "waiting": waiting, "proofs": proofs}


def _proof(log: SqlSealedLog, leaf: Any, size: int) -> dict[str, Any]:
    path = proving.inclusion(log, leaf.position, size)
    return {
        "seq": leaf.seq,
        "kind": leaf.kind,
        "hash": leaf.hash,
        "leaf": bytes(leaf.data).decode(),
        "index": leaf.position,
        "proof": [node.hex() for node in path],
    }

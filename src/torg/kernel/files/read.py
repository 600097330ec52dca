"""Look files up."""

from collections.abc import Iterable

from torg.kernel.database import Transaction
from torg.kernel.files import rows
from torg.kernel.files.model import File


async def find(tx: Transaction, names: Iterable[str]) -> dict[str, File]:
    """The kept files among these names; names that are not kept are left out."""
    wanted = list(dict.fromkeys(names))
    return {file.name: file for file in await rows.find(tx, wanted)} if wanted else {}

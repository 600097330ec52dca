"""Imports: what another system has written down comes in, whole or not at all, and once.

The shape of every importer, of which a connector fills in the middle:

- **read**: `open_table` gives the rows of a Parquet or CSV file with their line numbers, as texts; a file that is
  damaged ends the import with `Damaged` before anything is written.
- **map, check**: the connector says of each line what it is; a line that cannot be used is a `Refusal` with its reason.
- **load**: the connector cuts the rest into `Portion`s, the same for the same file, and `bring_in` writes them one
  transaction each. Ids are derived from the names that things have in the source, so nothing comes twice.
- **report**: the `Reconciliation` says that nothing got lost, the report of refusals why a line was not taken.
- **resume**: how many portions are done stands in the same transactions; whoever is started again goes on there.

Owns runs (one per source and content of a file) and entries, the amounts of a source's books that are neither goods
sold nor goods returned. Knows nothing of what it brings in.
"""

from torg.imports.model import Entry, Reconciliation, Refusal, Run
from torg.imports.portions import AlreadyUnderWay, BegunOtherwise, Portion, Progress, begin, bring_in
from torg.imports.read import Column, Damaged, Row, Table, fingerprint, open_table
from torg.imports.report import peak_megabytes, write_refusals
from torg.imports.store import add_entries, entries

__all__ = [
    "AlreadyUnderWay",
    "BegunOtherwise",
    "Column",
    "Damaged",
    "Entry",
    "Portion",
    "Progress",
    "Reconciliation",
    "Refusal",
    "Row",
    "Run",
    "Table",
    "add_entries",
    "begin",
    "bring_in",
    "entries",
    "fingerprint",
    "open_table",
    "peak_megabytes",
    "write_refusals",
]

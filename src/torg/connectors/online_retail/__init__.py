"""Online Retail: a year of a British wholesaler's invoices (UCI, `online_retail`), as Parquet or CSV.

`check` reads the whole file and writes nothing; `load` brings it in, portion by portion, and may be killed and called
again; `stock` receives an opening stock. Each line becomes part of an order, of a return, or an entry of its own (fees,
corrections, counts of stock), or is refused with a reason; see docs/imports.md.
"""

from torg.connectors.online_retail.check import Checked, check
from torg.connectors.online_retail.load import NotTaken, load, stock
from torg.connectors.online_retail.model import SOURCE, EntryKind, Options
from torg.connectors.online_retail.places import Unfit

__all__ = ["SOURCE", "Checked", "EntryKind", "NotTaken", "Options", "Unfit", "check", "load", "stock"]

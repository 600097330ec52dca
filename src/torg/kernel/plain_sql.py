"""Lets a migration hand SQL to the server exactly as it is written.

Alembic takes a colon in a text for a parameter and a percent sign for a placeholder; a migration has neither.
Importing this module is enough: Alembic keeps one implementation per dialect, the last one defined.
"""

from typing import Any

from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Executable


class PlainSql(PostgresqlImpl):
    """PostgreSQL, with texts sent unchanged; one text may hold many statements."""

    __dialect__ = "postgresql"

    def execute(self, sql: Executable | str, execution_options: dict[str, Any] | None = None) -> None:
        """Run the text as one simple query inside the step's transaction."""
        if isinstance(sql, str) and self.connection is not None:
            self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        else:
            super().execute(sql, execution_options)

"""Alembic's environment: it compares the model with the database, and runs what is between them.

The URL is that of lxdb://…, in the variable LXDB_URL.
"""

import os
import pathlib
import sys

from alembic import context
from sqlalchemy import create_engine

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import model  # noqa: E402

engine = create_engine(os.environ["LXDB_URL"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=model.Base.metadata, compare_type=True, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()

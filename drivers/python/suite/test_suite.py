"""SQLAlchemy's own tests of a dialect."""

from sqlalchemy.testing.suite import *  # noqa: F401, F403

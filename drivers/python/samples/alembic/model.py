"""The model that the migrations follow."""

import datetime
import decimal

import sqlalchemy as sa
from sqlalchemy import orm


class Base(orm.DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "al_author"
    __table_args__ = (sa.CheckConstraint("born > 1000", name="al_born"), {"comment": "who wrote"})
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), unique=True, comment="as on the cover")
    born: orm.Mapped[int]


class Book(Base):
    __tablename__ = "al_book"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str] = orm.mapped_column(sa.String(100), index=True)
    price: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(8, 2), server_default="0.00")
    out: orm.Mapped[datetime.date | None]
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("al_author.id", ondelete="CASCADE"))

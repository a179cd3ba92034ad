"""SQLAlchemy's ORM: a model with a relationship."""

import os
from urllib.parse import quote_plus

import sqlalchemy as sa
from sqlalchemy import orm

ENV = os.environ


class Base(orm.DeclarativeBase):
    pass


class Lab(Base):
    __tablename__ = "orm_lab"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), unique=True)
    people: orm.Mapped[list["Person"]] = orm.relationship(back_populates="lab", cascade="all, delete-orphan")


class Person(Base):
    __tablename__ = "orm_person"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), index=True)
    lab_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("orm_lab.id"))
    lab: orm.Mapped[Lab] = orm.relationship(back_populates="people")


url = f"lxdb://{ENV.get('LXDB_USER', 'root')}:{quote_plus(ENV['LXDB_PASSWORD'])}@{ENV['LXDB_HTTPS']}/{ENV['LXDB_DATABASE']}?ca={quote_plus(ENV['LXDB_CA'])}"
engine = sa.create_engine(url, connect_args={"secure": True})
Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)
with orm.Session(engine) as session:
    session.add(Lab(name="rue Lhomond", people=[Person(name="Marie"), Person(name="Pierre")]))
    session.commit()
    names = session.scalars(sa.select(Person.name).join(Lab).where(Lab.name.like("rue%")).order_by(Person.name))
    print(", ".join(names))
Base.metadata.drop_all(engine)

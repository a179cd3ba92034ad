"""Cases for recording ldap3; see README.md. Without arguments it lists them."""

import sys

from ldap3 import ALL, BASE, MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, NONE, SUBTREE, Connection, Server


def bound(address, user="root", password="rootpw", info=NONE):
    c = Connection(Server("ldap://" + address, get_info=info), "uid=%s,ou=users,dc=lxdb" % user, password)
    c.bind()
    return c


def info(address):
    bound(address, info=ALL).unbind()


def anonymous(address):
    c = Connection(Server("ldap://" + address, get_info=NONE))
    c.bind()
    c.search("dc=lxdb", "(objectClass=*)")
    c.unbind()


def search(address):
    c = bound(address)
    c.search("dc=lxdb", "(&(objectClass=inetOrgPerson)(|(uid=ann)(cn=*o*)(memberOf=cn=devs,ou=groups,dc=lxdb)))", SUBTREE,
             attributes=["*", "+"], size_limit=10, time_limit=5)
    c.unbind()


def pages(address):
    c = bound(address)
    list(c.extend.standard.paged_search("dc=lxdb", "(objectClass=*)", SUBTREE, attributes=["cn"], paged_size=2, paged_criticality=True))
    c.unbind()


def change(address):
    c = bound(address)
    c.add("uid=zoë,ou=users,dc=lxdb", ["inetOrgPerson", "top"], {"sn": "Example", "mail": ["a@example.org", "b@example.org"], "userPassword": "zoe-secret"})
    c.modify("uid=zoë,ou=users,dc=lxdb", {"mail": [(MODIFY_DELETE, ["a@example.org"])], "title": [(MODIFY_ADD, ["Chéf"])], "sn": [(MODIFY_REPLACE, ["Other"])]})
    c.search("uid=zoë,ou=users,dc=lxdb", "(title=chéf)", BASE, attributes=["mail", "title", "sn"])
    c.modify_dn("uid=zoë,ou=users,dc=lxdb", "uid=zoe")
    c.compare("uid=zoe,ou=users,dc=lxdb", "mail", "b@example.org")
    c.delete("uid=zoe,ou=users,dc=lxdb")
    c.unbind()


def password(address):
    c = bound(address, "ann", "annpw")
    c.extend.standard.modify_password(None, "annpw", "annpw-2")
    c.extend.standard.who_am_i()
    c.rebind("uid=ann,ou=users,dc=lxdb", "annpw-2")
    c.unbind()


def refused(address):
    c = bound(address, "ann", "wrong")
    c.unbind()


CASES = [info, anonymous, search, pages, change, password, refused]
if len(sys.argv) == 1:
    print(" ".join(f.__name__ for f in CASES))
else:
    next(f for f in CASES if f.__name__ == sys.argv[2])(sys.argv[1])

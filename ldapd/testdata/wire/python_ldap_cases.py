"""Cases for recording python-ldap; see README.md. Without arguments it lists them."""

import sys

import ldap
from ldap.controls import SimplePagedResultsControl
from ldap.controls.ppolicy import PasswordPolicyControl


def bound(address, user="root", password="rootpw", **more):
    c = ldap.initialize("ldap://" + address)
    c.simple_bind_s("uid=%s,ou=users,dc=lxdb" % user, password, **more)
    return c


def root_dse(address):
    c = ldap.initialize("ldap://" + address)
    c.read_rootdse_s(attrlist=["*", "+"])
    c.unbind_s()


def schema(address):
    c = bound(address)
    c.read_subschemasubentry_s(c.search_subschemasubentry_s("uid=root,ou=users,dc=lxdb"), attrs=["objectClasses", "ldapSyntaxes"])
    c.unbind_s()


def search(address):
    c = bound(address)
    c.search_ext_s("dc=lxdb", ldap.SCOPE_SUBTREE, "(&(objectClass=person)(!(uid=root))(cn:caseIgnoreMatch:=ANN))", ["*", "+"], timeout=5, sizelimit=10)
    c.unbind_s()


def pages(address):
    c = bound(address)
    control = SimplePagedResultsControl(True, size=3, cookie="")
    while True:
        _, _, _, controls = c.result3(c.search_ext("dc=lxdb", ldap.SCOPE_SUBTREE, "(objectClass=*)", ["1.1"], serverctrls=[control]))
        control.cookie = controls[0].cookie
        if not control.cookie:
            break
    c.unbind_s()


def change(address):
    c = bound(address)
    c.add_s("uid=zoe,ou=users,dc=lxdb", [("objectClass", [b"inetOrgPerson"]), ("sn", [b"Example"]), ("userPassword", [b"zoe-secret"])])
    c.modify_s("uid=zoe,ou=users,dc=lxdb", [(ldap.MOD_ADD, "mail", [b"a@example.org"]), (ldap.MOD_REPLACE, "sn", ["Müller".encode()])])
    c.compare_s("uid=zoe,ou=users,dc=lxdb", "sn", "MÜLLER".encode())
    c.rename_s("uid=zoe,ou=users,dc=lxdb", "uid=zoë", "ou=users,dc=lxdb")
    c.delete_s("uid=zoë,ou=users,dc=lxdb")
    c.unbind_s()


def password(address):
    c = bound(address, "ann", "annpw", serverctrls=[PasswordPolicyControl()])
    c.passwd_s("uid=ann,ou=users,dc=lxdb", "annpw", "annpw-2")
    c.whoami_s()
    c.unbind_s()


def cancel(address):
    c = bound(address)
    c.search_s("dc=lxdb", ldap.SCOPE_BASE)
    try:
        c.cancel_s(77)
    except ldap.LDAPError:
        pass
    c.unbind_s()


CASES = [root_dse, schema, search, pages, change, password, cancel]
if len(sys.argv) == 1:
    print(" ".join(f.__name__ for f in CASES))
else:
    next(f for f in CASES if f.__name__ == sys.argv[2])(sys.argv[1])

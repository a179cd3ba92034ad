"""Uses the directory as a program with python-ldap does. Called by drivers/ldap.sh:

    python_ldap_test.py PLAIN-PORT TLS-PORT CA OTHER-CA ROOT-PASSWORD-FILE CLIENT-CERT CLIENT-KEY

CLIENT-CERT names root. The server runs with --password-min-length 8.
"""

import sys

import ldap
import ldap.dn
import ldap.filter
import ldap.modlist
import ldap.schema
from ldap.controls import SimplePagedResultsControl
from ldap.controls.ppolicy import PasswordPolicyControl

plain, secure, ca, other_ca, password_file, client_cert, client_key = sys.argv[1:]
root_password = open(password_file).read().strip()
BASE_DN = "dc=lxdb"
USERS, GROUPS = "ou=users," + BASE_DN, "ou=groups," + BASE_DN
ROOT = "uid=root," + USERS
checked = 0


def check(what, got, want):
    global checked
    if got != want:
        sys.exit("python-ldap: %s: %r, %r expected" % (what, got, want))
    checked += 1


def refused(what, error, run, *args):
    global checked
    try:
        got = run(*args)
    except error:
        checked += 1
        return
    sys.exit("python-ldap: %s was not refused: %r" % (what, got))


def connect(port=None, ca_file=ca, cert=None):
    port = port or secure
    c = ldap.initialize("%s://127.0.0.1:%s" % ("ldaps" if port == secure else "ldap", port))
    c.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
    c.set_option(ldap.OPT_REFERRALS, 0)
    c.set_option(ldap.OPT_TIMEOUT, 20)
    c.set_option(ldap.OPT_X_TLS_CACERTFILE, ca_file)
    c.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    if cert:
        c.set_option(ldap.OPT_X_TLS_CERTFILE, cert[0])
        c.set_option(ldap.OPT_X_TLS_KEYFILE, cert[1])
    c.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    return c


def bound(user, password, port=None):
    c = connect(port)
    if port == plain:
        c.start_tls_s()
    c.simple_bind_s(user, password)
    return c


# --- TLS, binds and refusals -------------------------------------------------------------

refused("bind without TLS", ldap.CONFIDENTIALITY_REQUIRED, connect(plain).simple_bind_s, ROOT, root_password)
check("who am I after StartTLS", bound(ROOT, root_password, plain).whoami_s(), "dn:" + ROOT)
refused("LDAPS with another CA", ldap.SERVER_DOWN, connect(ca_file=other_ca).simple_bind_s, ROOT, root_password)
refused("StartTLS with another CA", ldap.CONNECT_ERROR, connect(plain, other_ca).start_tls_s)
refused("wrong password", ldap.INVALID_CREDENTIALS, connect().simple_bind_s, ROOT, "wrong")
refused("unknown user", ldap.INVALID_CREDENTIALS, connect().simple_bind_s, "uid=nobody," + USERS, "wrong")
refused("no password", ldap.UNWILLING_TO_PERFORM, connect().simple_bind_s, ROOT, "")
refused("anonymous search", ldap.INSUFFICIENT_ACCESS, connect().search_s, BASE_DN, ldap.SCOPE_SUBTREE)
c = connect(cert=(client_cert, client_key))
c.sasl_external_bind_s()
check("EXTERNAL", c.whoami_s(), "dn:" + ROOT)
refused("EXTERNAL for another", ldap.INVALID_CREDENTIALS,
        connect(cert=(client_cert, client_key)).sasl_external_bind_s, None, None, ldap.SASL_QUIET, "u:ann")
refused("EXTERNAL without a certificate", ldap.LDAPError, connect().sasl_external_bind_s)

# --- what the server says about itself -----------------------------------------------------

c = bound(ROOT, root_password)
dse = c.read_rootdse_s(attrlist=["*", "+"])
check("naming contexts", dse["namingContexts"], [b"dc=lxdb"])
check("naming contexts, asked", c.get_naming_contexts(), [b"dc=lxdb"])
subschema = ldap.schema.SubSchema(c.read_subschemasubentry_s(c.search_subschemasubentry_s(ROOT)))
person = subschema.get_obj(ldap.schema.ObjectClass, "inetOrgPerson")
check("class", (person.sup, "mail" in person.may), (("organizationalPerson",), True))
check("attribute", subschema.get_obj(ldap.schema.AttributeType, "mail").oid, "0.9.2342.19200300.100.1.3")
must, may = subschema.attribute_types(["inetOrgPerson"])
check("allowed attributes", {a.names[0] for a in must.values()} >= {"sn", "cn"}, True)

# --- users with all kinds of names ------------------------------------------------------------

NAMES = ["yve", "Jürgen Müller", "Ζωή", "comma, name", "plus+name", 'quo"te', "(paren)the*sis", "back\\slash",
         "less<more>", "semi;colon", "#hash", "equal=sign", "a  b"]


def dn(name):
    return "uid=%s,%s" % (ldap.dn.escape_dn_chars(name), USERS)


def user(name, password="geheim-12345"):
    return ldap.modlist.addModlist({"objectClass": [b"inetOrgPerson"], "cn": [name.encode()], "sn": [b"Test"],
                                    "userPassword": [password.encode()]})


for name in NAMES:
    c.add_s(dn(name), user(name))
    found = c.search_s(BASE_DN, ldap.SCOPE_SUBTREE, ldap.filter.filter_format("(&(objectClass=person)(uid=%s))", [name]), ["uid", "cn"])
    check("search " + name, [e[1] for e in found], [{"uid": [name.encode()], "cn": [name.encode()]}])
    check("DN of " + name, ldap.dn.str2dn(found[0][0])[0][0][:2], ("uid", name))
    check("bind as " + name, ldap.dn.str2dn(bound(dn(name), "geheim-12345").whoami_s()[3:])[0][0][1], name)
refused("add again", ldap.ALREADY_EXISTS, c.add_s, dn("yve"), user("yve"))
refused("add with a short password", ldap.CONSTRAINT_VIOLATION, c.add_s, dn("short"), user("short", "geheim"))
refused("add with his name as password", ldap.CONSTRAINT_VIOLATION, c.add_s, dn("alexandria"), user("alexandria", "ALEXANDRIA"))
refused("add elsewhere", ldap.NAMING_VIOLATION, c.add_s, "ou=more," + BASE_DN, [("objectClass", [b"organizationalUnit"])])

# --- search: pages, limits, abandon, cancel ------------------------------------------------------

control, seen = SimplePagedResultsControl(True, size=4, cookie=""), []
while True:
    _, entries, _, controls = c.result3(c.search_ext(BASE_DN, ldap.SCOPE_SUBTREE, "(objectClass=*)", ["1.1"], serverctrls=[control]))
    seen += [e[0] for e in entries]
    control.cookie = controls[0].cookie
    if not control.cookie:
        break
check("paged search", (len(seen), len(set(seen))), (len(NAMES) + 4, len(NAMES) + 4))
refused("size limit", ldap.SIZELIMIT_EXCEEDED, c.search_ext_s, BASE_DN, ldap.SCOPE_SUBTREE, "(objectClass=*)", None, 0, None, None, -1, 3)
refused("unknown critical control", ldap.UNAVAILABLE_CRITICAL_EXTENSION, c.search_ext_s, BASE_DN, ldap.SCOPE_BASE, "(objectClass=*)",
        None, 0, [ldap.controls.RequestControl("1.2.3.4", True, None)])
refused("another tree", ldap.NO_SUCH_OBJECT, c.search_s, "dc=elsewhere", ldap.SCOPE_SUBTREE)
refused("a filter too deep", ldap.LDAPError, c.search_s, BASE_DN, ldap.SCOPE_SUBTREE, "(!" * 40 + "(cn=x)" + ")" * 40)
c = bound(ROOT, root_password)  # the last one may have ended the connection
c.abandon(c.search(BASE_DN, ldap.SCOPE_SUBTREE))
check("after an abandon", c.whoami_s(), "dn:" + ROOT)

# --- compare, modify, rename, passwords ----------------------------------------------------------

check("compare", (c.compare_s(dn("yve"), "sn", b"TEST"), c.compare_s(dn("yve"), "sn", b"x")), (True, False))
refused("compare a password", ldap.LDAPError, c.compare_s, dn("yve"), "userPassword", b"geheim-12345")
c.modify_s(dn("yve"), [(ldap.MOD_ADD, "mail", [b"a@example.org", b"b@example.org"]), (ldap.MOD_REPLACE, "title", ["Chéf".encode()])])
c.modify_s(dn("yve"), [(ldap.MOD_DELETE, "mail", [b"a@example.org"])])
found = c.search_s(dn("yve"), ldap.SCOPE_BASE, "(mail=*@example.org)", ["mail", "title", "userPassword"])
check("modified", found[0][1], {"mail": [b"b@example.org"], "title": ["Chéf".encode()]})
refused("half a modify", ldap.NO_SUCH_ATTRIBUTE, c.modify_s, dn("yve"),
        [(ldap.MOD_REPLACE, "title", [b"Boss"]), (ldap.MOD_DELETE, "mail", [b"a@example.org"])])
check("nothing of it", c.search_s(dn("yve"), ldap.SCOPE_BASE, attrlist=["title"])[0][1]["title"], ["Chéf".encode()])
c.add_s("cn=py," + GROUPS, [("objectClass", [b"groupOfNames"]), ("member", [dn(n).encode() for n in NAMES])])
c.rename_s(dn("yve"), "uid=" + ldap.dn.escape_dn_chars("yvé + co"))
members = c.search_s("cn=py," + GROUPS, ldap.SCOPE_BASE, attrlist=["memberUid"])[0][1]["memberUid"]
check("renamed in its group", "yvé + co".encode() in members, True)

own = bound(dn("yvé + co"), "geheim-12345")
refused("without the old password", ldap.UNWILLING_TO_PERFORM, own.passwd_s, None, None, "geheim-67890")
refused("a short password", ldap.CONSTRAINT_VIOLATION, own.passwd_s, None, "geheim-12345", "geheim")
own.passwd_s(None, "geheim-12345", "geheim-67890")
msgid = own.modify_ext(dn("yvé + co"), [(ldap.MOD_DELETE, "userPassword", [b"geheim-67890"]), (ldap.MOD_ADD, "userPassword", [b"short"])],
                       serverctrls=[PasswordPolicyControl()])
try:
    own.result4(msgid)
    sys.exit("python-ldap: a short password by modify was not refused")
except ldap.CONSTRAINT_VIOLATION as e:
    control = PasswordPolicyControl()
    control.decodeControlValue([x for x in e.args[0]["ctrls"] if x[0] == PasswordPolicyControl.controlType][0][2])
    check("policy control", int(control.error), 6)
_, _, _, controls = own.simple_bind_s(dn("yvé + co"), "geheim-67890", serverctrls=[PasswordPolicyControl()])
check("policy control of a bind", (controls[0].controlType, controls[0].error), (PasswordPolicyControl.controlType, None))
refused("delete as a user", ldap.INSUFFICIENT_ACCESS, own.delete_s, dn("yvé + co"))
check("a user sees himself", len(own.search_s(BASE_DN, ldap.SCOPE_SUBTREE, "(objectClass=person)")), 1)

for name in ["yvé + co"] + NAMES[1:]:
    c.delete_s(dn(name))
c.delete_s("cn=py," + GROUPS)
check("all deleted", len(c.search_s(BASE_DN, ldap.SCOPE_SUBTREE)), 4)
print("python-ldap: %d checks" % checked)

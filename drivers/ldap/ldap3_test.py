"""Uses the directory as a program with ldap3 does. Called by drivers/ldap.sh:

    ldap3_test.py PLAIN-PORT TLS-PORT CA OTHER-CA ROOT-PASSWORD-FILE CLIENT-CERT CLIENT-KEY

CLIENT-CERT names root. The server runs with --password-min-length 8.
"""

import ssl
import sys

from ldap3 import (ALL, AUTO_BIND_NONE, BASE, EXTERNAL, LEVEL, MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, NONE, SASL,
                   SUBTREE, Connection, Server, Tls)
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn

plain, secure, ca, other_ca, password_file, client_cert, client_key = sys.argv[1:]
root_password = open(password_file).read().strip()
BASE_DN = "dc=lxdb"
USERS, GROUPS = "ou=users," + BASE_DN, "ou=groups," + BASE_DN
ROOT = "uid=root," + USERS
checked = 0


def check(what, got, want):
    global checked
    if got != want:
        sys.exit("ldap3: %s: %r, %r expected" % (what, got, want))
    checked += 1


def server(port, ca_file=ca, info=NONE, **more):
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=ca_file, **more)
    return Server("127.0.0.1", int(port), use_ssl=port == secure, tls=tls, get_info=info, connect_timeout=20)


def connect(user, password, port=None, **more):
    c = Connection(server(port or secure, **more), user, password, auto_bind=AUTO_BIND_NONE,
                   auto_referrals=False, receive_timeout=20)
    c.open()
    if port == plain:
        c.start_tls()
    c.bind()
    return c


def refused(what, run):
    try:
        run()
    except LDAPException:
        return check(what, True, True)
    sys.exit("ldap3: %s was not refused" % what)


def code(c, _):
    return c.result["result"]


# --- TLS, binds and refusals -------------------------------------------------------------

c = Connection(server(plain), ROOT, root_password)
c.open()
c.bind()
check("bind without TLS", c.result["result"], 13)
c.unbind()
c = connect(ROOT, root_password, port=plain)
check("bind after StartTLS", c.result["result"], 0)
check("who am I", c.extend.standard.who_am_i(), "dn:" + ROOT)
c.unbind()
refused("LDAPS with another CA", lambda: connect(ROOT, root_password, ca_file=other_ca))
refused("StartTLS with another CA", lambda: connect(ROOT, root_password, port=plain, ca_file=other_ca))
check("wrong password", connect(ROOT, "wrong").result["result"], 49)
check("unknown user", connect("uid=nobody," + USERS, "wrong").result["result"], 49)
with_cert = server(secure, local_certificate_file=client_cert, local_private_key_file=client_key)
c = Connection(with_cert, authentication=SASL, sasl_mechanism=EXTERNAL, sasl_credentials="")
check("EXTERNAL", (c.bind(), c.extend.standard.who_am_i()), (True, "dn:" + ROOT))
c.unbind()

# --- what the server says about itself -----------------------------------------------------

c = connect(ROOT, root_password, info=ALL)
info, schema = c.server.info, c.server.schema
check("naming contexts", info.naming_contexts, [BASE_DN])
check("versions", [int(v) for v in info.supported_ldap_versions], [3])
check("vendor", info.vendor_name, ["lxdb"] if isinstance(info.vendor_name, list) else "lxdb")
check("paging is advertised", any(x[0] == "1.2.840.113556.1.4.319" for x in info.supported_controls), True)
check("password policy is advertised", any(x[0] == "1.3.6.1.4.1.42.2.27.8.5.1" for x in info.supported_controls), True)
check("StartTLS is advertised", any(x[0] == "1.3.6.1.4.1.1466.20037" for x in info.supported_extensions), True)
check("mechanisms", info.supported_sasl_mechanisms, ["PLAIN"])
check("classes", {"inetOrgPerson", "groupOfNames", "posixAccount"} <= set(schema.object_classes), True)
check("person must have", sorted(schema.object_classes["person"].must_contain), ["cn", "sn"])
check("attributes", {"uid", "mail", "member", "memberOf", "entryUUID"} <= set(schema.attribute_types), True)

# --- users and groups with all kinds of names -------------------------------------------------

NAMES = ["zoe", "Jürgen Müller", "日本 太郎", "comma, name", "plus+name", 'quo"te', "(paren)the*sis", "back\\slash",
         "less<more>", "semi;colon", "#hash", "equal=sign", "o'neil", "slash/name"]


def dn(name):
    return "uid=" + escape_rdn(name) + "," + USERS


for name in NAMES:
    c.add(dn(name), "inetOrgPerson", {"cn": name, "sn": "Test", "mail": "t@example.org", "userPassword": "geheim-12345"})
    check("add " + name, c.result["result"], 0)
c.add(dn("zoe"), "inetOrgPerson", {"sn": "Test"})
check("add again", c.result["result"], 68)
c.add("uid=short," + USERS, "inetOrgPerson", {"userPassword": "short"})
check("add with a short password", c.result["result"], 19)
c.add("ou=more," + BASE_DN, "organizationalUnit")
check("add elsewhere", c.result["result"], 64)
for name in NAMES:
    c.search(BASE_DN, "(&(objectClass=person)(uid=%s))" % escape_filter_chars(name), SUBTREE, attributes=["uid", "cn"])
    check("search " + name, [(e.uid.value, e.cn.value) for e in c.entries], [(name, name)])
    c.search(c.entries[0].entry_dn, "(objectClass=*)", BASE, attributes=["mail"])
    check("read " + name, [e.mail.value for e in c.entries], ["t@example.org"])
    own = connect(dn(name), "geheim-12345")
    check("bind as " + name, own.result["result"], 0)
    own.unbind()

c.add("cn=all," + GROUPS, "groupOfNames", {"member": [dn(n) for n in NAMES]})
check("group", c.result["result"], 0)
c.add("cn=above," + GROUPS, "groupOfNames", {"member": ["cn=all," + GROUPS]})
c.search(BASE_DN, "(memberOf=cn=above,%s)" % GROUPS, SUBTREE, attributes=["memberOf"])
check("nested members", len(c.entries), len(NAMES) + 1)
c.search(USERS, "(objectClass=person)", LEVEL, attributes=["+", "*"])
check("nobody sees passwords", [e for e in c.entries if "userPassword" in e.entry_attributes_as_dict], [])

# --- search: pages, limits, referrals ---------------------------------------------------------

pages = list(c.extend.standard.paged_search(BASE_DN, "(objectClass=*)", SUBTREE, attributes=["cn"], paged_size=4, generator=True))
check("paged search", len(pages), len(NAMES) + 6)
check("no referrals", [p for p in pages if p["type"] != "searchResEntry"], [])
c.search(BASE_DN, "(objectClass=*)", SUBTREE, size_limit=3)
check("size limit", (c.result["result"], len(c.entries)), (4, 3))
c.search(BASE_DN, "(objectClass=*)", SUBTREE, controls=[("1.2.3.4", True, None)])
check("unknown critical control", c.result["result"], 12)
c.search("dc=elsewhere", "(objectClass=*)", SUBTREE)
check("another tree", (c.result["result"], c.result["referrals"]), (32, None))

# --- compare, modify, rename, passwords ----------------------------------------------------------

check("compare", (c.compare(dn("zoe"), "mail", "T@EXAMPLE.ORG"), c.result["result"]), (True, 6))
check("compare, other", (c.compare(dn("zoe"), "mail", "x@example.org"), c.result["result"]), (False, 5))
c.modify(dn("zoe"), {"mail": [(MODIFY_REPLACE, ["a@example.org", "b@example.org"])], "title": [(MODIFY_ADD, ["Chéf"])]})
check("modify", c.result["result"], 0)
c.modify(dn("zoe"), {"mail": [(MODIFY_DELETE, ["a@example.org"])]})
c.search(dn("zoe"), "(title=CHÉF)", BASE, attributes=["mail", "title"])
check("modified", (c.entries[0].mail.value, c.entries[0].title.value), ("b@example.org", "Chéf"))
c.modify(dn("zoe"), {"mail": [(MODIFY_DELETE, ["a@example.org"])]})
check("delete what is not there", c.result["result"], 16)
c.modify_dn(dn("zoe"), "uid=" + escape_rdn("zoë, two"))
check("rename", c.result["result"], 0)
c.search("cn=all," + GROUPS, "(objectClass=*)", BASE, attributes=["memberUid"])
check("renamed in its group", "zoë, two" in c.entries[0].memberUid.values, True)
own = connect(dn("zoë, two"), "geheim-12345")
check("change own password", own.extend.standard.modify_password(None, "geheim-12345", "geheim-67890"), True)
check("generated password", len(own.extend.standard.modify_password(None, "geheim-67890", None)) >= 20, True)
check("wrong old password", own.extend.standard.modify_password(None, "wrong", "geheim-67890"), False)
check("someone else", own.extend.standard.modify_password(ROOT, root_password, "geheim-67890"), False)
own.search(BASE_DN, "(objectClass=person)", SUBTREE)
check("a user sees himself", [e.entry_dn for e in own.entries], [c.entries[0].entry_dn.replace("cn=all," + GROUPS, dn("zoë, two"))])
own.delete(dn("zoë, two"))
check("a user may not delete", own.result["result"], 50)
own.unbind()

for name in ["zoë, two"] + NAMES[1:]:
    c.delete(dn(name))
    check("delete " + name, c.result["result"], 0)
for name in ["above", "all"]:
    c.delete("cn=%s,%s" % (name, GROUPS))
    check("delete group " + name, c.result["result"], 0)
c.unbind()
print("ldap3: %d checks" % checked)

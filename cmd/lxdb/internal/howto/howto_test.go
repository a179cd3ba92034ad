package howto

import (
	"bytes"
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	var out bytes.Buffer
	err := Print(&out, Server{Address: "127.0.0.1:4000", CAFile: "/data/it's here/ca.crt", User: "u", Password: "p", Database: "d", Query: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`--ssl-ca='/data/it'\''s here/ca.crt' --ssl-verify-server-cert d -e "SELECT 1"`,
		`mysql --host=127.0.0.1 --port=4000 --user=u --password=p`,
		`ssl_ca="/data/it's here/ca.crt"`,
		"jdbc:mysql://127.0.0.1:4000/d?user=u&password=p&sslMode=VERIFY_IDENTITY&",
		"SSLCA=/data/it's here/ca.crt;SSLVERIFY=1",
		`"u:p@tcp(127.0.0.1:4000)/d?tls=lxdb"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
	if err := Print(&out, Server{Address: "nowhere"}); err == nil {
		t.Error("an address without a port was taken")
	}
}

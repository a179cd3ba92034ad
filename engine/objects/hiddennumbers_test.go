package objects

import "testing"

// Nobody sees a sequence without a session: every spelling of a name is taken out.
func TestHideNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"nextval(`hid`.`hq`)":           "nextval(`hidden`)",
		"(1 + NEXTVAL( 'hid.hq' ))":     "(1 + NEXTVAL(`hidden` ))",
		"(nextval('`h''i)d`.`h,q`'))":   "(nextval(`hidden`))",
		"nextval(`h``i)d`.hq) + 2":      "nextval(`hidden`) + 2",
		"setval(hq, 5)":                 "setval(`hidden`, 5)",
		"(nextval(a.b) + nextval(c.d))": "(nextval(`hidden`) + nextval(`hidden`))",
		"(uuid())":                      "(uuid())",
	} {
		if got := hideNumbers(nil, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

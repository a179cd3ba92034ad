package difftest

// Rule is a difference between MySQL 8 and MariaDB in which lxdb follows MySQL.
type Rule struct {
	Name   string
	Manual string // what MySQL 8.0's manual says, and where
	Case   string // the file of testdata/sql that holds lxdb to it
	Open   bool   // the case does not pass yet
	// Applies says whether the rule explains a difference.
	Applies func(*Difference) bool
}

// Rules are all of them, at most maxRules: more would be a generator that tries
// what cannot be compared.
var Rules = []*Rule{}

// maxRules bounds Rules.
const maxRules = 40

// Rule is the first rule that explains the difference; nil: none does.
func (d *Difference) Rule() *Rule {
	for _, r := range Rules {
		if r.Applies(d) {
			return r
		}
	}
	return nil
}

package ldapd

// policyControl is the password policy control of draft-behera-ldap-password-policy,
// in requests and answers.
const policyControl = "1.3.6.1.4.1.42.2.27.8.5.1"

// policyError is the error in that control. The draft's 0 to 2 (expired, locked,
// to be changed) would tell whoever guesses what the answer to a bind must not.
type policyError int

const (
	passwordModNotAllowed       policyError = 3
	mustSupplyOldPassword       policyError = 4
	insufficientPasswordQuality policyError = 5
	passwordTooShort            policyError = 6
)

func (e *PolicyError) fault() *fault {
	f := refuse(constraintViolation, "%s", e.Text)
	if e.Short {
		return f.because(passwordTooShort)
	}
	return f.because(insufficientPasswordQuality)
}

// appendPolicy appends the controls of an answer to a request that asked for the
// policy. After a bind it is always the empty one, whatever the outcome.
func appendPolicy(dst []byte, p policyError) []byte {
	value := []byte{byte(tagSequence), 0}
	if p != 0 {
		value = []byte{byte(tagSequence), 3, byte(primitive(1)), 1, byte(p)}
	}
	dst, list := open(dst, nested(0))
	dst, one := open(dst, tagSequence)
	dst = appendText(dst, tagOctets, policyControl)
	dst = appendText(dst, tagOctets, string(value))
	return shut(shut(dst, one), list)
}

// mayChangePassword says whether the answer to an operation has the control.
func mayChangePassword(op tag) bool {
	return op == opBind || op == opAdd || op == opModify || op == opExtended
}

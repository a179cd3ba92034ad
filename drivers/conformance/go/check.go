package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

func same(got, want any, what string) error {
	g, err := json.Marshal(got)
	if err != nil {
		return err
	}
	w, err := json.Marshal(want)
	if err != nil {
		return err
	}
	if string(g) != string(w) {
		return fmt.Errorf("%w: %s: %.200s instead of %.200s", errWrong, what, g, w)
	}
	return nil
}

// errWrong is not an answer of the server, and stands for no error that a case wants.
var errWrong = errors.New("wrong")

// failing takes err for what a case wants: an error number, "tls", or nil.
func failing(want any, err error) error {
	if want == nil || errors.Is(err, errWrong) {
		return err
	}
	if err == nil {
		return fmt.Errorf("no error %v", want)
	}
	text := err.Error()
	if want == "tls" {
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) || strings.Contains(text, "certificate") {
			return nil
		}
	} else if regexp.MustCompile(`\b` + fmt.Sprint(want) + `\b`).MatchString(text) {
		return nil
	}
	return fmt.Errorf("the error %v, not %w", want, err)
}

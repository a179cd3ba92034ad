// Package howto tells a person how to connect with the usual MySQL clients, as
// command lines that work as they are printed.
package howto

import (
	_ "embed"
	"io"
	"net"
	"strings"
	"text/template"
)

// Server is where to connect, and as whom. User and password must need no
// quoting; the CA file's path is quoted where it stands.
type Server struct {
	Address  string // of the MySQL listener
	HTTPS    string
	CAFile   string
	User     string
	Password string
	Database string
	Query    string // without quotes of any kind
}

//go:embed howto.txt
var text string

var recipes = template.Must(template.New("howto").Funcs(template.FuncMap{"sh": shell}).Parse(text))

// Print writes the recipes.
func Print(w io.Writer, s Server) error {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return err
	}
	return recipes.Execute(w, struct {
		Server
		Host, Port string
	}{s, host, port})
}

// shell quotes a word for a POSIX shell when it has to be quoted.
func shell(word string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%"
	if word != "" && strings.Trim(word, safe) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

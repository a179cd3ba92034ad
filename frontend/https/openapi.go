package https

import (
	_ "embed" // the description
	"net/http"
)

//go:embed openapi.json
var openAPIText []byte

// openAPI describes the JSON API to tools. It names nothing of this instance.
func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) {
	s.write(w, http.StatusOK, jsonType, openAPIText)
}

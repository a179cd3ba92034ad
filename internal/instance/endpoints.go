package instance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lxdb/lxdb/security/keyfile"
)

const endpointsFile = "endpoints.json"

// Endpoints are the addresses of a running server, as endpoints.json has them.
// A listener that is off is absent.
type Endpoints struct {
	MySQL string `json:"mysql,omitempty"`
	HTTPS string `json:"https,omitempty"`
	KiVi  string `json:"kivi,omitempty"`
	LDAP  string `json:"ldap,omitempty"`
	LDAPS string `json:"ldaps,omitempty"`
	PID   int    `json:"pid"`
}

// ReadEndpoints reads the endpoints.json of a data directory. The error wraps
// fs.ErrNotExist when no server runs on it. The file of a server that was killed
// stays behind, so the address may be dead.
func ReadEndpoints(dir string) (Endpoints, error) {
	var e Endpoints
	text, err := os.ReadFile(filepath.Join(dir, endpointsFile))
	if err != nil {
		return e, fmt.Errorf("read endpoints: %w", err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("read %s: %w", filepath.Join(dir, endpointsFile), err)
	}
	return e, nil
}

// write publishes the addresses: whoever sees the file can connect.
func (e Endpoints) write(dir string) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write endpoints: %w", err)
	}
	return keyfile.Write(filepath.Join(dir, endpointsFile), append(text, '\n'), 0o644)
}

func removeEndpoints(dir string) error {
	if err := os.Remove(filepath.Join(dir, endpointsFile)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove endpoints: %w", err)
	}
	return nil
}

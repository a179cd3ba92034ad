package https

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lxdb/lxdb/engine/session"
	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/frontend/https/avatica"
	"github.com/lxdb/lxdb/frontend/sqltext"
)

// The protocol of PlanetScale's database-js, which drizzle and kysely speak, too: one
// POST for each statement. A session is kept while a transaction is open and at no
// other time, so that programs that come once leave nothing behind.

// planetBytes bounds a result, which this protocol carries whole.
const planetBytes = 16 << 20

// planetRequest is the body. The session is what the last answer had.
type planetRequest struct {
	Query   string `json:"query"`
	Session *struct {
		ID string `json:"id"`
	} `json:"session"`
}

// planet serves both calls: CreateSession has nothing to create.
func (s *Server) planet(w http.ResponseWriter, r *http.Request) {
	caller, denied := s.basic(r)
	if denied == nil && caller.who.IsNobody() {
		denied = errNoCredentials(r)
	}
	if denied != nil {
		s.unauthorized(w, jsonType, planetFailure(nil, "UNAUTHENTICATED", denied))
		return
	}
	admit(r)
	body, release, err := s.readBody(w, r, true, nil)
	defer release()
	var in planetRequest
	if err == nil && json.Unmarshal(body, &in) != nil {
		err = errMalformed(avatica.ErrMalformed)
	}
	begun := time.Now()
	var answer []byte
	switch {
	case err != nil:
	case strings.HasSuffix(r.URL.Path, "/CreateSession"):
		answer = []byte(`{"session":{"id":""}}`)
	default:
		answer, err = s.planetExecute(r, caller, &in, begun)
	}
	s.metrics.request("planetscale", "execute", begun, err)
	if err != nil {
		e, internal := clientError(err)
		if internal {
			s.logInternal(r, err)
		}
		answer = planetFailure(in.session(), "UNKNOWN", e)
	}
	s.write(w, http.StatusOK, jsonType, answer)
}

func (in *planetRequest) session() []byte {
	if in.Session == nil {
		return []byte(`{"id":""}`)
	}
	return append(avatica.AppendJSONString([]byte(`{"id":`), in.Session.ID), '}')
}

func planetFailure(session []byte, code string, e *session.Error) []byte {
	b := avatica.AppendJSONString([]byte(`{"error":{"code":`), code)
	b = avatica.AppendJSONString(append(b, `,"message":`...), "Error "+strconv.Itoa(int(e.Number))+" ("+e.State+"): "+tell(e))
	b = append(b, '}')
	if session != nil {
		b = append(append(b, `,"session":`...), session...)
	}
	return append(b, '}')
}

// planetExecute runs a statement, in the session of an open transaction or in a new one.
func (s *Server) planetExecute(r *http.Request, who caller, in *planetRequest, begun time.Time) ([]byte, error) {
	var c *client
	if in.Session != nil && in.Session.ID != "" {
		if c = s.find(planets, in.Session.ID, who.who); c == nil {
			// Never outside the transaction that the client believes to be in.
			return nil, sqlerr.UnknownStmtHandler.Errorf("the session is closed, and its transaction rolled back")
		}
	} else {
		var err error
		c, err = s.open(who.who, planets, newToken(), true, session.Options{Transport: "https", Certificate: serials(r),
			Remote: r.RemoteAddr, Attributes: map[string]string{"_client_name": "planetscale"},
		})
		if err != nil {
			return nil, err
		}
		s.register(c)
	}
	out, err := use(r.Context(), c, func() (planetResult, error) { return c.planet(in.Query) })
	if err != nil && !out.open && in.Session != nil && in.Session.ID != "" {
		return nil, err // the transaction stays as it is
	}
	id := c.id
	if !out.open {
		c.finish()
		id = ""
	}
	if err != nil {
		return nil, err
	}
	b := avatica.AppendJSONString([]byte(`{"session":{"id":`), id)
	b = append(append(b, `},"result":`...), out.result...)
	b = strconv.AppendFloat(append(b, `,"timing":`...), time.Since(begun).Seconds(), 'f', 6, 64)
	return append(b, '}'), nil
}

type planetResult struct {
	result []byte
	open   bool // a transaction is
}

func (c *client) planet(text string) (out planetResult, err error) {
	defer func() { out.open = c.sess.Status().InTransaction }()
	res, err := c.query(text)
	if err != nil {
		return out, err
	}
	if hasSeveral(res) {
		return out, errors.Join(errOneResult, res.Close())
	}
	if cols := res.Columns(); len(cols) > 0 {
		out.result, err = planetRows(c, res, cols)
		if e := res.Close(); err == nil {
			err = e
		}
		return out, err
	}
	sum := res.Summary()
	b := append([]byte(`{"rowsAffected":"`), strconv.FormatUint(sum.AffectedRows, 10)...)
	b = append(append(b, `","insertId":"`...), strconv.FormatUint(sum.LastInsertID, 10)...)
	out.result = append(b, `"}`...)
	return out, res.Close()
}

// hasSeveral says that a statement has given more than one result with rows, or has failed
// behind one.
func hasSeveral(res session.Result) bool {
	for rows := 0; ; {
		if len(res.Columns()) > 0 {
			rows++
		}
		several, ok := res.(session.Several)
		if rows > 1 || !ok {
			return rows > 1
		}
		next, err := several.More()
		if err != nil || next == nil {
			return err != nil
		}
		res = next
	}
}

// planetTypes are the names of the types in Vitess; the second is that of byte strings,
// or of unsigned numbers.
var planetTypes = [...][2]string{
	session.TypeNull: {"NULL"}, session.TypeTinyInt: {"INT8", "UINT8"}, session.TypeSmallInt: {"INT16", "UINT16"},
	session.TypeMediumInt: {"INT24", "UINT24"}, session.TypeInt: {"INT32", "UINT32"}, session.TypeBigInt: {"INT64", "UINT64"},
	session.TypeFloat: {"FLOAT32"}, session.TypeDouble: {"FLOAT64"}, session.TypeDecimal: {"DECIMAL"}, session.TypeDate: {"DATE"},
	session.TypeTime: {"TIME"}, session.TypeDateTime: {"DATETIME"}, session.TypeTimestamp: {"TIMESTAMP"}, session.TypeYear: {"YEAR"},
	session.TypeChar: {"CHAR", "BINARY"}, session.TypeVarChar: {"VARCHAR", "VARBINARY"}, session.TypeTinyText: {"TEXT", "BLOB"},
	session.TypeText: {"TEXT", "BLOB"}, session.TypeMediumText: {"TEXT", "BLOB"}, session.TypeLongText: {"TEXT", "BLOB"},
	session.TypeEnum: {"ENUM"}, session.TypeSet: {"SET"}, session.TypeBit: {"BIT"}, session.TypeJSON: {"JSON"}, session.TypeGeometry: {"GEOMETRY"},
}

// MySQL's numbers of the character sets of text and of bytes.
const (
	planetText   = 255
	planetBinary = 63
)

func planetRows(c *client, res session.Result, cols []session.Column) ([]byte, error) {
	b := []byte(`{"fields":[`)
	for i := range cols {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendPlanetField(b, &cols[i])
	}
	b = append(b, `],"rows":[`...)
	var cells, lengths []byte
	for first := true; ; {
		rows, err := res.Next(c.ctx)
		if err == io.EOF {
			return append(b, "]}"...), nil
		}
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			cells, lengths = cells[:0], lengths[:0]
			for i, v := range row {
				n := -1
				if !v.IsNull() {
					before := len(cells)
					cells = sqltext.Append(cells, &cols[i], v)
					n = len(cells) - before
				}
				if i > 0 {
					lengths = append(lengths, ',')
				}
				lengths = append(strconv.AppendInt(append(lengths, '"'), int64(n), 10), '"')
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(append(append(b, `{"lengths":[`...), lengths...), `],"values":"`...)
			b = append(base64.StdEncoding.AppendEncode(b, cells), `"}`...)
		}
		if len(b) > planetBytes {
			return nil, sqlerr.OutOfResources.Errorf("the result is larger than %d bytes, which this protocol carries at once", planetBytes).
				WithHint("use LIMIT, or POST /api/v1/query")
		}
	}
}

func appendPlanetField(b []byte, c *session.Column) []byte {
	typ, charset := "VARCHAR", planetText
	if int(c.Type) < len(planetTypes) {
		names := planetTypes[c.Type]
		typ = names[0]
		if names[1] != "" && (c.Unsigned || c.Binary) {
			typ = names[1]
		}
	}
	if isBinary(c) {
		charset = planetBinary
	}
	b = avatica.AppendJSONString(append(b, `{"name":`...), c.Name)
	b = avatica.AppendJSONString(append(b, `,"type":`...), typ)
	b = avatica.AppendJSONString(append(b, `,"table":`...), c.Table)
	b = avatica.AppendJSONString(append(b, `,"orgTable":`...), c.OrgTable)
	b = avatica.AppendJSONString(append(b, `,"database":`...), c.Database)
	b = avatica.AppendJSONString(append(b, `,"orgName":`...), c.OrgName)
	b = strconv.AppendUint(append(b, `,"columnLength":`...), uint64(c.Length), 10)
	b = strconv.AppendInt(append(b, `,"charset":`...), int64(charset), 10)
	b = strconv.AppendUint(append(b, `,"decimals":`...), uint64(c.Decimals), 10)
	return append(b, '}')
}

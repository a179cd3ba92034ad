package tour

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lxdb/lxdb/cmd/lxdb/internal/csvload"
	"github.com/lxdb/lxdb/cmd/lxdb/internal/sqlconn"
	"github.com/lxdb/lxdb/testdata/world"
)

// Database is where the world data set goes.
const Database = "world"

// WorldBytes is the size of the data set, for a progress bar: each byte is read
// twice.
func WorldBytes() (n int64) {
	for _, table := range world.Tables {
		if text, err := world.CSV(table); err == nil {
			n += 2 * int64(len(text))
		}
	}
	return n
}

// LoadWorld loads the world data set. A table that has rows is kept as it is, so
// that a second demo on the same directory starts at once. done is called for
// each table with its rows.
func LoadWorld(ctx context.Context, db sqlconn.Conn, progress func(table string, bytes int64), done func(table string, rows int64)) error {
	if _, err := db.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+Database); err != nil {
		return fmt.Errorf("load the world: %w", err)
	}
	if _, err := db.Exec(ctx, "USE "+Database); err != nil {
		return fmt.Errorf("load the world: %w", err)
	}
	if err := makeTables(ctx, db); err != nil {
		return err
	}
	var before int64
	for _, table := range world.Tables {
		text, err := world.CSV(table)
		if err != nil {
			return err
		}
		size := int64(len(text))
		rows, err := loadTable(ctx, db, table, text, func(phase string, bytes int64) {
			if phase == "loading" {
				bytes += size
			}
			progress(table, before+bytes)
		})
		if err != nil {
			return fmt.Errorf("load world.%s: %w", table, err)
		}
		before += 2 * size
		done(table, rows)
	}
	return nil
}

func makeTables(ctx context.Context, db sqlconn.Conn) error {
	there, err := db.Query(ctx, "SHOW TABLES")
	if err != nil {
		return fmt.Errorf("load the world: %w", err)
	}
	for i, create := range world.Schema() {
		if slices.ContainsFunc(there.Rows, func(row []*string) bool { return sqlconn.Text(row[0]) == world.Tables[i] }) {
			continue
		}
		if _, err := db.Exec(ctx, create); err != nil {
			return fmt.Errorf("create world.%s: %w", world.Tables[i], err)
		}
	}
	return nil
}

func loadTable(ctx context.Context, db sqlconn.Conn, table, text string, progress func(string, int64)) (int64, error) {
	has, err := db.Query(ctx, "SELECT COUNT(*) FROM "+table)
	if err != nil {
		return 0, err
	}
	if n := sqlconn.Text(has.Rows[0][0]); n != "0" {
		var rows int64
		_, err := fmt.Sscan(n, &rows)
		return rows, err
	}
	res, err := csvload.Load(ctx, db, csvload.Options{
		File: table + ".csv", Database: Database, Table: table, Progress: progress,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	})
	return res.Rows, err
}

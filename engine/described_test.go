package engine

import (
	"fmt"
	"sync"
	"testing"
)

// TestDescribedWhileDropped: what describes all tables leaves out one that another session drops meanwhile, for who sees all and
// for who sees what is his own.
func TestDescribedWhileDropped(t *testing.T) {
	db := newTestDB(t)
	db.ok("root", "CREATE USER einstein IDENTIFIED BY 'pw-einstein'")
	db.ok("einstein", "USE einstein; CREATE TABLE stays (a INT PRIMARY KEY, b INT, KEY (b), CHECK (b > 0))")
	for _, name := range []string{"root", "einstein", "einstein#2", "einstein#3"} {
		db.ok(name, "USE einstein")
	}
	stop := make(chan struct{})
	var changing sync.WaitGroup
	for i := range 2 {
		maker := fmt.Sprintf("einstein#%d", i+2)
		changing.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				name := fmt.Sprintf("t%d_%d", i, n%3)
				for _, text := range []string{
					"CREATE TABLE " + name + " (a INT PRIMARY KEY AUTO_INCREMENT, b INT, KEY (b), CHECK (b > 1), FOREIGN KEY (b) REFERENCES stays (a))",
					"CREATE VIEW v" + name + " AS SELECT a FROM " + name, "DROP VIEW v" + name, "DROP TABLE " + name,
				} {
					if _, err := db.run(maker, text); err != nil {
						t.Error(text, err)
						return
					}
				}
			}
		})
	}
	described := func() error {
		for range 25 {
			for _, of := range []string{
				"TABLES", "COLUMNS", "STATISTICS", "TABLE_CONSTRAINTS", "KEY_COLUMN_USAGE", "REFERENTIAL_CONSTRAINTS", "CHECK_CONSTRAINTS", "VIEWS",
				"TRIGGERS", "PARTITIONS", "TABLES_EXTENSIONS", "COLUMNS_EXTENSIONS", "INNODB_TABLES", "FILES", "COLUMN_STATISTICS",
			} {
				for _, who := range []string{"root", "einstein"} {
					if _, err := db.run(who, "SELECT * FROM information_schema."+of); err != nil {
						return fmt.Errorf("%s: %s: %w", who, of, err)
					}
				}
			}
			for _, text := range []string{"SHOW TABLE STATUS", "SHOW FULL TABLES", "SHOW TABLES"} {
				for _, who := range []string{"root", "einstein"} {
					if _, err := db.run(who, text); err != nil {
						return fmt.Errorf("%s: %s: %w", who, text, err)
					}
				}
			}
		}
		return nil
	}()
	close(stop)
	changing.Wait()
	if described != nil {
		t.Error(described)
	}
}

#!/usr/bin/env bash
# The mariadb command line client against a server; ../../clients.sh sets LXDB_*.
set -euo pipefail

n=0
fail() {
	echo "mariadb: $*" >&2
	exit 1
}

# client ARGUMENT… speaks to the server with nothing but the address given.
client() { mariadb --no-defaults --protocol=TCP -h "$LXDB_HOST" -P "$LXDB_PORT" --default-character-set=utf8mb4 --connect-timeout=10 "$@"; }

# refused PATTERN ARGUMENT… must fail with a message that matches.
refused() {
	local pattern=$1 out
	shift
	if out=$(client "$@" -e 'SELECT 1' 2>&1); then
		fail "connected, refusal expected: $*"
	fi
	grep -Eqi "$pattern" <<<"$out" || fail "refused with another message than $pattern: $out"
	n=$((n + 1))
}

tls=(--ssl-ca="$LXDB_CA" --ssl-verify-server-cert)

export MYSQL_PWD=$LXDB_PASSWORD
client "${tls[@]}" -u "$LXDB_USER" -e status | grep -q 'Cipher in use' || fail "the connection is not encrypted"
n=$((n + 1))
refused 'certificate|self.signed|TLS' --ssl-ca="$LXDB_OTHER_CA" --ssl-verify-server-cert -u "$LXDB_USER"
refused '3159|secure.transport|TLS' --skip-ssl -u "$LXDB_USER"
MYSQL_PWD=wrong refused '1045' "${tls[@]}" -u "$LXDB_USER"
MYSQL_PWD= refused '1045' "${tls[@]}" -u "$LXDB_USER"
MYSQL_PWD=$LXDB_PASSWORD refused '1045' "${tls[@]}" -u nobody

for sql in "$LXDB_QUERIES"/*.sql; do
	diff -u "${sql%.sql}.tsv" <(client "${tls[@]}" -u "$LXDB_USER" --batch "$LXDB_DATABASE" <"$sql") ||
		fail "$(basename "$sql"): another result (expected lines begin with -)"
	n=$((n + 1))
done

# A database with all that it can have is dumped, dropped and restored, and is then what it was.
dump() { mariadb-dump --no-defaults --protocol=TCP -h "$LXDB_HOST" -P "$LXDB_PORT" --default-character-set=utf8mb4 "${tls[@]}" -u "$LXDB_USER" "$@"; }
client "${tls[@]}" -u "$LXDB_USER" <<'SQL'
CREATE DATABASE dumped;
USE dumped;
CREATE TABLE parent (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) DEFAULT 'x', price DECIMAL(10,2), doc JSON, bits BLOB, kind ENUM('a', 'b'),
	at DATETIME DEFAULT '2020-01-01' ON UPDATE CURRENT_TIMESTAMP, KEY (price), CHECK (price > 0)) COMMENT 'it''s';
INSERT INTO parent (name, price, doc, bits) VALUES ('a''b\\', 1.5, '{"a": 1}', x'00ff'), ('ü', 2.5, NULL, NULL);
CREATE TABLE child (id INT, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO child VALUES (1, 1);
CREATE VIEW shown AS SELECT id, price FROM parent;
CREATE TRIGGER marks BEFORE INSERT ON child FOR EACH ROW SET NEW.id = NEW.id + 100;
CREATE PROCEDURE adds(n INT) SELECT n + 1;
CREATE FUNCTION doubled(n INT) RETURNS INT DETERMINISTIC RETURN n * 2;
CREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO DELETE FROM child;
SQL
holds() {
	client "${tls[@]}" -u "$LXDB_USER" -B dumped -e "SELECT *, HEX(bits) FROM parent; SELECT * FROM child; SELECT * FROM shown; CALL adds(1); SELECT doubled(4);
		SHOW CREATE TABLE parent; SHOW CREATE TABLE child; SELECT event_name, starts FROM information_schema.events WHERE event_schema = 'dumped';
		BEGIN; INSERT INTO child VALUES (1, 2); SELECT * FROM child; ROLLBACK"
}
dumps=$(mktemp -d)
trap 'rm -rf "$dumps"' EXIT
holds >"$dumps/before"
for how in '' --single-transaction '--complete-insert --hex-blob'; do
	# shellcheck disable=SC2086 # options
	dump $how --databases dumped --routines --triggers --events >"$dumps/sql" || fail "mariadb-dump $how"
	client "${tls[@]}" -u "$LXDB_USER" -e 'DROP DATABASE dumped'
	client "${tls[@]}" -u "$LXDB_USER" <"$dumps/sql" || fail "the dump of mariadb-dump $how is not restored"
	diff -u "$dumps/before" <(holds) || fail "mariadb-dump $how: what is restored differs (expected lines begin with -)"
	# shellcheck disable=SC2086
	dump $how --all-databases --routines --triggers --events >"$dumps/all" 2>"$dumps/errors" || fail "mariadb-dump --all-databases $how: $(cat "$dumps/errors")"
	grep -q 'Dump completed' "$dumps/all" || fail "mariadb-dump --all-databases $how: not whole"
	n=$((n + 3))
done
client "${tls[@]}" -u "$LXDB_USER" -e 'DROP DATABASE dumped'

# One who may read one table reads it, and nothing else.
export MYSQL_PWD=$LXDB_READER_PASSWORD
[[ $(client "${tls[@]}" -u "$LXDB_READER" -N -B -e 'SELECT COUNT(*) FROM world.country') == 249 ]] || fail "the reader cannot read"
for denied in 'SELECT * FROM world.currency' 'DELETE FROM world.country' 'DROP TABLE world.country'; do
	out=$(client "${tls[@]}" -u "$LXDB_READER" -e "$denied" 2>&1) && fail "the reader may: $denied"
	grep -q 'ERROR 1142' <<<"$out" || fail "$denied: error 1142 expected: $out"
	n=$((n + 1))
done

echo "mariadb $(client --version | grep -o 'Distrib [^,]*' | cut -d' ' -f2): $n checks passed"

// mysql2 against a server; ../../clients.sh sets LXDB_*.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// The driver is installed beside the data of the run, not in the repository.
const require = createRequire(join(process.env.LXDB_NODE_MODULES, "x.js"));
const mysql = require("mysql2/promise");
const env = (name) => process.env["LXDB_" + name];
let checks = 0;

function check(ok, message) {
	if (!ok) {
		console.error("mysql2: " + message);
		process.exit(1);
	}
	checks++;
}

// connect connects as a user of lxdb does: with the CA, and the name verified.
function connect(changes = {}) {
	return mysql.createConnection({
		host: env("HOST"), port: Number(env("PORT")), user: env("USER"), password: env("PASSWORD"), database: env("DATABASE"),
		ssl: { ca: readFileSync(env("CA")), verifyIdentity: true }, ...changes,
	});
}

// refused is a connection that must not come about, with an error number or code.
async function refused(what, want, changes) {
	try {
		await (await connect(changes)).end();
	} catch (e) {
		check(e.errno === want || e.code === want, `${what}: refused with another error: ${e.errno} ${e.code} ${e.message}`);
		return;
	}
	check(false, `${what}: connected, refusal expected`);
}

async function queries(conn) {
	const files = readdirSync(env("QUERIES")).filter((f) => f.endsWith(".sql")).sort();
	check(files.length > 0, "there are no queries");
	for (const file of files) {
		const path = join(env("QUERIES"), file);
		const [rows, fields] = await conn.query({ sql: readFileSync(path, "utf8"), rowsAsArray: true });
		const lines = [fields.map((f) => f.name), ...rows].map((row) => row.map((v) => (v === null ? "NULL" : String(v))).join("\t"));
		const want = readFileSync(path.replace(/sql$/, "tsv"), "utf8").trimEnd().split("\n");
		check(lines.join("\n") === want.join("\n"), `${file}: ${lines} instead of ${want}`);
	}
}

async function values(conn) {
	for (const [code, name] of [["CHE", "Switzerland"], ["JPN", "Japan"], ["CHE", "Switzerland"]]) {
		for (const how of ["query", "execute"]) { // in the text, and prepared
			const [rows] = await conn[how]("SELECT name FROM country WHERE alpha3 = ?", [code]);
			check(rows.length === 1 && rows[0].name === name, `a parameter by ${how}`);
		}
	}
	await conn.beginTransaction();
	const [done] = await conn.execute("UPDATE country SET common_name = ? WHERE alpha2 = ?", ["Zürich 🇨🇭", "CH"]);
	check(done.affectedRows === 1 && done.info.includes("Rows matched: 1"), `rows affected: ${JSON.stringify(done)}`);
	await conn.rollback();
	const [rows] = await conn.query("SELECT common_name FROM country WHERE alpha2 = 'CH'");
	check(rows[0].common_name === null, "the rolled back value is there");
}

async function denied(conn, sql) {
	try {
		await conn.query(sql);
	} catch (e) {
		check(e.errno === 1142, `${sql}: error 1142 expected: ${e.errno} ${e.message}`);
		return;
	}
	check(false, `may not: ${sql}`);
}

const conn = await connect();
await queries(conn);
await values(conn);
await conn.changeUser({ user: env("READER"), password: env("READER_PASSWORD"), database: env("DATABASE") });
await denied(conn, "SELECT * FROM currency");
await conn.end();

await refused("another CA", "HANDSHAKE_SSL_ERROR", { ssl: { ca: readFileSync(env("OTHER_CA")), verifyIdentity: true } });
await refused("no TLS", 3159, { ssl: undefined });
await refused("wrong password", 1045, { password: "wrong" });
await refused("unknown user", 1045, { user: "nobody" });

const reader = await connect({ user: env("READER"), password: env("READER_PASSWORD") });
const [count] = await reader.query("SELECT COUNT(*) AS n FROM country");
check(count[0].n === 249, "the reader cannot read");
for (const sql of ["SELECT * FROM currency", "DELETE FROM country", "DROP TABLE country"]) {
	await denied(reader, sql);
}
await reader.end();
console.log(`mysql2 ${require("mysql2/package.json").version}: ${checks} checks passed`);

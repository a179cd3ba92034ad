// @planetscale/database over HTTPS: what programs do, one function each. fetch knows the CA by the environment.
//
//     LXDB_PASSWORD=… NODE_EXTRA_CA_CERTS=ca.crt node planetscale.mjs 127.0.0.1:1529 marie lab
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.LXDB_NODE_MODULES ?? "node_modules", "x.js"));
const { connect } = require("@planetscale/database");
const [address, user, database] = process.argv.slice(2);
const table = `\`${database}\`.sample_element`; // a session has no database of its own

function client(name, password) {
    return connect({ url: `https://${encodeURIComponent(name)}:${encodeURIComponent(password)}@${address}` });
}

async function query(db) {
    const { rows } = await db.execute("SELECT CURRENT_USER() AS me");
    console.log(rows[0].me);
}

// The client puts the values into the text itself, as MySQL's escapes.
async function prepared(db) {
    await db.execute(`INSERT INTO ${table} VALUES (?, ?, ?)`, [1, "hydrogen", "1.0080"]);
    const { rows } = await db.execute(`SELECT name, mass FROM ${table} WHERE number = :number`, { number: 1 });
    console.log(rows[0].name, rows[0].mass);
}

async function transaction(db) {
    await db.transaction(async (tx) => {
        await tx.execute(`UPDATE ${table} SET mass = 0`);
        throw new Error("no");
    }).catch(() => {}); // what is thrown rolls back
    await db.transaction((tx) => tx.execute(`UPDATE ${table} SET mass = 1.0078`));
    console.log("rolled back, then committed");
}

// A right that is missing is error 1142.
async function denied(db) {
    await db.execute("CREATE USER sample_guest IDENTIFIED BY 'Not-For-Long-1'");
    await db.execute(`GRANT READ ON TABLE ${table} TO sample_guest`);
    try {
        await client("sample_guest", "Not-For-Long-1").execute(`DELETE FROM ${table}`);
    } catch (e) {
        console.log("denied:", e.message);
    }
    await db.execute("DROP USER sample_guest");
}

async function bulk(db) {
    for (let i = 1000; i < 11_000; i += 1000) {
        const rows = Array.from({ length: 1000 }, (_, j) => `(${i + j}, 'element ${i + j}')`);
        await db.execute(`INSERT INTO ${table} (number, name) VALUES ${rows.join(", ")}`);
    }
    const { rows } = await db.execute(`SELECT number FROM ${table}`); // 16 MiB at most
    console.log(rows.length, "rows read");
}

const db = client(user, process.env.LXDB_PASSWORD);
await query(db);
await db.execute(`CREATE TABLE ${table} (number INT PRIMARY KEY, name VARCHAR(20), mass DECIMAL(9,4))`);
try {
    for (const sample of [prepared, transaction, denied, bulk]) await sample(db);
} finally {
    await db.execute(`DROP TABLE ${table}`);
}

// mysql2 at the MySQL port, or at the end of a tunnel (lxdb tunnel): what programs do, one function each.
//
//     LXDB_PASSWORD=… node mysql2.mjs 127.0.0.1:3306 marie lab ca.crt
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.LXDB_NODE_MODULES ?? "node_modules", "x.js"));
const mysql = require("mysql2/promise");
const [address, user, database, ca] = process.argv.slice(2);
const [host, port] = address.split(":");

function connect(name, password) {
    return mysql.createConnection({
        host, port: Number(port), user: name, password, database,
        ssl: { ca: fs.readFileSync(ca), verifyIdentity: true }, // verifyIdentity is off by default
        supportBigNumbers: true, // a BIGINT above 2^53 is a string, not another number
    });
}

async function query(conn) {
    const [rows] = await conn.query("SELECT CURRENT_USER() AS me, DATABASE() AS db");
    console.log(`${rows[0].me} in ${rows[0].db}`);
}

async function prepared(conn) {
    await conn.execute("INSERT INTO sample_element VALUES (?, ?, ?)", [1, "hydrogen", "1.0080"]);
    const [rows] = await conn.execute("SELECT name, mass FROM sample_element WHERE number = ?", [1]);
    console.log(rows[0].name, rows[0].mass);
}

async function transaction(conn) {
    await conn.beginTransaction();
    await conn.query("UPDATE sample_element SET mass = 0");
    await conn.rollback();
    await conn.beginTransaction();
    await conn.query("UPDATE sample_element SET mass = 1.0078");
    await conn.commit();
    console.log("rolled back, then committed");
}

// A right that is missing is error 1142, and the connection goes on.
async function denied(conn) {
    await conn.query("CREATE USER sample_guest IDENTIFIED BY 'Not-For-Long-1'");
    await conn.query("GRANT READ ON TABLE sample_element TO sample_guest");
    const guest = await connect("sample_guest", "Not-For-Long-1");
    try {
        await guest.query("DELETE FROM sample_element");
    } catch (e) {
        console.log("denied:", e.errno, e.sqlState);
    }
    await guest.end();
    await conn.query("DROP USER sample_guest");
}

async function bulk(conn) {
    for (let i = 1000; i < 11_000; i += 1000) {
        const rows = Array.from({ length: 1000 }, (_, j) => [i + j, `element ${i + j}`]);
        await conn.query("INSERT INTO sample_element (number, name) VALUES ?", [rows]);
    }
    let n = 0;
    const rows = conn.connection.query("SELECT number FROM sample_element").stream(); // rows come as they are read
    for await (const _ of rows) n++;
    console.log(n, "rows read");
}

const conn = await connect(user, process.env.LXDB_PASSWORD);
await query(conn);
await conn.query("CREATE TABLE sample_element (number INT PRIMARY KEY, name VARCHAR(20), mass DECIMAL(9,4))");
try {
    for (const sample of [prepared, transaction, denied, bulk]) await sample(conn);
} finally {
    await conn.query("DROP TABLE sample_element");
    await conn.end();
}

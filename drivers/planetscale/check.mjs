// @planetscale/database against a server over HTTPS; ../clients-https.sh sets LXDB_* and
// NODE_EXTRA_CA_CERTS, by which Node.js knows the CA.
import { createRequire } from "node:module";
import path from "node:path";

const env = (name) => process.env["LXDB_" + name];
const require = createRequire(path.join(process.env.LXDB_NODE_MODULES, "x.js"));
const { connect } = require("@planetscale/database");

let checks = 0;
function same(got, want, what) {
    if (JSON.stringify(got) !== JSON.stringify(want)) {
        console.error(`planetscale: ${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
        process.exit(1);
    }
    checks++;
}

function client(user, password) {
    return connect({ url: `https://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${env("HTTPS")}` });
}

async function refused(what, words, run) {
    try {
        await run();
    } catch (e) {
        same(String(e.message).includes(words), true, `${what}: ${e.message}`);
        return;
    }
    same("done", "refused", what);
}

const db = env("DATABASE");
const c = client(env("USER"), env("PASSWORD"));
same((await c.execute("SELECT ? AS v, 1 + 1 AS n, NULL AS z", ["it's \"é 😀\""])).rows, [{ v: "it's \"é 😀\"", n: "2", z: null }], "a row");
same((await c.execute(`SELECT name FROM ${db}.country WHERE alpha3 = ?`, ["CHE"])).rows, [{ name: "Switzerland" }], "a parameter");
await c.execute(`DROP TABLE IF EXISTS ${db}.pl_t`);
await c.execute(`CREATE TABLE ${db}.pl_t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20))`);
const inserted = await c.execute(`INSERT INTO ${db}.pl_t (v) VALUES (?), (?)`, ["a", "b"]);
same([inserted.rowsAffected, inserted.insertId], [2, "1"], "an insert");
await c.transaction(async (tx) => {
    await tx.execute(`UPDATE ${db}.pl_t SET v = 'tx' WHERE id = 1`);
    same((await c.execute(`SELECT v FROM ${db}.pl_t WHERE id = 1`)).rows, [{ v: "a" }], "outside of the transaction");
});
same((await c.execute(`SELECT v FROM ${db}.pl_t WHERE id = 1`)).rows, [{ v: "tx" }], "after the commit");
await refused("a rollback", "stop", () => c.transaction(async (tx) => {
    await tx.execute(`DELETE FROM ${db}.pl_t`);
    throw new Error("stop");
}));
same((await c.execute(`SELECT COUNT(*) AS n FROM ${db}.pl_t`)).rows[0].n, "2", "after the rollback");
await c.execute(`DROP TABLE ${db}.pl_t`);
await refused("a table that is not there", "1146", () => c.execute(`SELECT * FROM ${db}.nope`));
await refused("a wrong password", "1045", () => client(env("USER"), "wrong").execute("SELECT 1"));
const reader = client(env("READER"), env("READER_PASSWORD"));
same((await reader.execute(`SELECT COUNT(*) AS n FROM ${db}.country`)).rows[0].n, "249", "what the reader reads");
await refused("what the reader may not", "1142", () => reader.execute(`SELECT * FROM ${db}.currency`));
console.log(`@planetscale/database: ${checks} checks passed`);

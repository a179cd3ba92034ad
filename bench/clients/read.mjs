// Reads a table three times with @planetscale/database and prints the rows and the seconds of the fastest.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.LXDB_NODE_MODULES, "x.js"));
const { connect } = require("@planetscale/database");
const db = connect({ url: `https://root:${encodeURIComponent(process.env.LXDB_PASSWORD)}@${process.env.LXDB_HTTPS}` });
let rows, best = Infinity;
for (let i = 0; i < 3; i++) {
    const began = performance.now();
    rows = (await db.execute(process.env.LXDB_QUERY)).rows.length;
    best = Math.min(best, performance.now() - began);
}
console.log(rows, best / 1000);

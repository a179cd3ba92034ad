// The conformance cases with Node's clients: run.mjs CLIENT…; ../clients-https.sh sets LXDB_*,
// LXDB_NODE_MODULES and, for fetch, NODE_EXTRA_CA_CERTS.
import fs from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const env = (name) => process.env["LXDB_" + name];
const require = createRequire(path.join(process.env.LXDB_NODE_MODULES, "x.js"));
const here = path.dirname(fileURLToPath(import.meta.url));
const { cases } = JSON.parse(fs.readFileSync(path.join(here, "cases.json"), "utf8"));

class Wrong extends Error {}

function same(got, want, what) {
    const g = JSON.stringify(got), w = JSON.stringify(want);
    if (g !== w) throw new Wrong(`${what}: ${g?.slice(0, 200)} instead of ${w?.slice(0, 200)}`);
}

// mysql2 at the MySQL port.
const mysql2 = {
    async connect(user, password, ca) {
        const { createConnection } = require("mysql2/promise");
        const conn = await createConnection({
            host: env("HOST"), port: Number(env("PORT")), user, password, database: env("DATABASE"), rowsAsArray: true,
            supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, ssl: { ca: fs.readFileSync(ca), verifyIdentity: true },
        });
        conn.on("error", () => {});
        return conn;
    },
    async run(conn, sql, params) { // execute prepares
        const [out, fields] = params.length ? await conn.execute(sql, params) : await conn.query(sql);
        return Array.isArray(out) ? { rows: out, types: fields.map((f) => f.columnType) } : { affected: out.affectedRows };
    },
    show(v) {
        if (Buffer.isBuffer(v)) return v.toString("hex");
        if (typeof v === "object") return JSON.stringify(v).replaceAll('":', '": '); // JSON arrives parsed
        return String(v);
    },
    begin: (conn) => conn.beginTransaction(),
    commit: (conn) => conn.commit(),
    rollback: (conn) => conn.rollback(),
    close: (conn) => conn.end(),
};

// @planetscale/database over HTTPS. A connection is a session while a transaction is open.
const planetscale = {
    async connect(user, password, ca) {
        if (ca !== env("CA")) { // fetch reads its authorities when the process begins: ask in another one
            execFileSync(process.execPath, ["--input-type=module", "-e", `await fetch("https://${env("HTTPS")}/healthz")`],
                { env: { ...process.env, NODE_EXTRA_CA_CERTS: ca }, stdio: "pipe" });
        }
        const { connect } = require("@planetscale/database");
        return connect({
            url: `https://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${env("HTTPS")}`,
        });
    },
    async run(conn, sql, params) {
        // The protocol has no database of a session: it is the user's address, or a name's first part.
        const out = await conn.execute(qualified(sql), params.map((p) => Buffer.isBuffer(p) ? new Uint8Array(p) : p), { as: "array" });
        return out.fields?.length ? { rows: out.rows } : { affected: out.rowsAffected };
    },
    show: (v) => v instanceof Uint8Array ? Buffer.from(v).toString("hex") : typeof v === "object" ? JSON.stringify(v).replaceAll('":', '": ') : String(v),
    begin: (conn) => conn.execute("BEGIN"),
    commit: (conn) => conn.execute("COMMIT"),
    rollback: (conn) => conn.execute("ROLLBACK"),
    close: () => {},
};

// qualified puts the database before the tables of the cases.
const qualified = (sql) => sql.replace(/\b(cf_t|cf_meta|country|currency|(?<=FROM )nope)\b(?!\))/g, `${env("DATABASE")}.$1`).replaceAll("DATABASE()", `'${env("DATABASE")}'`);

const clients = { mysql2, planetscale };

function spread([kind, text]) {
    return text.startsWith("repeat:") ? (kind === "bytes" ? "ab" : "x").repeat(Number(text.slice(7))) : text;
}

function bind(value) {
    if (value === null) return null;
    const text = spread(value);
    switch (value[0]) {
        case "int": return Number.isSafeInteger(Number(text)) ? Number(text) : text;
        case "double": return Number(text);
        case "bool": return text === "1";
        case "bytes": return Buffer.from(text, "hex");
    }
    return text;
}

const trimmed = (s) => /^(\d{4}-\d\d-\d\d )?-?\d+:\d\d:\d\d\.\d+$/.test(s) ? s.replace(/\.?0+$/, "") : s;

class Run {
    constructor(name) {
        this.name = name;
        this.client = clients[name];
        this.conns = new Map();
    }

    async connect(how = {}) {
        const reader = how.as === "reader";
        const conn = await this.client.connect(how.user ?? env(reader ? "READER" : "USER"), how.password ?? env(reader ? "READER_PASSWORD" : "PASSWORD"),
            env(how.ca === "other" ? "OTHER_CA" : "CA"));
        await this.client.run(conn, "SELECT 1", []);
        return conn;
    }

    async on(n, how) {
        if (!this.conns.has(n)) this.conns.set(n, await this.connect(how));
        return this.conns.get(n);
    }

    async execute(conn, sql, params = []) {
        const out = await this.client.run(conn, sql, params.map(bind));
        if (out.rows) out.rows = out.rows.map((row) => row.map((v) => v === null ? null : trimmed(this.client.show(v))));
        return out;
    }

    async types(c, allowed) {
        const conn = await this.on(1);
        await this.execute(conn, "DROP TABLE IF EXISTS cf_t");
        await this.execute(conn, `CREATE TABLE cf_t (id INT PRIMARY KEY, v ${c.type})`);
        for (const [i, value] of c.values.entries()) await this.execute(conn, "INSERT INTO cf_t VALUES (?, ?)", [["int", String(i)], value]);
        const want = allowed.out ?? c.values.map((v) => v === null ? null : spread(v));
        same((await this.execute(conn, "SELECT v FROM cf_t ORDER BY id")).rows, want.map((v) => [v]), "read by a text");
        for (const [i, v] of want.entries()) {
            same((await this.execute(conn, "SELECT v FROM cf_t WHERE id = ?", [["int", String(i)]])).rows, [[v]], "read by a prepared statement");
        }
        await this.execute(conn, "DROP TABLE cf_t");
    }

    async meta(conn, step) {
        for (const [what, sql] of Object.entries({
            tables: "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ?",
            columns: "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
            key: "SELECT COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND CONSTRAINT_NAME = 'PRIMARY'",
        })) {
            if (step[what]) same((await this.execute(conn, sql, [["text", step[what]]])).rows.map((r) => r[0]), step.want, what);
        }
    }

    async cancelled(conn, sql) {
        const id = (await this.execute(conn, "SELECT CONNECTION_ID()")).rows[0][0];
        let done = false;
        const stop = (async () => {
            while (!done) {
                await new Promise((r) => setTimeout(r, 500));
                const other = await this.connect();
                await this.execute(other, `KILL QUERY ${id}`);
                await this.client.close(other);
            }
        })();
        try {
            await this.execute(conn, sql);
        } catch (e) {
            same(String(e.errno), "1317", `the error of a cancelled statement, ${e.message}`);
            return;
        } finally {
            done = true;
            await stop;
        }
        throw new Wrong("the cancelled statement went on");
    }

    async step(step, c) {
        const conn = await this.on(step.on ?? 1, c.connect);
        for (const end of ["begin", "commit", "rollback"]) if (step[end]) return this.client[end](conn);
        if (step.batch) {
            await this.client.begin(conn);
            try {
                for (let i = step.from; i <= step.to; i++) await this.execute(conn, step.batch, [["int", String(i)], ["text", `row ${i}`]]);
            } catch (e) {
                await this.client.rollback(conn);
                throw e;
            }
            return this.client.commit(conn);
        }
        if (step.count) {
            const { rows } = await this.execute(conn, step.count);
            return same([rows.length, rows.reduce((sum, r) => sum + Number(r[0]), 0)], [step.want, step.want * (step.want + 1) / 2], "rows and their sum");
        }
        if (step.cancel) return this.cancelled(conn, step.cancel);
        if (!step.sql) return this.meta(conn, step);
        const out = await this.execute(conn, step.sql, step.params);
        if (step.rows) same(out.rows, step.rows, step.sql);
        if (step.affected !== undefined) same(out.affected, step.affected, `rows affected by ${step.sql}`);
    }

    // failing runs what must fail with an error number, or "tls", or nothing.
    async failing(want, run) {
        if (want === undefined) return run();
        try {
            await run();
        } catch (e) {
            if (e instanceof Wrong) throw e;
            const text = `${e.errno ?? ""} ${e.code ?? ""} ${e.message} ${e.cause ?? ""}`;
            const ok = want === "tls" ? /certificate/i.test(text) : new RegExp(`\\b${want}\\b`).test(text);
            return same(ok, true, `the error ${want}, not ${text}`);
        }
        throw new Wrong(`no error ${want}`);
    }

    async case(c) {
        const a = c.except?.[this.name];
        if (a?.skip) return "none";
        if (c.type) await this.failing(a?.error, () => this.types(c, a ?? {}));
        else if (c.error) await this.failing(a?.error ?? c.error, async () => this.client.close(await this.connect(c.connect)));
        for (const step of c.steps ?? []) await this.failing(step.limited ? a?.error : step.error, () => this.step(step, c));
        return a ? "limit" : "ok";
    }

    async all() {
        for (const c of cases) {
            let result, note = c.except?.[this.name]?.note ?? "";
            try {
                result = await this.case(c);
            } catch (e) {
                result = "failed";
                note = String(e.message ?? e).slice(0, 500);
            }
            console.log(JSON.stringify({ client: this.name, case: c.name, result, note }));
            for (const conn of this.conns.values()) await Promise.resolve(this.client.close(conn)).catch(() => {});
            this.conns.clear();
        }
    }
}

for (const name of process.argv.slice(2)) await new Run(name).all();
process.exit(0);

// drizzle and kysely, which build on @planetscale/database, against a server over HTTPS; ../clients-https.sh
// sets LXDB_* and NODE_EXTRA_CA_CERTS.
import { createRequire } from "node:module";
import path from "node:path";

const env = (name) => process.env["LXDB_" + name];
const require = createRequire(path.join(process.env.LXDB_NODE_MODULES, "x.js"));
const { Client } = require("@planetscale/database");
const { drizzle } = require("drizzle-orm/planetscale-serverless");
const { mysqlSchema, int, varchar, decimal, datetime, json, boolean } = require("drizzle-orm/mysql-core");
const { eq, desc, sql, count, sum } = require("drizzle-orm");
const { Kysely } = require("kysely");
const { PlanetScaleDialect } = require("kysely-planetscale");

let checks = 0;
function same(got, want, what) {
    if (JSON.stringify(got) !== JSON.stringify(want)) {
        console.error(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
        process.exit(1);
    }
    checks++;
}

async function refused(what, words, run) {
    try {
        await run();
    } catch (e) {
        same(`${e.message} ${e.cause?.message ?? ""}`.includes(words), true, `${what}: ${e.message} ${e.cause?.message}`);
        return;
    }
    same("done", "refused", what);
}

const url = (user, password) => `https://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${env("HTTPS")}`;
const database = env("DATABASE");

async function withDrizzle() {
    const world = mysqlSchema(database);
    const books = world.table("no_book", {
        id: int("id").primaryKey().autoincrement(), title: varchar("title", { length: 100 }).notNull(), price: decimal("price", { precision: 8, scale: 2 }),
        out: boolean("out").default(false), at: datetime("at", { mode: "string", fsp: 6 }), tags: json("tags"),
    });
    const country = world.table("country", { alpha2: varchar("alpha2", { length: 2 }), name: varchar("name", { length: 100 }) });
    const db = drizzle(new Client({ url: url(env("USER"), env("PASSWORD")) }));
    await db.execute(sql.raw(`DROP TABLE IF EXISTS ${database}.no_book`));
    await db.execute(sql.raw(`CREATE TABLE ${database}.no_book (id INT PRIMARY KEY AUTO_INCREMENT, title VARCHAR(100) NOT NULL, price DECIMAL(8,2), \`out\` BOOLEAN DEFAULT FALSE, at DATETIME(6), tags JSON)`));
    const [added] = await db.insert(books).values([{ title: "it's \"é 😀\"", price: "9.50", at: "2024-02-29 13:14:15.123456", tags: { k: [1, 2] } }, { title: "Letters", price: "12" }]).$returningId();
    same(added, { id: 1 }, "drizzle: the id of an insert");
    same(await db.select().from(books).where(eq(books.id, 1)), [{ id: 1, title: "it's \"é 😀\"", price: "9.50", out: false, at: "2024-02-29 13:14:15.123456", tags: { k: [1, 2] } }], "drizzle: a row");
    await db.update(books).set({ out: true }).where(eq(books.title, "Letters"));
    same(await db.select({ n: count(), total: sum(books.price) }).from(books).where(eq(books.out, true)), [{ n: 1, total: "12.00" }], "drizzle: an update, and aggregates");
    await refused("drizzle: a rollback", "stop", () => db.transaction(async (tx) => {
        await tx.delete(books);
        throw new Error("stop");
    }));
    await db.transaction((tx) => tx.insert(books).values({ title: "Notes" }));
    same((await db.select({ title: books.title }).from(books).orderBy(desc(books.id)).limit(2)).map((r) => r.title), ["Notes", "Letters"], "drizzle: after a rollback and a commit");
    await refused("drizzle: a duplicate key", "1062", () => db.insert(books).values({ id: 1, title: "again" }));
    await db.execute(sql.raw(`DROP TABLE ${database}.no_book`));
    const reader = drizzle(new Client({ url: url(env("READER"), env("READER_PASSWORD")) }));
    same((await reader.select({ name: country.name }).from(country).where(eq(country.alpha2, "CH"))), [{ name: "Switzerland" }], "drizzle: what the reader reads");
    await refused("drizzle: what the reader may not", "1142", () => reader.delete(country));
    await refused("drizzle: a wrong password", "1045", () => drizzle(new Client({ url: url(env("USER"), "wrong") })).select().from(country));
}

async function withKysely() {
    const db = new Kysely({ dialect: new PlanetScaleDialect({ url: url(env("USER"), env("PASSWORD")) }) }).withSchema(database);
    await db.schema.dropTable("no_ky").ifExists().execute();
    await db.schema.createTable("no_ky").addColumn("id", "integer", (c) => c.primaryKey().autoIncrement()).addColumn("name", "varchar(40)", (c) => c.notNull()).execute();
    const added = await db.insertInto("no_ky").values([{ name: "it's" }, { name: "b" }]).executeTakeFirst();
    same([String(added.insertId), String(added.numInsertedOrUpdatedRows)], ["1", "2"], "kysely: an insert");
    await db.updateTable("no_ky").set({ name: "c" }).where("id", "=", 2).execute();
    same(await db.selectFrom("no_ky").select(["id", "name"]).orderBy("id").execute(), [{ id: 1, name: "it's" }, { id: 2, name: "c" }], "kysely: rows");
    await refused("kysely: a rollback", "stop", () => db.transaction().execute(async (tx) => {
        await tx.deleteFrom("no_ky").execute();
        throw new Error("stop");
    }));
    same(Number((await db.selectFrom("no_ky").select((e) => e.fn.countAll().as("n")).executeTakeFirst()).n), 2, "kysely: after the rollback");
    await refused("kysely: a table that is not there", "1146", () => db.selectFrom("nope").selectAll().execute());
    await db.schema.dropTable("no_ky").execute();
    const reader = new Kysely({ dialect: new PlanetScaleDialect({ url: url(env("READER"), env("READER_PASSWORD")) }) }).withSchema(database);
    await refused("kysely: what the reader may not", "1142", () => reader.selectFrom("currency").selectAll().execute());
}

await withDrizzle();
await withKysely();
console.log(`drizzle and kysely: ${checks} checks passed`);

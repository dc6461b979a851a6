//! A shop as somebody runs one, and the ways in which its backup can be bad.
//!
//! [`DAMAGES`] is the list that the README's table is written from.

use serde_json::{Value, json};

/// The shop. It is made once, and each damage is done to a copy of it.
pub(crate) const SHOP: &str = r"
CREATE EXTENSION pgcrypto;
CREATE ROLE shop_app LOGIN CONNECTION LIMIT 50; CREATE ROLE shop_reader; CREATE ROLE shop_report LOGIN;
GRANT shop_reader TO shop_report; ALTER ROLE shop_app SET search_path = sales, public;
CREATE SCHEMA sales; CREATE SCHEMA staging;
CREATE TYPE sales.state AS ENUM ('open', 'paid', 'sent');
CREATE DOMAIN sales.email AS text CHECK (VALUE ~ '@');

CREATE TABLE sales.users (
  id bigserial PRIMARY KEY, mail sales.email NOT NULL, name text NOT NULL, country char(2) NOT NULL DEFAULT 'JP',
  made_at timestamptz NOT NULL DEFAULT now(), note text);
CREATE UNIQUE INDEX users_mail_idx ON sales.users (lower(mail));
CREATE INDEX users_made_at_idx ON sales.users (made_at);
INSERT INTO sales.users (mail, name, made_at)
  SELECT format('u%s@example.com', n), 'User ' || n, timestamptz '2026-11-22 17:30Z' - n * interval '1 hour' FROM generate_series(1, 500) AS n;

CREATE TABLE sales.orders (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES sales.users,
  state sales.state NOT NULL DEFAULT 'open', cents bigint NOT NULL CONSTRAINT orders_cents_check CHECK (cents >= 0),
  placed_at timestamptz NOT NULL, doc jsonb);
CREATE INDEX orders_user_idx ON sales.orders (user_id);
INSERT INTO sales.orders (user_id, cents, placed_at, doc)
  SELECT 1 + n % 500, n, timestamptz '2026-11-22 17:45Z' - n * interval '5 min',
         jsonb_build_object('lines', (SELECT string_agg(md5(n::text || i), '') FROM generate_series(1, CASE WHEN n < 20 THEN 300 ELSE 1 END) AS i))
    FROM generate_series(1, 2000) AS n;

CREATE TABLE sales.events (id bigint NOT NULL, at date NOT NULL, what text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE sales.events_old PARTITION OF sales.events FOR VALUES FROM ('2026-01-01') TO ('2026-11-01');
CREATE TABLE sales.events_new PARTITION OF sales.events FOR VALUES FROM ('2026-11-01') TO ('2027-01-01');
INSERT INTO sales.events SELECT n, date '2026-11-22' - n % 200, 'seen' FROM generate_series(1, 1000) AS n;

CREATE TABLE sales.prices (sku text NOT NULL, day date NOT NULL, cents int NOT NULL, gone_at timestamptz);
CREATE UNIQUE INDEX prices_idx ON sales.prices (sku, day) WHERE gone_at IS NULL;
INSERT INTO sales.prices SELECT 'sku' || n, date '2026-11-22' - 1, n FROM generate_series(1, 100) AS n;
INSERT INTO sales.prices SELECT 'sku1', date '2026-11-22' - 1, 1, '2026-11-22' FROM generate_series(1, 3);

CREATE TABLE public.audit_log (id bigserial PRIMARY KEY, at timestamp NOT NULL, who text NOT NULL DEFAULT current_user);
INSERT INTO public.audit_log (at) SELECT timestamp '2026-11-23 02:59' - n * interval '1 min' FROM generate_series(1, 300) AS n;
CREATE SEQUENCE public.invoice_no OWNED BY public.audit_log.id;

CREATE TABLE staging.a (x int); CREATE TABLE staging.b (x int); CREATE TABLE staging.c (x int);
CREATE VIEW sales.open_orders AS SELECT * FROM sales.orders WHERE state = 'open';
CREATE MATERIALIZED VIEW sales.totals AS SELECT user_id, sum(cents) AS cents FROM sales.orders GROUP BY user_id;
CREATE FUNCTION sales.tax(cents bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT cents / 10';
CREATE FUNCTION sales.log_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER order_logged AFTER INSERT ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.log_order();
ALTER TABLE sales.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_own ON sales.users TO shop_app USING (name = current_user);
GRANT USAGE ON SCHEMA sales TO shop_app, shop_reader;
GRANT SELECT, INSERT, UPDATE ON sales.users, sales.orders TO shop_app; GRANT SELECT ON ALL TABLES IN SCHEMA sales TO shop_reader;
GRANT SELECT (id, name) ON sales.users TO shop_report;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO shop_reader;
ANALYZE;
";

/// The checks that the shop's policy names, by the word that [`DAMAGES`] uses
pub(crate) fn policy() -> Vec<(&'static str, Value)> {
    vec![
        ("row_count", json!({"kind": "row_count", "table": "sales.users", "at_least": 400})),
        ("freshness", json!({"kind": "freshness", "table": "public.audit_log", "column": "at", "within": "1h"})),
        ("tables", json!({"kind": "tables", "schema": "staging", "at_least": 3})),
        ("orphans", json!({"kind": "orphans", "child": "sales.orders.user_id", "parent": "sales.users.id"})),
        ("foreign_keys", json!({"kind": "foreign_keys", "schema": "sales"})),
        ("unchanged", json!({"kind": "unchanged", "table": "sales.orders", "within_percent": 10})),
        ("schema_unchanged", json!({"kind": "schema_unchanged"})),
        ("grants_unchanged", json!({"kind": "grants_unchanged"})),
        ("indexes", json!({"kind": "indexes", "table": "sales.users"})),
        ("damage", json!({"kind": "damage"})),
        (
            "sql",
            json!({"kind": "sql", "query": "SELECT sum(cents) > 0 FROM sales.orders WHERE state = 'open'", "expect": true}),
        ),
    ]
}

/// One way in which a backup can be bad
pub(crate) struct Damaged {
    /// What happened, in words
    pub(crate) what: &'static str,
    /// How it is done here
    pub(crate) how: How,
    /// The checks that are for it, each of which has to fail
    pub(crate) caught_by: &'static [&'static str],
    /// What the first of them says
    pub(crate) says: &'static str,
}

/// How a damage is done
pub(crate) enum How {
    /// Statements in one transaction, by a superuser
    Sql(&'static str),
    /// Statements each in a transaction of its own, which may fail
    Steps(&'static [&'static str]),
    /// The file of a relation is emptied behind the server's back
    EmptyFile(&'static str),
    /// The file of a relation is removed behind the server's back
    RemoveFile(&'static str),
    /// Of the file with a table's long values only the first page is left
    CutLongValues(&'static str),
}

use How::{CutLongValues, EmptyFile, RemoveFile, Sql, Steps};

const fn damaged(what: &'static str, how: How, caught_by: &'static [&'static str], says: &'static str) -> Damaged {
    Damaged { what, how, caught_by, says }
}

/// Every damage that is tried
pub(crate) const DAMAGES: &[Damaged] = &[
    damaged(
        "a table was emptied",
        Sql("SET session_replication_role = replica; TRUNCATE sales.users CASCADE"),
        &["row_count", "unchanged", "sql"],
        "0",
    ),
    damaged(
        "half of a table's rows are gone",
        Sql("DELETE FROM sales.orders WHERE id % 2 = 0"),
        &["unchanged"],
        "1000 (-50.0 %)",
    ),
    damaged(
        "the backup is a day older than it says",
        Sql("UPDATE public.audit_log SET at = at - interval '1 day'"),
        &["freshness"],
        "1 d 0 h",
    ),
    damaged(
        "parents are gone and their children are not",
        Sql("SET session_replication_role = replica; DELETE FROM sales.users WHERE id <= 10"),
        &["foreign_keys", "orphans"],
        "orders_user_id_fkey on sales.orders: 40",
    ),
    damaged("a schema is gone", Sql("DROP SCHEMA staging CASCADE"), &["schema_unchanged", "tables"], "staging"),
    damaged("a table is gone", Sql("DROP TABLE staging.b"), &["tables", "schema_unchanged"], "2"),
    damaged(
        "a partition is gone",
        Sql("DROP TABLE sales.events_old"),
        &["schema_unchanged"],
        "partition sales.events_old is gone",
    ),
    damaged(
        "a column is gone",
        Sql("ALTER TABLE sales.users DROP COLUMN note"),
        &["schema_unchanged"],
        "column sales.users.note is gone",
    ),
    damaged(
        "a column has another type",
        Sql("ALTER TABLE sales.prices ALTER cents TYPE smallint"),
        &["schema_unchanged"],
        "column sales.prices.cents was integer not null, is smallint not null",
    ),
    damaged(
        "columns changed their places",
        Sql("ALTER TABLE public.audit_log RENAME at TO old_at; ALTER TABLE public.audit_log ADD at timestamp; \
             UPDATE public.audit_log SET at = old_at; ALTER TABLE public.audit_log ALTER at SET NOT NULL; \
             ALTER TABLE public.audit_log DROP old_at"),
        &["schema_unchanged"],
        "table public.audit_log was table of id, at, who, is table of id, who, at",
    ),
    damaged(
        "a column's default is gone",
        Sql("ALTER TABLE sales.orders ALTER state DROP DEFAULT"),
        &["schema_unchanged"],
        "column sales.orders.state was sales.state not null default 'open'::sales.state",
    ),
    damaged(
        "an index is gone",
        Sql("DROP INDEX sales.users_made_at_idx"),
        &["indexes", "schema_unchanged"],
        "users_made_at_idx is gone",
    ),
    damaged(
        "a primary key is gone",
        Sql("ALTER TABLE public.audit_log DROP CONSTRAINT audit_log_pkey"),
        &["schema_unchanged"],
        "key public.audit_log.audit_log_pkey is gone",
    ),
    damaged(
        "a foreign key is gone",
        Sql("ALTER TABLE sales.orders DROP CONSTRAINT orders_user_id_fkey"),
        &["schema_unchanged"],
        "key sales.orders.orders_user_id_fkey is gone",
    ),
    damaged(
        "a view is gone",
        Sql("DROP VIEW sales.open_orders"),
        &["schema_unchanged"],
        "view sales.open_orders is gone",
    ),
    damaged(
        "a view shows something else",
        Sql("CREATE OR REPLACE VIEW sales.open_orders AS SELECT * FROM sales.orders WHERE state <> 'open'"),
        &["schema_unchanged"],
        "view sales.open_orders was view sha256",
    ),
    damaged(
        "a materialized view came without its data",
        Sql("REFRESH MATERIALIZED VIEW sales.totals WITH NO DATA"),
        &["schema_unchanged"],
        "is view without its data",
    ),
    damaged(
        "a trigger is gone",
        Sql("DROP TRIGGER order_logged ON sales.orders"),
        &["schema_unchanged"],
        "trigger sales.orders.order_logged is gone",
    ),
    damaged(
        "triggers are disabled, and with them foreign keys",
        Sql("ALTER TABLE sales.orders DISABLE TRIGGER ALL"),
        &["schema_unchanged"],
        "not enforced",
    ),
    damaged(
        "a routine does something else",
        Sql(
            "CREATE OR REPLACE FUNCTION sales.tax(cents bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT 0::bigint'",
        ),
        &["schema_unchanged"],
        "routine sales.tax(cents bigint) was",
    ),
    damaged(
        "an enum lost a label",
        Sql("DELETE FROM pg_enum WHERE enumlabel = 'sent'"),
        &["schema_unchanged"],
        "type sales.state was enum 'open', 'paid', 'sent', is enum 'open', 'paid'",
    ),
    damaged(
        "row security is off",
        Sql("ALTER TABLE sales.users DISABLE ROW LEVEL SECURITY"),
        &["schema_unchanged"],
        "table sales.users was table, row security",
    ),
    damaged(
        "a sequence lost its owner",
        Sql("ALTER SEQUENCE public.invoice_no OWNED BY NONE"),
        &["schema_unchanged"],
        "sequence public.invoice_no was",
    ),
    damaged(
        "a grant is gone",
        Sql("REVOKE UPDATE ON sales.orders FROM shop_app"),
        &["grants_unchanged"],
        "grant on table sales.orders to shop_app was insert, select, update, is insert, select",
    ),
    damaged(
        "a grant on columns is gone",
        Sql("REVOKE SELECT (name) ON sales.users FROM shop_report"),
        &["grants_unchanged"],
        "grant on column sales.users.name to shop_report is gone",
    ),
    damaged(
        "everybody may read a table",
        Sql("GRANT SELECT ON sales.users TO PUBLIC"),
        &["grants_unchanged"],
        "grant on table sales.users to PUBLIC is new",
    ),
    damaged(
        "a table has another owner",
        Sql("ALTER TABLE sales.prices OWNER TO shop_app"),
        &["grants_unchanged"],
        "owner of table sales.prices was owner, is shop_app",
    ),
    damaged(
        "default privileges are gone",
        Sql("ALTER DEFAULT PRIVILEGES IN SCHEMA sales REVOKE SELECT ON TABLES FROM shop_reader"),
        &["grants_unchanged"],
        "default privileges of owner on tables in sales to shop_reader is gone",
    ),
    damaged(
        "an extension is gone",
        Sql("DROP EXTENSION pgcrypto"),
        &["grants_unchanged"],
        "extension pgcrypto is gone",
    ),
    damaged(
        "an index is invalid",
        Sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'sales.users_made_at_idx'::regclass"),
        &["damage", "indexes", "schema_unchanged"],
        "sales.users_made_at_idx: invalid index",
    ),
    damaged(
        "an index was given up half-built",
        Steps(&["CREATE UNIQUE INDEX CONCURRENTLY half ON sales.orders (state)"]),
        &["damage"],
        "sales.half: index that is not kept up to date",
    ),
    damaged(
        "a table came back empty after a crash",
        Sql("ALTER TABLE sales.prices SET UNLOGGED"),
        &["damage", "schema_unchanged"],
        "sales.prices: unlogged table",
    ),
    damaged(
        "a sequence is behind its column",
        Sql("SELECT setval('public.audit_log_id_seq', 5)"),
        &["damage"],
        "public.audit_log_id_seq: sequence that is behind public.audit_log.id",
    ),
    damaged(
        "an identity begins again",
        Sql("ALTER TABLE sales.orders ALTER id RESTART"),
        &["damage"],
        "sales.orders_id_seq: sequence that is behind sales.orders.id",
    ),
    damaged(
        "NULLs are where none may be",
        Sql(
            "UPDATE pg_attribute SET attnotnull = false WHERE attrelid = 'sales.users'::regclass AND attname = 'name'; \
             UPDATE sales.users SET name = NULL WHERE id < 4; \
             UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'sales.users'::regclass AND attname = 'name'",
        ),
        &["damage"],
        "sales.users.name: 3 NULLs",
    ),
    damaged(
        "rows are against a check",
        Sql(
            "ALTER TABLE sales.orders DROP CONSTRAINT orders_cents_check; UPDATE sales.orders SET cents = -1 WHERE id = 7; \
             ALTER TABLE sales.orders ADD CONSTRAINT orders_cents_check CHECK (cents >= 0) NOT VALID; \
             UPDATE pg_constraint SET convalidated = true WHERE conname = 'orders_cents_check'",
        ),
        &["damage"],
        "sales.orders.orders_cents_check: 1 rows against this check",
    ),
    damaged(
        "rows are there twice under a unique index",
        Steps(&[
            "UPDATE pg_index SET indisready = false, indislive = false WHERE indexrelid = 'sales.prices_idx'::regclass",
            "INSERT INTO sales.prices SELECT sku, day, cents FROM sales.prices WHERE sku IN ('sku2', 'sku3')",
            "UPDATE pg_index SET indisready = true, indislive = true WHERE indexrelid = 'sales.prices_idx'::regclass",
        ]),
        &["damage"],
        "sales.prices_idx: 2 values more than once",
    ),
    damaged(
        "a collation is another one than when the indexes were built",
        Sql(
            "CREATE COLLATION old_icu (provider = icu, locale = 'de'); CREATE TABLE staging.d (x text COLLATE old_icu UNIQUE); \
             UPDATE pg_collation SET collversion = '1.2' WHERE collname = 'old_icu'",
        ),
        &["damage"],
        "public.old_icu: collation of version 1.2",
    ),
    damaged(
        "a table's file was emptied",
        EmptyFile("sales.prices"),
        &["damage"],
        "sales.prices: table whose file is empty",
    ),
    damaged(
        "an index's file is gone",
        RemoveFile("sales.orders_user_idx"),
        &["damage"],
        "sales.orders_user_idx: index whose file is empty or gone",
    ),
    damaged("a table's file is gone", RemoveFile("staging.a"), &["damage"], "staging.a: cannot be read"),
    damaged(
        "long values of a table are gone",
        CutLongValues("sales.orders"),
        &["damage"],
        "sales.orders: cannot be read",
    ),
    // Roles are the server's and not the database's: these come last, and are put back.
    damaged(
        "a role may do more than before",
        Steps(&["ALTER ROLE shop_report BYPASSRLS"]),
        &["grants_unchanged"],
        "role shop_report was may log in, is may log in, bypasses row security",
    ),
    damaged(
        "a role lost a membership",
        Steps(&["REVOKE shop_reader FROM shop_report"]),
        &["grants_unchanged"],
        "member shop_report of shop_reader is gone",
    ),
    damaged(
        "a role is gone",
        Steps(&["ALTER ROLE shop_report RENAME TO shop_gone"]),
        &["grants_unchanged"],
        "to shop_report is gone",
    ),
];

/// What puts the server's roles back, whatever happened to them
pub(crate) const ROLES_BACK: &[&str] = &[
    "ALTER ROLE shop_gone RENAME TO shop_report",
    "ALTER ROLE shop_report NOBYPASSRLS",
    "GRANT shop_reader TO shop_report",
];

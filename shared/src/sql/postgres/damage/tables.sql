-- Tables with what reading them whole can tell, the smallest first, at most $1 of them.
-- Asked with nothing but the catalogue in the search path, so that an expression names every other schema.
-- Columns: schema; table; bytes; columns that are NOT NULL; columns that may be stored out of line, with the function that
-- reads them whole; checks: name, expression, whether it can be asked; unique indexes: schema, name, predicate, whether NULLs
-- are the same, whether it can be asked; their keys, one list for each.
SELECT n.nspname::text, t.relname::text, z.bytes,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a
              WHERE a.attrelid = t.oid AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped
                -- Since version 18 one can be NOT NULL for new rows only.
                AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = t.oid AND k.contype::text = 'n'
                                   AND a.attnum = ANY (k.conkey) AND NOT k.convalidated)
              ORDER BY a.attnum),
       s.names, s.readers, c.names, c.expressions, c.askable, u.schemas, u.names, u.predicates, u.same, u.askable, u.keys
  FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace
 CROSS JOIN LATERAL (SELECT pg_table_size(t.oid)) AS z (bytes)
 CROSS JOIN LATERAL (
   SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}'),
          coalesce(array_agg(CASE b.type WHEN 'bytea'::regtype THEN 'sha256' WHEN 'json'::regtype THEN 'json_typeof'
                                         WHEN 'jsonb'::regtype THEN 'jsonb_typeof' ELSE 'hashtext' END ORDER BY a.attnum), '{}')
     FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid
    CROSS JOIN LATERAL (SELECT CASE y.typtype WHEN 'd' THEN y.typbasetype ELSE y.oid END) AS b (type)
    WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attstorage <> 'p' AND t.reltoastrelid <> 0
      AND b.type IN ('bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text'::regtype, 'varchar'::regtype)
 ) AS s (names, readers)
 CROSS JOIN LATERAL (
   SELECT coalesce(array_agg(k.conname::text ORDER BY k.conname), '{}'), coalesce(array_agg(e.text ORDER BY k.conname), '{}'),
          coalesce(array_agg(
            -- Nothing of the database's own is called,
            NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
                           AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))
            -- and what depends on the clock, the session or its time zone may rightly answer something else today.
            AND e.text !~ 'CURRENT_|LOCALTIME|_USER'
            AND NOT EXISTS (SELECT FROM regexp_matches(e.text, '([a-z_0-9]+)\(', 'g') AS m (found)
                              JOIN pg_proc AS p ON p.proname = m.found[1] AND p.provolatile <> 'i')
            AND NOT (e.text ~ '::' AND EXISTS (SELECT FROM pg_attribute AS a
                       WHERE a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
                         AND a.atttypid IN ('timestamptz'::regtype, 'timetz'::regtype))) ORDER BY k.conname), '{}')
     FROM pg_constraint AS k CROSS JOIN LATERAL (SELECT pg_get_expr(k.conbin, k.conrelid)) AS e (text)
    WHERE k.conrelid = t.oid AND k.contype = 'c' AND k.convalidated
 ) AS c (names, expressions, askable)
 CROSS JOIN LATERAL (
   SELECT coalesce(array_agg(o.nspname::text ORDER BY i.relname), '{}'), coalesce(array_agg(i.relname::text ORDER BY i.relname), '{}'),
          coalesce(array_agg(coalesce(pg_get_expr(x.indpred, x.indrelid), 'true') ORDER BY i.relname), '{}'),
          coalesce(array_agg(coalesce((to_jsonb(x) ->> 'indnullsnotdistinct')::bool, false) ORDER BY i.relname), '{}'),
          coalesce(array_agg(
            NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid
                           AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))
            -- Where the index and the type do not mean the same by "equal", grouping would count something else.
            AND NOT EXISTS (SELECT FROM pg_opclass AS p WHERE p.oid = ANY (x.indclass) AND NOT p.opcdefault)
            AND NOT EXISTS (SELECT FROM generate_series(0, x.indnkeyatts - 1) AS g (place)
                              JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = x.indkey[g.place] AND a.attnum > 0
                             WHERE a.attcollation <> x.indcollation[g.place]) ORDER BY i.relname), '{}'),
          coalesce(array_agg((SELECT to_json(array_agg(pg_get_indexdef(i.oid, g.place, false) ORDER BY g.place))::text
                                FROM generate_series(1, x.indnkeyatts) AS g (place)) ORDER BY i.relname), '{}')
     FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_namespace AS o ON o.oid = i.relnamespace
    WHERE x.indrelid = t.oid AND x.indisunique AND x.indisvalid AND x.indisready
 ) AS u (schemas, names, predicates, same, askable, keys)
 WHERE t.relkind IN ('r', 'm') AND t.relpersistence <> 't'
   AND n.nspname NOT IN ('information_schema', 'rdsadmin', 'rds_tools') AND n.nspname !~ '^pg_'
 ORDER BY z.bytes, n.nspname, t.relname LIMIT $1
